using System.Net;

namespace Gateway.SmtpServerGuard;

/// <summary>The bounds of the connections that <see cref="MessageGuard.Listener"/> accepts.</summary>
public sealed record GuardedListenerOptions
{
    /// <summary>Connections at the same time; the next one gets 421 4.7.0. Default 1,000.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Octets of a command line with its CRLF; a longer one gets 500 5.5.2 and ends the session. Default 12,288 (RFC 4954 section 4).</summary>
    public int MaxLineBytes { get; init; } = 12_288;

    /// <summary>The networks of the proxies whose PROXY line is believed. Default: none.</summary>
    public IReadOnlyList<IPNetwork> ProxyNetworks { get; init; } = [];
}
