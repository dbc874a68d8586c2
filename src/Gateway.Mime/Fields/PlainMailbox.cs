using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>The forms that nearly every address field of one address has: <c>words &lt;local@domain&gt;</c>, <c>local@domain</c>, <c>local@domain (words)</c>.</summary>
/// <remarks>Promises: what it takes can be read in one way only, and has no flaw. What it does not take is for the full grammar. Cost: a few vectorised searches.</remarks>
internal static class PlainMailbox
{
    private static readonly SearchValues<byte> PhraseOctets =
        SearchValues.Create(" !#$%&'*+-/0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Between quotes; no at sign, because a name with an address in it is not plain.</summary>
    private static readonly SearchValues<byte> QuotedOctets =
        SearchValues.Create(" !#$%&'()*+,-./0123456789:;=?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>In a comment; no question mark either, because readers take it for a name and decode it.</summary>
    private static readonly SearchValues<byte> CommentOctets =
        SearchValues.Create(" !\"#$%&'*+,-./0123456789:;=ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static readonly SearchValues<byte> AtomOctets =
        SearchValues.Create("!#$%&'*+-./0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Tells whether a value, folds and line end included, has one of the forms.</summary>
    public static bool Is(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = Trim(value);
        int angle = text.IndexOf((byte)'<');
        if (angle >= 0)
        {
            if (text[^1] != (byte)'>' || !IsName(text[..angle].TrimEnd((byte)' ')))
            {
                return false;
            }

            text = text[(angle + 1)..^1];
        }
        else if (text.EndsWith(")"u8))
        {
            int comment = text.IndexOf((byte)'(');
            if (comment < 0 || text[(comment + 1)..^1].IndexOfAnyExcept(CommentOctets) >= 0)
            {
                return false;
            }

            text = text[..comment].TrimEnd((byte)' ');
        }

        int at = text.IndexOf((byte)'@');
        return at > 0 && IsDotAtom(text[..at]) && IsDotAtom(text[(at + 1)..]);
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        int start = 0;
        while (start < value.Length && IsBlank(value[start]))
        {
            start++;
        }

        int end = value.Length;
        while (end > start && IsBlank(value[end - 1]))
        {
            end--;
        }

        return value[start..end];
    }

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length >= 2 && name[0] == (byte)'"' && name[^1] == (byte)'"'
            ? name[1..^1].IndexOfAnyExcept(QuotedOctets) < 0
            : name.IndexOfAnyExcept(PhraseOctets) < 0;

    private static bool IsDotAtom(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && text[0] != (byte)'.' && text[^1] != (byte)'.' && text.IndexOfAnyExcept(AtomOctets) < 0 && text.IndexOf(".."u8) < 0;
}
