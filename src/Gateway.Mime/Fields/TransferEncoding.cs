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
/// <param name="Comment">A comment stands beside the token: within the grammar, but read differently.</param>
/// <param name="Private">The token starts with <c>x-</c>, so that it needs no registration.</param>
internal readonly record struct TransferEncoding(BodyEncoding Encoding, int Tokens, bool Clean, bool Comment, bool Private)
{
    private static readonly SearchValues<byte> TokenEnds = SearchValues.Create(" \t\r\n,;(\""u8);
    private static readonly SearchValues<byte> Separators = SearchValues.Create(" \t\r\n,;"u8);

    /// <summary>Reads a raw value, folds and line end included.</summary>
    public static TransferEncoding Parse(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> value = raw.Trim(" \t\r\n"u8);
        bool comment = TrySkipComments(ref value);
        int end = value.IndexOfAny(TokenEnds);
        ReadOnlySpan<byte> first = end < 0 ? value : value[..end];
        ReadOnlySpan<byte> rest = end < 0 ? default : value[end..];
        comment |= TrySkipComments(ref rest);
        bool clean = rest.IsEmpty;
        bool isPrivate = first.Length > 2 && Ascii.EqualsIgnoreCase(first[..2], "x-"u8);
        return new TransferEncoding(Name(first), clean ? 1 : Count(value), clean, comment, isPrivate);
    }

    /// <summary>Goes behind blanks and whole comments (RFC 822 3.4.3); one that does not end stays where it is.</summary>
    private static bool TrySkipComments(ref ReadOnlySpan<byte> value)
    {
        bool found = false;
        value = value.TrimStart(" \t\r\n"u8);
        while (!value.IsEmpty && value[0] == (byte)'(' && CommentLength(value) is var length and > 0)
        {
            found = true;
            value = value[length..].TrimStart(" \t\r\n"u8);
        }

        return found;
    }

    /// <summary>Octets of the comment a value starts with; 0 when it does not end.</summary>
    private static int CommentLength(ReadOnlySpan<byte> value)
    {
        int depth = 0;
        for (int i = 0; i < value.Length; i++)
        {
            switch (value[i])
            {
                case (byte)'\\':
                    i++;
                    break;
                case (byte)'(':
                    depth++;
                    break;
                case (byte)')' when --depth == 0:
                    return i + 1;
            }
        }

        return 0;
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
