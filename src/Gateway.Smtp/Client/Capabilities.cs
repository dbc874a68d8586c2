using System.Globalization;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>The service extensions a downstream host offers that matter to us.</summary>
[Flags]
public enum Extensions
{
    /// <summary>None: a host that knows only HELO.</summary>
    None = 0,

    /// <summary>Commands may be sent without waiting. RFC 2920.</summary>
    Pipelining = 1 << 0,

    /// <summary>Octets above 127 in the content. RFC 6152.</summary>
    EightBitMime = 1 << 1,

    /// <summary>UTF-8 in addresses and header. RFC 6531.</summary>
    SmtpUtf8 = 1 << 2,

    /// <summary>A message size may be declared. RFC 1870.</summary>
    Size = 1 << 3,

    /// <summary>Replies carry enhanced codes. RFC 2034.</summary>
    EnhancedStatusCodes = 1 << 4,

    /// <summary>Delivery status notification parameters. RFC 3461.</summary>
    Dsn = 1 << 5,

    /// <summary>BDAT. RFC 3030.</summary>
    Chunking = 1 << 6,

    /// <summary>Binary content. RFC 3030.</summary>
    BinaryMime = 1 << 7,

    /// <summary>TLS may be started. RFC 3207.</summary>
    StartTls = 1 << 8,

    /// <summary>TLS may be required onward. RFC 8689.</summary>
    RequireTls = 1 << 9,

    /// <summary>The original client may be told. Postfix XFORWARD.</summary>
    XForward = 1 << 10,

    /// <summary>AUTH is offered. RFC 4954.</summary>
    Auth = 1 << 11,
}

/// <summary>What a downstream host said it can do in its reply to EHLO.</summary>
/// <param name="Extensions">The extensions offered.</param>
/// <param name="SizeLimit">The largest message it takes, in octets; 0 when it names none.</param>
public readonly record struct Capabilities(Extensions Extensions, long SizeLimit)
{
    /// <summary>True when they were offered under TLS whose certificate was good: only there REQUIRETLS means anything (RFC 8689 section 2).</summary>
    public bool Encrypted { get; init; }

    /// <summary>The AUTH mechanisms offered that we know.</summary>
    public AuthMechanisms Mechanisms { get; init; }

    /// <summary>The attributes that XFORWARD takes, one bit for each.</summary>
    internal int ForwardMask { get; init; }

    /// <summary>True when all of the given extensions are offered.</summary>
    public bool Offers(Extensions extensions) => (Extensions & extensions) == extensions;

    /// <summary>Reads the reply to EHLO; unknown keywords and malformed parameters are passed over. RFC 5321 section 4.1.1.1.</summary>
    public static Capabilities Parse(SmtpReply ehlo)
    {
        Extensions extensions = Extensions.None;
        long size = 0;
        AuthMechanisms mechanisms = AuthMechanisms.None;
        int forwards = 0;
        bool first = true;
        foreach (Range range in ehlo.Text.AsSpan().Split('\n'))
        {
            // The first line is the host's name and greeting.
            if (first)
            {
                first = false;
                continue;
            }

            ReadOnlySpan<char> line = ehlo.Text.AsSpan(range).Trim();
            // AUTH=PLAIN LOGIN is what hosts said before RFC 2554; some say nothing else.
            int space = line.StartsWith("AUTH=", StringComparison.OrdinalIgnoreCase) ? "AUTH".Length : line.IndexOf(' ');
            Extensions found = Keyword(space < 0 ? line : line[..space]);
            extensions |= found;
            if (found == Extensions.Size && space > 0
                && long.TryParse(line[space..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long limit))
            {
                size = limit;
            }
            else if (found == Extensions.Auth && space > 0)
            {
                mechanisms |= ClientAuthentication.Mechanisms(line[(space + 1)..]);
            }
            else if (found == Extensions.XForward && space > 0)
            {
                forwards |= OriginalClient.Offered(line[space..]);
            }
        }

        return new Capabilities(extensions, size) { Mechanisms = mechanisms, ForwardMask = forwards };
    }

    private static Extensions Keyword(ReadOnlySpan<char> keyword)
    {
        foreach ((string name, Extensions extension) in Keywords)
        {
            if (keyword.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return extension;
            }
        }

        return Extensions.None;
    }

    private static readonly (string Name, Extensions Extension)[] Keywords =
    [
        ("PIPELINING", Extensions.Pipelining),
        ("8BITMIME", Extensions.EightBitMime),
        ("SMTPUTF8", Extensions.SmtpUtf8),
        ("SIZE", Extensions.Size),
        ("ENHANCEDSTATUSCODES", Extensions.EnhancedStatusCodes),
        ("DSN", Extensions.Dsn),
        ("CHUNKING", Extensions.Chunking),
        ("BINARYMIME", Extensions.BinaryMime),
        ("STARTTLS", Extensions.StartTls),
        ("REQUIRETLS", Extensions.RequireTls),
        ("XFORWARD", Extensions.XForward),
        ("AUTH", Extensions.Auth),
    ];
}
