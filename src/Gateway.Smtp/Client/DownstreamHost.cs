using System.Globalization;
using System.Net;

namespace Gateway.Smtp.Client;

/// <summary>One mail host behind the gateway: where to connect, and how.</summary>
/// <param name="Host">A DNS name in lower case or an IP address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record DownstreamHost(string Host, int Port)
{
    /// <summary>The port when none is written: 25.</summary>
    public const int DefaultPort = 25;

    /// <summary>Encryption, authentication and what else there is to a connection.</summary>
    public DownstreamAccess Access { get; init; } = DownstreamAccess.Default;

    /// <summary>Makes the host of a known address.</summary>
    public static DownstreamHost FromEndPoint(IPEndPoint endPoint) => new(endPoint.Address.ToString(), endPoint.Port);

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>192.0.2.7:25</c> or <c>[2001:db8::7]:25</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static DownstreamHost Parse(string text) => TryParse(text, out DownstreamHost? host)
        ? host
        : throw new FormatException($"'{text}' is not a downstream host: write host:port, 192.0.2.7:25 or [2001:db8::7]:25.");

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>192.0.2.7:25</c> or <c>[2001:db8::7]:25</c>.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DownstreamHost? host)
    {
        host = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        ReadOnlySpan<char> name;
        ReadOnlySpan<char> port = default;
        if (rest.StartsWith("["))
        {
            int close = rest.IndexOf(']');
            if (close < 0 || !IPAddress.TryParse(rest[1..close], out IPAddress? address)
                || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            {
                return false;
            }

            name = rest[1..close];
            rest = rest[(close + 1)..];
            if (!rest.IsEmpty && rest[0] != ':')
            {
                return false;
            }

            port = rest.IsEmpty ? default : rest[1..];
            if (!rest.IsEmpty && port.IsEmpty)
            {
                return false;
            }
        }
        else
        {
            // More than one colon without brackets: an IPv6 address, whose port cannot be told from its last group.
            int colon = rest.IndexOf(':');
            if (colon >= 0 && (rest[(colon + 1)..].Contains(':') || colon + 1 == rest.Length))
            {
                return false;
            }

            name = colon < 0 ? rest : rest[..colon];
            port = colon < 0 ? default : rest[(colon + 1)..];
        }

        int number = DefaultPort;
        if (name.IsEmpty || name.IndexOfAnyExceptInRange('!', '~') >= 0
            || (!port.IsEmpty && !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            || number is < 1 or > 65535)
        {
            return false;
        }

        host = new DownstreamHost(name.ToString().ToLowerInvariant(), number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
