using System.Globalization;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>How much of a message its sender wants back when it fails (RET, RFC 3461 section 4.3).</summary>
public enum DsnReturn
{
    /// <summary>Not said: the server chooses.</summary>
    Unspecified,

    /// <summary><c>RET=FULL</c>: the whole message.</summary>
    Full,

    /// <summary><c>RET=HDRS</c>: its header.</summary>
    Headers,
}

/// <summary>What the sender wants to be told about a recipient (NOTIFY, RFC 3461 section 4.1).</summary>
[Flags]
public enum DsnNotify
{
    /// <summary>Not said: failures are told, as without DSN.</summary>
    Unspecified = 0,

    /// <summary>Nothing, not even a failure. Stands alone.</summary>
    Never = 1,

    /// <summary>That it was delivered, or handed to a host that cannot tell.</summary>
    Success = 2,

    /// <summary>That it failed.</summary>
    Failure = 4,

    /// <summary>That it takes long.</summary>
    Delay = 8,
}

/// <summary>The ESMTP parameters of RCPT.</summary>
/// <param name="Notify">What to tell the sender.</param>
/// <param name="OriginalRecipient">ORCPT as received, <c>type;xtext</c>; null when not given.</param>
public readonly record struct RecipientParameters(DsnNotify Notify, string? OriginalRecipient);

/// <summary>Reads and writes the values of DSN parameters.</summary>
/// <remarks>Source: RFC 3461 sections 4 and 5.4 (lengths), RFC 6533 section 3 (the address type utf-8).</remarks>
public static class DsnParameters
{
    /// <summary>The longest ENVID as sent, in octets. RFC 3461 section 4.4.</summary>
    public const int MaxEnvelopeId = 100;

    /// <summary>The longest ORCPT as sent, in octets. RFC 3461 section 4.2.</summary>
    public const int MaxOriginalRecipient = 500;

    /// <summary>Reads the value of RET.</summary>
    public static bool TryReadReturn(ReadOnlySpan<byte> value, out DsnReturn result)
    {
        result = Ascii.EqualsIgnoreCase(value, "FULL"u8) ? DsnReturn.Full
            : Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? DsnReturn.Headers
            : DsnReturn.Unspecified;
        return result != DsnReturn.Unspecified;
    }

    /// <summary>Reads the value of ENVID; kept as sent.</summary>
    public static bool TryReadEnvelopeId(ReadOnlySpan<byte> value, out string envelopeId)
    {
        bool good = value.Length is > 0 and <= MaxEnvelopeId && IsXtext(value, allowUtf8: false);
        envelopeId = good ? Encoding.ASCII.GetString(value) : string.Empty;
        return good;
    }

    /// <summary>Reads the value of NOTIFY.</summary>
    public static bool TryReadNotify(ReadOnlySpan<byte> value, out DsnNotify notify)
    {
        notify = DsnNotify.Unspecified;
        foreach (Range range in value.Split((byte)','))
        {
            ReadOnlySpan<byte> one = value[range];
            DsnNotify flag = Ascii.EqualsIgnoreCase(one, "NEVER"u8) ? DsnNotify.Never
                : Ascii.EqualsIgnoreCase(one, "SUCCESS"u8) ? DsnNotify.Success
                : Ascii.EqualsIgnoreCase(one, "FAILURE"u8) ? DsnNotify.Failure
                : Ascii.EqualsIgnoreCase(one, "DELAY"u8) ? DsnNotify.Delay
                : DsnNotify.Unspecified;
            if (flag == DsnNotify.Unspecified || notify.HasFlag(flag))
            {
                return false;
            }

            notify |= flag;
        }

        return notify == DsnNotify.Never || !notify.HasFlag(DsnNotify.Never);
    }

    /// <summary>Reads the value of ORCPT; kept as sent.</summary>
    /// <param name="value">The value.</param>
    /// <param name="smtpUtf8">The transaction is SMTPUTF8: an address of type utf-8 may carry UTF-8 (RFC 6533 section 3).</param>
    /// <param name="original">The value as text.</param>
    public static bool TryReadOriginalRecipient(ReadOnlySpan<byte> value, bool smtpUtf8, out string original)
    {
        original = string.Empty;
        int semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0 || semicolon == value.Length - 1 || value.Length > MaxOriginalRecipient || !IsAtom(value[..semicolon]))
        {
            return false;
        }

        bool unicode = smtpUtf8 && Ascii.EqualsIgnoreCase(value[..semicolon], "utf-8"u8);
        if (!IsXtext(value[(semicolon + 1)..], unicode) || !MailPath.IsCleanUtf8(value))
        {
            return false;
        }

        original = Encoding.UTF8.GetString(value);
        return true;
    }

    /// <summary>The parameters of MAIL as they are sent on; null for none.</summary>
    public static string? FormatMail(DsnReturn ret, string? envelopeId)
    {
        string? text = ret switch
        {
            DsnReturn.Full => "RET=FULL",
            DsnReturn.Headers => "RET=HDRS",
            _ => null,
        };
        return envelopeId is null ? text : text is null ? "ENVID=" + envelopeId : $"{text} ENVID={envelopeId}";
    }

    /// <summary>The parameters of one RCPT as they are sent on; null for none.</summary>
    public static string? FormatRecipient(RecipientParameters parameters)
    {
        string? notify = parameters.Notify == DsnNotify.Unspecified ? null : "NOTIFY=" + Names(parameters.Notify);
        return parameters.OriginalRecipient is null ? notify
            : notify is null ? "ORCPT=" + parameters.OriginalRecipient
            : $"{notify} ORCPT={parameters.OriginalRecipient}";
    }

    /// <summary>Decodes xtext; what was read by this class decodes to printable characters.</summary>
    public static string DecodeXtext(string xtext)
    {
        ArgumentNullException.ThrowIfNull(xtext);
        StringBuilder text = new(xtext.Length);
        for (int i = 0; i < xtext.Length; i++)
        {
            bool hex = xtext[i] == '+' && i + 2 < xtext.Length
                && byte.TryParse(xtext.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _);
            text.Append(hex ? (char)byte.Parse(xtext.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : xtext[i]);
            i += hex ? 2 : 0;
        }

        return text.ToString();
    }

    private static string Names(DsnNotify notify)
    {
        List<string> names = [];
        foreach ((DsnNotify flag, string name) in
            (ReadOnlySpan<(DsnNotify, string)>)[(DsnNotify.Never, "NEVER"), (DsnNotify.Success, "SUCCESS"), (DsnNotify.Failure, "FAILURE"), (DsnNotify.Delay, "DELAY")])
        {
            if (notify.HasFlag(flag))
            {
                names.Add(name);
            }
        }

        return string.Join(',', names);
    }

    /// <summary>RFC 5322 section 3.2.3 atext, which RFC 3461 takes for the address type.</summary>
    private static bool IsAtom(ReadOnlySpan<byte> text)
    {
        foreach (byte c in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && !"!#$%&'*+-/=?^_`{|}~"u8.Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// RFC 3461 section 4: printable characters but + and =, and +HH in upper case. The value behind the encoding must be
    /// printable too (sections 4.2 and 4.4): it is going to stand in the fields of a bounce.
    /// </summary>
    internal static bool IsXtext(ReadOnlySpan<byte> text, bool allowUtf8)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte c = text[i];
            if (c == '+')
            {
                if (i + 2 >= text.Length || Hex(text[i + 1]) is not (>= 2 and <= 7) || Hex(text[i + 2]) < 0
                    || (text[i + 1] == '7' && text[i + 2] == 'F'))
                {
                    return false;
                }

                i += 2;
            }
            else if (c is < (byte)'!' or (byte)'=' or 0x7F || (c > 0x7F && !allowUtf8))
            {
                return false;
            }
        }

        return true;
    }

    private static int Hex(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => -1,
    };
}
