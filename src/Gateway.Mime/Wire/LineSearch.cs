using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Mime.Wire;

/// <summary>Vectorised searches for lines by how they begin.</summary>
/// <remarks>
/// Promises: a line whose first octet is not here yet is not found. Cost: 64 octets a step, no branch for each line: where lines begin is what a
/// processor cannot foresee.
/// </remarks>
internal static class LineSearch
{
    private const int Step = 2 * 32;

    /// <summary>Where the first line begins that starts with <c>c</c> or <c>C</c>, CR, LF or a hyphen; -1 for none. The start of the octets is no start of a line.</summary>
    /// <remarks>In a header: the fields that Content-Type and Content-Transfer-Encoding are among, the end of the block, and delimiters.</remarks>
    public static int HeaderMark(ReadOnlySpan<byte> octets)
    {
        ref byte start = ref MemoryMarshal.GetReference(octets);
        int at = 0;
        for (; octets.Length - at > Step; at += Step)
        {
            Vector256<byte> low = HeaderMarks(ref start, (nuint)at);
            Vector256<byte> high = HeaderMarks(ref start, (nuint)at + 32);
            if ((low | high) != Vector256<byte>.Zero)
            {
                return at + First(low, high) + 1;
            }
        }

        for (; at < octets.Length - 1; at++)
        {
            if (octets[at] == (byte)'\n' && IsHeaderMark(octets[at + 1]))
            {
                return at + 1;
            }
        }

        return -1;
    }

    /// <summary>Tells whether <see cref="HeaderMark"/> finds a line that begins with an octet.</summary>
    public static bool IsHeaderMark(byte first) => first is (byte)'c' or (byte)'C' or (byte)'\r' or (byte)'\n' or (byte)'-';

    /// <summary>Where the first line begins that starts with <c>b</c>, an equals sign or an opening parenthesis; -1 for none. The start of the octets is no start of a line.</summary>
    /// <remarks>How data begins that was encoded before MIME: uuencode, yEnc, BinHex.</remarks>
    public static int EncodedData(ReadOnlySpan<byte> octets)
    {
        ref byte start = ref MemoryMarshal.GetReference(octets);
        int at = 0;
        for (; octets.Length - at > Step; at += Step)
        {
            Vector256<byte> low = DataMarks(ref start, (nuint)at);
            Vector256<byte> high = DataMarks(ref start, (nuint)at + 32);
            if ((low | high) != Vector256<byte>.Zero)
            {
                return at + First(low, high) + 1;
            }
        }

        for (; at < octets.Length - 1; at++)
        {
            if (octets[at] == (byte)'\n' && octets[at + 1] is (byte)'b' or (byte)'=' or (byte)'(')
            {
                return at + 1;
            }
        }

        return -1;
    }

    private static Vector256<byte> HeaderMarks(ref byte start, nuint at)
    {
        Vector256<byte> next = Vector256.LoadUnsafe(ref start, at + 1);
        Vector256<byte> marks = Vector256.Equals(next | Vector256.Create((byte)0x20), Vector256.Create((byte)'c'))
            | Vector256.Equals(next, Vector256.Create((byte)'\r')) | Vector256.Equals(next, Vector256.Create((byte)'\n'))
            | Vector256.Equals(next, Vector256.Create((byte)'-'));
        return Vector256.Equals(Vector256.LoadUnsafe(ref start, at), Vector256.Create((byte)'\n')) & marks;
    }

    private static Vector256<byte> DataMarks(ref byte start, nuint at)
    {
        Vector256<byte> next = Vector256.LoadUnsafe(ref start, at + 1);
        Vector256<byte> marks = Vector256.Equals(next, Vector256.Create((byte)'b')) | Vector256.Equals(next, Vector256.Create((byte)'='))
            | Vector256.Equals(next, Vector256.Create((byte)'('));
        return Vector256.Equals(Vector256.LoadUnsafe(ref start, at), Vector256.Create((byte)'\n')) & marks;
    }

    private static int First(Vector256<byte> low, Vector256<byte> high) =>
        BitOperations.TrailingZeroCount(low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32));
}
