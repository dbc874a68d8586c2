using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>The two forms that nearly every address field of one address has: <c>words &lt;local@domain&gt;</c> and <c>local@domain</c>.</summary>
/// <remarks>Promises: what it takes can be read in one way only, and has no flaw. What it does not take is for the full grammar. Cost: a few vectorised searches.</remarks>
internal static class PlainMailbox
{
    private static readonly SearchValues<byte> PhraseOctets =
        SearchValues.Create(" !#$%&'*+-/0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static readonly SearchValues<byte> AtomOctets =
        SearchValues.Create("!#$%&'*+-./0123456789=?ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Tells whether a value, folds and line end included, has one of the forms.</summary>
    public static bool Is(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.Trim(" \t\r\n"u8);
        int angle = text.IndexOf((byte)'<');
        if (angle >= 0)
        {
            if (text[^1] != (byte)'>')
            {
                return false;
            }

            ReadOnlySpan<byte> name = text[..angle].TrimEnd((byte)' ');
            if (name.Length >= 2 && name[0] == (byte)'"' && name[^1] == (byte)'"')
            {
                name = name[1..^1];
            }

            if (name.IndexOfAnyExcept(PhraseOctets) >= 0)
            {
                return false;
            }

            text = text[(angle + 1)..^1];
        }

        int at = text.IndexOf((byte)'@');
        return at > 0 && IsDotAtom(text[..at]) && IsDotAtom(text[(at + 1)..]);
    }

    private static bool IsDotAtom(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && text[0] != (byte)'.' && text[^1] != (byte)'.' && text.IndexOfAnyExcept(AtomOctets) < 0 && text.IndexOf(".."u8) < 0;
}
