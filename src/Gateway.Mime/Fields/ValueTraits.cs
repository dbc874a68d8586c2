using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Mime.Fields;

/// <summary>What the value of a field holds, found in one vectorised pass for all rules that ask.</summary>
/// <remarks>Promises: never misses a trait. Cost: 32 octets a step, no branch but at the end.</remarks>
internal static class ValueTraits
{
    /// <summary>The traits of a value, folds and line end included.</summary>
    public static FieldTraits Of(ReadOnlySpan<byte> value)
    {
        int length = value.Length;
        if (length <= Vector128<byte>.Count)
        {
            return OfFew(value);
        }

        ref byte start = ref MemoryMarshal.GetReference(value);
        Found found = default;
        if (length <= Vector256<byte>.Count)
        {
            // Two halves that overlap.
            Vector128<byte> head = Vector128.LoadUnsafe(ref start);
            Vector128<byte> tail = Vector128.LoadUnsafe(ref start, (nuint)(length - 16));
            found.Look(Vector256.Create(head, tail));
            found.LookPairs(
                Vector256.Create(head, Vector128.LoadUnsafe(ref start, (nuint)(length - 17))), Vector256.Create(Vector128.LoadUnsafe(ref start, 1), tail));
            return found.Traits;
        }

        for (int at = 0; at + Vector256<byte>.Count < length; at += Vector256<byte>.Count)
        {
            Vector256<byte> block = Vector256.LoadUnsafe(ref start, (nuint)at);
            found.Look(block);
            found.LookPairs(block, Vector256.LoadUnsafe(ref start, (nuint)at + 1));
        }

        Vector256<byte> last = Vector256.LoadUnsafe(ref start, (nuint)(length - Vector256<byte>.Count));
        found.Look(last);
        found.LookPairs(Vector256.LoadUnsafe(ref start, (nuint)(length - Vector256<byte>.Count - 1)), last);
        return found.Traits;
    }

    private static FieldTraits OfFew(ReadOnlySpan<byte> value)
    {
        FieldTraits traits = FieldTraits.None;
        byte before = 0;
        foreach (byte octet in value)
        {
            traits |= octet switch
            {
                (byte)'(' => FieldTraits.Parenthesis,
                (byte)'?' => before == (byte)'=' ? FieldTraits.WordStart : FieldTraits.None,
                (byte)'-' => (before | 0x20) == 't' ? FieldTraits.ContentName : FieldTraits.None,
                (byte)'\r' or (byte)'\n' => before is (byte)' ' or (byte)'\t' ? FieldTraits.BlankEnd : FieldTraits.None,
                (byte)'\t' => FieldTraits.None,
                < 0x20 or >= 0x7F => FieldTraits.Unusual,
                _ => FieldTraits.None,
            };
            before = octet;
        }

        return traits;
    }

    private ref struct Found
    {
        private Vector256<byte> _unusual;
        private Vector256<byte> _parentheses;
        private Vector256<byte> _words;
        private Vector256<byte> _blankEnds;
        private Vector256<byte> _contentNames;

        public readonly FieldTraits Traits =>
            (_unusual == Vector256<byte>.Zero ? FieldTraits.None : FieldTraits.Unusual)
            | (_parentheses == Vector256<byte>.Zero ? FieldTraits.None : FieldTraits.Parenthesis)
            | (_words == Vector256<byte>.Zero ? FieldTraits.None : FieldTraits.WordStart)
            | (_blankEnds == Vector256<byte>.Zero ? FieldTraits.None : FieldTraits.BlankEnd)
            | (_contentNames == Vector256<byte>.Zero ? FieldTraits.None : FieldTraits.ContentName);

        public void Look(Vector256<byte> block)
        {
            _parentheses |= Vector256.Equals(block, Vector256.Create((byte)'('));

            // As signed numbers controls and octets beyond US-ASCII are all below the blank.
            Vector256<byte> below = Vector256.LessThan(block.AsSByte(), Vector256.Create((sbyte)' ')).AsByte();
            Vector256<byte> usual = Vector256.Equals(block, Vector256.Create((byte)'\t')) | IsLineEnd(block);
            _unusual |= Vector256.AndNot(below, usual) | Vector256.Equals(block, Vector256.Create((byte)0x7F));
        }

        public void LookPairs(Vector256<byte> first, Vector256<byte> second)
        {
            _words |= Vector256.Equals(first, Vector256.Create((byte)'=')) & Vector256.Equals(second, Vector256.Create((byte)'?'));
            _contentNames |= Vector256.Equals(first | Vector256.Create((byte)0x20), Vector256.Create((byte)'t')) & Vector256.Equals(second, Vector256.Create((byte)'-'));
            _blankEnds |= IsLineEnd(second) & (Vector256.Equals(first, Vector256.Create((byte)' ')) | Vector256.Equals(first, Vector256.Create((byte)'\t')));
        }

        private static Vector256<byte> IsLineEnd(Vector256<byte> block) =>
            Vector256.Equals(block, Vector256.Create((byte)'\r')) | Vector256.Equals(block, Vector256.Create((byte)'\n'));
    }
}
