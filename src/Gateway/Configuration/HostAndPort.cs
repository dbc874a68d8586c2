using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>A mail host behind the gateway: <c>mx1.example.org:25</c>, <c>192.0.2.7</c>, <c>[2001:db8::7]:2525</c>. The port defaults to 25.</summary>
/// <param name="Host">A host name in lower case, or an IP address without brackets.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
[TypeConverter(typeof(ParsableConverter<HostAndPort>))]
internal readonly record struct HostAndPort(string Host, int Port) : IParsable<HostAndPort>
{
    private const int SmtpPort = 25;

    /// <inheritdoc/>
    public static HostAndPort Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out HostAndPort host) ? host : throw new FormatException($"\"{s}\" is not host:port");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out HostAndPort result)
    {
        result = default;
        string text = s?.Trim() ?? "";
        string host = text;
        int port = SmtpPort;
        int close = text.LastIndexOf(']');
        int colon = text.IndexOf(':', Math.Max(close, 0));

        // An address with several colons and no brackets is IPv6 without a port.
        if (colon >= 0 && text.IndexOf(':', colon + 1) < 0)
        {
            host = text[..colon];
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > ushort.MaxValue)
            {
                return false;
            }
        }

        if (host.Contains(':', StringComparison.Ordinal))
        {
            bool bracketed = host[0] == '[' && host[^1] == ']';
            if (!IPAddress.TryParse(bracketed ? host.AsSpan(1, host.Length - 2) : host, out IPAddress? address)
                || address.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }

            result = new HostAndPort(address.ToString(), port);
            return true;
        }

        if (!DomainPattern.IsDomain(host))
        {
            return false;
        }

        result = new HostAndPort(host.ToLowerInvariant(), port);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
