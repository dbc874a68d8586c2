using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>The attributes of XCLIENT and XFORWARD.</summary>
internal enum ClientAttribute
{
    /// <summary>The client's host name.</summary>
    Name,

    /// <summary>Its address.</summary>
    Addr,

    /// <summary>Its port.</summary>
    Port,

    /// <summary>SMTP or ESMTP.</summary>
    Proto,

    /// <summary>What it called itself.</summary>
    Helo,

    /// <summary>The name under which it had authenticated; XCLIENT only.</summary>
    Login,

    /// <summary>The address it had connected to; XCLIENT only.</summary>
    DestAddr,

    /// <summary>The port it had connected to; XCLIENT only.</summary>
    DestPort,

    /// <summary>The id of the message at the host that sends it; XFORWARD only.</summary>
    Ident,

    /// <summary>LOCAL or REMOTE; XFORWARD only.</summary>
    Source,
}

/// <summary>What a trusted host says about a client: the arguments of XCLIENT or XFORWARD.</summary>
/// <remarks>
/// An attribute is not given, given with a value, or given as unavailable. Every value is sound: addresses and ports are such, names have no
/// blanks, nothing has control characters. Threads: immutable after <see cref="TryRead"/>.
/// Source: Postfix's XCLIENT_README and XFORWARD_README; RFC 3461 section 4 (xtext).
/// </remarks>
internal sealed class ClientAttributes
{
    /// <summary>Octets of the longest value, decoded.</summary>
    public const int MaxValue = 255;

    /// <summary>What may be said with XCLIENT, in the order of the EHLO line.</summary>
    public static readonly IReadOnlyList<ClientAttribute> OfXClient =
    [
        ClientAttribute.Name, ClientAttribute.Addr, ClientAttribute.Port, ClientAttribute.Proto, ClientAttribute.Helo, ClientAttribute.Login,
        ClientAttribute.DestAddr, ClientAttribute.DestPort,
    ];

    /// <summary>What may be said with XFORWARD.</summary>
    public static readonly IReadOnlyList<ClientAttribute> OfXForward =
    [
        ClientAttribute.Name, ClientAttribute.Addr, ClientAttribute.Port, ClientAttribute.Proto, ClientAttribute.Helo, ClientAttribute.Ident,
        ClientAttribute.Source,
    ];

    private static readonly ClientAttribute[] All = Enum.GetValues<ClientAttribute>();
    private static readonly string[] Names = [.. All.Select(a => a.ToString().ToUpperInvariant())];

    private readonly string?[] _values = new string?[All.Length];
    private readonly bool[] _given = new bool[All.Length];

    /// <summary>The keyword of an extension with its attributes, as EHLO offers it.</summary>
    public static string Offer(string keyword, IReadOnlyList<ClientAttribute> attributes) =>
        $"{keyword} {string.Join(' ', attributes.Select(a => Names[(int)a]))}";

    /// <summary>True when the attribute was given, with a value or as unavailable.</summary>
    public bool Has(ClientAttribute attribute) => _given[(int)attribute];

    /// <summary>The value of an attribute; null when it was not given, or is unavailable.</summary>
    public string? this[ClientAttribute attribute] => _values[(int)attribute];

    /// <summary>The address of ADDR or DESTADDR; null when it was not given, or is unavailable.</summary>
    public IPAddress? Address(ClientAttribute attribute) => this[attribute] is string text ? IPAddress.Parse(text) : null;

    /// <summary>The port of PORT or DESTPORT; 0 when it was not given, or is unavailable.</summary>
    public int PortOf(ClientAttribute attribute) => this[attribute] is string text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>What was said before, with what is said now over it.</summary>
    public ClientAttributes Over(ClientAttributes? before)
    {
        ClientAttributes both = new();
        for (int i = 0; i < All.Length; i++)
        {
            ClientAttributes from = _given[i] || before is null ? this : before;
            both._given[i] = from._given[i];
            both._values[i] = from._values[i];
        }

        return both;
    }

    /// <summary>Reads <c>1*( SP name "=" xtext )</c>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, IReadOnlyList<ClientAttribute> allowed, out ClientAttributes attributes)
    {
        attributes = new ClientAttributes();
        bool any = false;
        foreach (Range range in text.Split((byte)' '))
        {
            ReadOnlySpan<byte> one = text[range];
            if (one.IsEmpty)
            {
                // Blanks between attributes, as between parameters of MAIL.
                continue;
            }

            int equals = one.IndexOf((byte)'=');
            if (equals <= 0 || !TryFind(one[..equals], allowed, out ClientAttribute attribute) || attributes.Has(attribute)
                || !attributes.TrySet(attribute, one[(equals + 1)..]))
            {
                return false;
            }

            any = true;
        }

        return any;
    }

    private static bool TryFind(ReadOnlySpan<byte> name, IReadOnlyList<ClientAttribute> allowed, out ClientAttribute attribute)
    {
        foreach (ClientAttribute one in allowed)
        {
            if (Ascii.EqualsIgnoreCase(name, Names[(int)one]))
            {
                attribute = one;
                return true;
            }
        }

        attribute = default;
        return false;
    }

    private bool TrySet(ClientAttribute attribute, ReadOnlySpan<byte> xtext)
    {
        Span<byte> octets = stackalloc byte[MaxValue];
        if (!TryDecode(xtext, octets, out int length))
        {
            return false;
        }

        ReadOnlySpan<byte> value = octets[..length];
        _given[(int)attribute] = true;
        if (Ascii.EqualsIgnoreCase(value, "[UNAVAILABLE]"u8) || (attribute == ClientAttribute.Name && Ascii.EqualsIgnoreCase(value, "[TEMPUNAVAIL]"u8)))
        {
            return true;
        }

        bool sound;
        string? plain = null;
        switch (attribute)
        {
            case ClientAttribute.Addr or ClientAttribute.DestAddr:
                bool isMarked = value.Length > 5 && Ascii.EqualsIgnoreCase(value[..5], "IPV6:"u8);
                // Without the mark too: some senders leave it out, and no IPv4 address looks like one.
                sound = AddressText.TryReadV6(isMarked ? value[5..] : value, out IPAddress address)
                    || (!isMarked && AddressText.TryReadV4(value, out address));
                plain = sound ? address.ToString() : null;
                break;
            case ClientAttribute.Port or ClientAttribute.DestPort:
                sound = AddressText.TryReadPort(value, out _);
                break;
            case ClientAttribute.Proto:
                sound = Ascii.EqualsIgnoreCase(value, "SMTP"u8) || Ascii.EqualsIgnoreCase(value, "ESMTP"u8);
                plain = sound ? Encoding.ASCII.GetString(value).ToUpperInvariant() : null;
                break;
            case ClientAttribute.Source:
                sound = Ascii.EqualsIgnoreCase(value, "LOCAL"u8) || Ascii.EqualsIgnoreCase(value, "REMOTE"u8);
                plain = sound ? Encoding.ASCII.GetString(value).ToUpperInvariant() : null;
                break;
            case ClientAttribute.Name or ClientAttribute.Helo:
                sound = HelloName.IsSound(value) && !HasControls(value);
                break;
            default:
                sound = MailPath.IsCleanUtf8(value) && !HasControls(value);
                break;
        }

        _values[(int)attribute] = sound ? plain ?? Encoding.UTF8.GetString(value) : null;
        return sound;
    }

    private static bool HasControls(ReadOnlySpan<byte> value) => value.ContainsAnyInRange((byte)0, (byte)0x1F) || value.Contains((byte)0x7F);

    /// <summary>Decodes xtext; what is no encoding stays as it is, because senders older than Postfix 2.3 do not encode.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> xtext, Span<byte> octets, out int length)
    {
        length = 0;
        while (!xtext.IsEmpty)
        {
            if (length == octets.Length)
            {
                return false;
            }

            bool isEncoded = xtext[0] == '+';
            if (isEncoded && (xtext.Length < 3
                || !byte.TryParse(xtext[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octets[length])))
            {
                return false;
            }

            if (!isEncoded)
            {
                octets[length] = xtext[0];
            }

            length++;
            xtext = xtext[(isEncoded ? 3 : 1)..];
        }

        return length > 0;
    }
}
