using System.Buffers;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>A reverse-path or forward-path: the address inside the angle brackets of MAIL and RCPT.</summary>
/// <remarks>
/// Promises: the address holds no control character, no CR or LF (not even quoted), no unbalanced quote, so it can be sent on,
/// logged and stored as it is. A source route is read and dropped. The local part is carried, not judged: its length is bounded by that of
/// the path only, and dots may stand anywhere in it, because mailboxes with such names exist and only their own host knows them.
/// Source: RFC 5321 section 4.1.2 (grammar), 4.5.3.1 (the lengths that everybody must take at least), appendix C (routes), RFC 6531
/// section 3.3 (UTF-8).
/// </remarks>
public sealed class MailPath
{
    /// <summary>
    /// Octets of a path with its brackets. RFC 5321 section 4.5.3.1.3 asks for 256 at least; this many stand in one line of a header field
    /// (998 octets) with any field name in front, as trace fields and notifications write them.
    /// </summary>
    public const int MaxPathLength = 900;

    /// <summary>Octets of a domain (RFC 5321 section 4.5.3.1.2).</summary>
    public const int MaxDomainLength = 255;

    private static readonly SearchValues<byte> LocalText =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~."u8);

    private static readonly SearchValues<byte> LabelText =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private MailPath(string localPart, string domain, bool isAscii)
    {
        LocalPart = localPart;
        Domain = domain;
        IsAscii = isAscii;
        Address = domain.Length == 0 ? localPart : $"{localPart}@{domain}";
    }

    /// <summary>The null reverse-path <c>&lt;&gt;</c> of bounces.</summary>
    public static MailPath Null { get; } = new(string.Empty, string.Empty, isAscii: true);

    /// <summary>The address as it goes between the brackets; empty for the null reverse-path.</summary>
    public string Address { get; }

    /// <summary>The local part as it was written, quotes included.</summary>
    public string LocalPart { get; }

    /// <summary>The domain or address literal; empty for the null path and for the bare <c>postmaster</c>.</summary>
    public string Domain { get; }

    /// <summary>False when the address holds UTF-8 beyond US-ASCII and so needs SMTPUTF8 at every hop.</summary>
    public bool IsAscii { get; }

    /// <summary>True for <c>&lt;&gt;</c>.</summary>
    public bool IsNull => Address.Length == 0;

    /// <inheritdoc/>
    public override string ToString() => $"<{Address}>";

    /// <summary>Reads a path at the start of an argument.</summary>
    /// <param name="text">The argument behind <c>FROM:</c> or <c>TO:</c>.</param>
    /// <param name="path">The path.</param>
    /// <param name="length">Octets taken, both brackets included.</param>
    /// <returns>False when the text does not begin with a well-formed path in angle brackets.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out MailPath path, out int length)
    {
        path = Null;
        length = 0;
        int end = FindClosingBracket(text);
        if (end < 0 || end + 1 > MaxPathLength)
        {
            return false;
        }

        length = end + 1;
        return TryRead(text[1..end], out path);
    }

    /// <summary>Reads what old devices and scripts send: a path without its brackets, or a domain with the final dot of DNS.</summary>
    /// <param name="text">The argument behind <c>FROM:</c> or <c>TO:</c>.</param>
    /// <param name="path">The path; without that final dot, which is no part of a domain in mail (RFC 5321 section 2.3.5).</param>
    /// <param name="length">Octets taken.</param>
    /// <returns>False when no address can be made out.</returns>
    public static bool TryParseLenient(ReadOnlySpan<byte> text, out MailPath path, out int length)
    {
        path = Null;
        bool bracketed = text.StartsWith((byte)'<');
        int end = bracketed ? FindClosingBracket(text) : AddressLength(text);
        length = bracketed ? end + 1 : end;
        if (end <= 0 || length > MaxPathLength)
        {
            return false;
        }

        ReadOnlySpan<byte> inside = text[(bracketed ? 1 : 0)..end];
        return TryRead(inside.EndsWith("."u8) && !inside.EndsWith("]."u8) ? inside[..^1] : inside, out path);
    }

    private static bool TryRead(ReadOnlySpan<byte> inside, out MailPath path)
    {
        path = Null;
        if (inside.IsEmpty)
        {
            return true;
        }

        if (inside[0] == '@')
        {
            // Source route: accepted and ignored, as RFC 5321 section 3.3 and appendix C ask.
            int colon = inside.IndexOf((byte)':');
            if (colon < 0 || !IsRoute(inside[..colon]))
            {
                return false;
            }

            inside = inside[(colon + 1)..];
        }

        int at = LocalPartLength(inside);
        if (at <= 0)
        {
            return false;
        }

        ReadOnlySpan<byte> local = inside[..at];
        ReadOnlySpan<byte> domain = default;
        if (at == inside.Length)
        {
            // RFC 5321 section 4.5.1: the only address without a domain.
            if (!Ascii.EqualsIgnoreCase(local, "postmaster"u8))
            {
                return false;
            }
        }
        else
        {
            domain = inside[(at + 1)..];
            if (inside[at] != '@' || !IsDomain(domain))
            {
                return false;
            }
        }

        if (!IsCleanUtf8(inside))
        {
            return false;
        }

        path = new MailPath(Encoding.UTF8.GetString(local), Encoding.UTF8.GetString(domain), Ascii.IsValid(inside));
        return true;
    }

    /// <summary>Reads a whole string such as <c>user@example.org</c>, without brackets; empty is the null path.</summary>
    public static bool TryParse(string address, out MailPath path)
    {
        byte[] text = Encoding.UTF8.GetBytes($"<{address}>");
        return TryParse(text, out path, out int length) && length == text.Length;
    }

    /// <summary>Well-formed UTF-8 without the control characters U+0080 to U+009F, which terminals and logs obey like those below 32.</summary>
    internal static bool IsCleanUtf8(ReadOnlySpan<byte> text)
    {
        if (Ascii.IsValid(text))
        {
            return true;
        }

        if (!System.Text.Unicode.Utf8.IsValid(text))
        {
            return false;
        }

        for (int at = text.IndexOf((byte)0xC2); at >= 0; at = text.IndexOf((byte)0xC2))
        {
            if (text[at + 1] < 0xA0)
            {
                return false;
            }

            text = text[(at + 1)..];
        }

        return true;
    }

    private static int FindClosingBracket(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '<')
        {
            return -1;
        }

        bool quoted = false;
        for (int i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'\\' when quoted:
                    i++;
                    break;
                case (byte)'"':
                    quoted = !quoted;
                    break;
                case (byte)'>' when !quoted:
                    return i;
                case (byte)'<' when !quoted:
                    return -1;
                default:
                    break;
            }
        }

        return -1;
    }

    /// <summary>Octets up to the first blank that is not quoted.</summary>
    private static int AddressLength(ReadOnlySpan<byte> text)
    {
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == ' ' && !quoted)
            {
                return i;
            }

            quoted ^= text[i] == '"';
            i += text[i] == '\\' && quoted ? 1 : 0;
        }

        return text.Length;
    }

    private static bool IsRoute(ReadOnlySpan<byte> route)
    {
        foreach (Range hop in route.Split((byte)','))
        {
            ReadOnlySpan<byte> part = route[hop];
            if (part.IsEmpty || part[0] != '@' || !IsDomain(part[1..]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Length of an unquoted local part or a quoted-string at the start, or -1.</summary>
    private static int LocalPartLength(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return -1;
        }

        if (text[0] == '"')
        {
            for (int i = 1; i < text.Length; i++)
            {
                byte c = text[i];
                if (c == '\\')
                {
                    // quoted-pairSMTP: %d92 %d32-126 only.
                    if (++i >= text.Length || text[i] is < 0x20 or > 0x7E)
                    {
                        return -1;
                    }
                }
                else if (c == '"')
                {
                    return i + 1;
                }
                else if (c is < 0x20 or 0x7F)
                {
                    return -1;
                }
            }

            return -1;
        }

        int length = text.IndexOf((byte)'@');
        length = length < 0 ? text.Length : length;
        foreach (byte c in text[..length])
        {
            if (c < 0x80 && !LocalText.Contains(c))
            {
                return -1;
            }
        }

        return length;
    }

    /// <summary>A domain of dot-separated labels, or an address literal.</summary>
    internal static bool IsDomain(ReadOnlySpan<byte> domain)
    {
        if (domain.IsEmpty || domain.Length > MaxDomainLength)
        {
            return false;
        }

        if (domain[0] == '[')
        {
            return Ascii.IsValid(domain) && AddressLiteral.Read(Encoding.ASCII.GetString(domain)) is not null;
        }

        foreach (Range range in domain.Split((byte)'.'))
        {
            ReadOnlySpan<byte> label = domain[range];
            // 63 octets bound a label in DNS; one in UTF-8 is longer than what DNS sees of it (RFC 5890 section 4.2).
            if (label.IsEmpty || (label.Length > 63 && Ascii.IsValid(label)) || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (byte c in label)
            {
                // The underscore is not in the grammar but in real host names; octets above 127 are checked as UTF-8 later.
                if (c < 0x80 && !LabelText.Contains(c))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
