using System.Buffers.Text;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>What the client declared the body to be (RFC 6152, RFC 3030).</summary>
public enum BodyType
{
    /// <summary>Nothing declared, or <c>BODY=7BIT</c>.</summary>
    SevenBit,

    /// <summary><c>BODY=8BITMIME</c>.</summary>
    EightBitMime,

    /// <summary><c>BODY=BINARYMIME</c>: any octets; the content comes by BDAT only.</summary>
    BinaryMime,
}

/// <summary>The ESMTP parameters of MAIL.</summary>
/// <param name="Size">Octets declared by <c>SIZE=</c> (RFC 1870), or 0.</param>
/// <param name="Body">The declared body type.</param>
/// <param name="SmtpUtf8">The transaction carries internationalised addresses or header fields (RFC 6531).</param>
public readonly record struct MailParameters(long Size, BodyType Body, bool SmtpUtf8)
{
    /// <summary><c>AUTH=</c> was given (RFC 4954 section 5). What it claims is not believed.</summary>
    public bool HasAuth { get; init; }

    /// <summary><c>REQUIRETLS</c>: the message may travel on over TLS only (RFC 8689).</summary>
    public bool RequireTls { get; init; }

    /// <summary>How much to send back when the message fails (RFC 3461).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID as received, in xtext; null when not given.</summary>
    public string? EnvelopeId { get; init; }
}

/// <summary>Reads the parameters behind a path.</summary>
/// <remarks>Source: RFC 5321 section 4.1.2: <c>esmtp-param = esmtp-keyword ["=" esmtp-value]</c>, separated by spaces.</remarks>
public static class EsmtpParameters
{
    /// <summary>Reads the parameters of MAIL.</summary>
    /// <returns>Null and the parameters, or the reply that refuses the command: 501 for bad syntax, 555 for a parameter not offered.</returns>
    public static SmtpReply? ReadMail(ReadOnlySpan<byte> text, out MailParameters parameters)
    {
        parameters = default;
        long size = 0;
        BodyType body = BodyType.SevenBit;
        bool utf8 = false;
        bool auth = false;
        bool requireTls = false;
        DsnReturn ret = DsnReturn.Unspecified;
        string? envelopeId = null;
        int seen = 0;

        while (TryNext(ref text, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, out bool hasValue))
        {
            int bit;
            if (Ascii.EqualsIgnoreCase(keyword, "SIZE"u8))
            {
                bit = 1;
                // RFC 1870 section 3: size-value is 1 to 20 digits.
                if (value.Length is 0 or > 20 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                {
                    return Replies.BadParameterValue;
                }

                size = Utf8Parser.TryParse(value, out long octets, out _) ? octets : long.MaxValue;
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "BODY"u8))
            {
                bit = 2;
                if (Ascii.EqualsIgnoreCase(value, "8BITMIME"u8))
                {
                    body = BodyType.EightBitMime;
                }
                else if (Ascii.EqualsIgnoreCase(value, "BINARYMIME"u8))
                {
                    body = BodyType.BinaryMime;
                }
                else if (!Ascii.EqualsIgnoreCase(value, "7BIT"u8))
                {
                    return Replies.BadParameterValue;
                }
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "SMTPUTF8"u8))
            {
                bit = 4;
                utf8 = true;
                if (hasValue)
                {
                    return Replies.BadParameterValue;
                }
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "AUTH"u8))
            {
                bit = 1 << 10;
                auth = true;
                if (value.IsEmpty)
                {
                    return Replies.BadParameterValue;
                }
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "REQUIRETLS"u8))
            {
                bit = 1 << 11;
                requireTls = true;
                if (hasValue)
                {
                    return Replies.BadParameterValue;
                }
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "RET"u8))
            {
                bit = 8;
                if (!DsnParameters.TryReadReturn(value, out ret))
                {
                    return Replies.BadParameterValue;
                }
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "ENVID"u8))
            {
                bit = 16;
                if (!DsnParameters.TryReadEnvelopeId(value, out envelopeId))
                {
                    return Replies.BadParameterValue;
                }
            }
            else
            {
                return IsKeyword(keyword) ? Replies.ParameterNotOffered : Replies.BadParameterSyntax;
            }

            if ((seen & bit) != 0)
            {
                // The same parameter twice: one of two readers would take the other value.
                return Replies.BadParameterSyntax;
            }

            seen |= bit;
        }

        parameters = new MailParameters(size, body, utf8) { HasAuth = auth, RequireTls = requireTls, Return = ret, EnvelopeId = envelopeId };
        return null;
    }

    /// <summary>Reads the parameters of RCPT.</summary>
    /// <param name="text">What stands behind the path.</param>
    /// <param name="smtpUtf8">The transaction is SMTPUTF8.</param>
    /// <param name="parameters">The parameters.</param>
    /// <returns>As <see cref="ReadMail"/>.</returns>
    public static SmtpReply? ReadRecipient(ReadOnlySpan<byte> text, bool smtpUtf8, out RecipientParameters parameters)
    {
        parameters = default;
        DsnNotify notify = DsnNotify.Unspecified;
        string? original = null;
        while (TryNext(ref text, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, out _))
        {
            bool again;
            bool good;
            if (Ascii.EqualsIgnoreCase(keyword, "NOTIFY"u8))
            {
                again = notify != DsnNotify.Unspecified;
                good = DsnParameters.TryReadNotify(value, out notify);
            }
            else if (Ascii.EqualsIgnoreCase(keyword, "ORCPT"u8))
            {
                again = original is not null;
                good = DsnParameters.TryReadOriginalRecipient(value, smtpUtf8, out original);
            }
            else
            {
                return IsKeyword(keyword) ? Replies.ParameterNotOffered : Replies.BadParameterSyntax;
            }

            if (again || !good)
            {
                return again ? Replies.BadParameterSyntax : Replies.BadParameterValue;
            }
        }

        parameters = new RecipientParameters(notify, original);
        return null;
    }

    private static bool TryNext(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, out bool hasValue)
    {
        text = text.TrimStart((byte)' ');
        int end = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> one = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[end..];
        int equals = one.IndexOf((byte)'=');
        hasValue = equals >= 0;
        keyword = hasValue ? one[..equals] : one;
        value = hasValue ? one[(equals + 1)..] : default;
        return !one.IsEmpty;
    }

    private static bool IsKeyword(ReadOnlySpan<byte> keyword)
    {
        if (keyword.IsEmpty || keyword[0] == '-')
        {
            return false;
        }

        foreach (byte c in keyword)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
