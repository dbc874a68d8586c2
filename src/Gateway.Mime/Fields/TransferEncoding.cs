using System.Buffers;
using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>How a body is encoded, as far as rules care.</summary>
internal enum BodyEncoding
{
    /// <summary>7bit, 8bit, binary, or no field.</summary>
    Identity,
    Base64,
    QuotedPrintable,

    /// <summary>uuencode and yEnc under their various names: known, but not MIME's.</summary>
    Uuencode,
    Unknown,
}

/// <summary>Our own reading of a Content-Transfer-Encoding value.</summary>
/// <param name="Encoding">What the first token names.</param>
/// <param name="Tokens">Tokens found; more than one is ambiguous.</param>
/// <param name="Clean">True when the value is one token and nothing else but comments: no quotes, commas, words.</param>
/// <param name="MeansNone">The token is no encoding, but means that there is none: a misspelt 8bit, or the charset.</param>
internal readonly record struct TransferEncoding(BodyEncoding Encoding, int Tokens, bool Clean, bool MeansNone)
{
    private static readonly SearchValues<byte> TokenEnds = SearchValues.Create(" \t\r\n,;(\""u8);
    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n,;"u8);

    private static readonly string[] NoEncodings = ["8bits", "7bits", "8-bit", "7-bit", "none", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1"];

    /// <summary>Reads a raw value, folds and line end included.</summary>
    public static TransferEncoding Parse(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> value = SkipComments(raw.Trim(" \t\r\n"u8));
        int end = value.IndexOfAny(TokenEnds);
        ReadOnlySpan<byte> first = end < 0 ? value : value[..end];
        bool clean = end < 0 || SkipComments(value[end..]).IsEmpty;
        return new TransferEncoding(Name(first), clean ? 1 : Count(value), clean, IsNone(first));
    }

    /// <summary>Goes behind blanks and whole comments (RFC 822 3.4.3); one that does not end stays where it is.</summary>
    private static ReadOnlySpan<byte> SkipComments(ReadOnlySpan<byte> value)
    {
        value = value.TrimStart(" \t\r\n"u8);
        while (!value.IsEmpty && value[0] == (byte)'(' && Comments.Skip(value, 0).End is var end and > 0)
        {
            value = value[end..].TrimStart(" \t\r\n"u8);
        }

        return value;
    }

    private static int Count(ReadOnlySpan<byte> value)
    {
        int tokens = 0;
        while (!value.IsEmpty)
        {
            int end = value.IndexOfAny(Separators);
            ReadOnlySpan<byte> token = end < 0 ? value : value[..end];
            tokens += Name(token) == BodyEncoding.Unknown ? 0 : 1;
            value = end < 0 ? default : value[(end + 1)..].TrimStart(" \t\r\n,;"u8);
        }

        return tokens;
    }

    private static bool IsNone(ReadOnlySpan<byte> token)
    {
        foreach (string none in NoEncodings)
        {
            if (Ascii.EqualsIgnoreCase(token, none))
            {
                return true;
            }
        }

        return false;
    }

    private static BodyEncoding Name(ReadOnlySpan<byte> token)
    {
        if (Ascii.EqualsIgnoreCase(token, "7bit"u8) || Ascii.EqualsIgnoreCase(token, "8bit"u8) || Ascii.EqualsIgnoreCase(token, "binary"u8))
        {
            return BodyEncoding.Identity;
        }

        if (Ascii.EqualsIgnoreCase(token, "base64"u8))
        {
            return BodyEncoding.Base64;
        }

        if (Ascii.EqualsIgnoreCase(token, "quoted-printable"u8))
        {
            return BodyEncoding.QuotedPrintable;
        }

        bool uu = Ascii.EqualsIgnoreCase(token, "x-uuencode"u8) || Ascii.EqualsIgnoreCase(token, "uuencode"u8)
            || Ascii.EqualsIgnoreCase(token, "x-uue"u8) || Ascii.EqualsIgnoreCase(token, "x-yenc"u8);
        return uu ? BodyEncoding.Uuencode : BodyEncoding.Unknown;
    }
}
