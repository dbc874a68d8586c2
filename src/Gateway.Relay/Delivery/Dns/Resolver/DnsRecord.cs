using System.Net;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>One record of an answer.</summary>
/// <param name="Owner">The name that it is about, as <see cref="DnsReader.Name"/> writes names.</param>
/// <param name="Type">Its type, which tells what else is set.</param>
/// <param name="Life">How long it may be used; a life with its top bit set is zero (RFC 2181 section 8).</param>
internal sealed record DnsRecord(string Owner, DnsType Type, TimeSpan Life)
{
    /// <summary>Of A and AAAA: the address.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Of MX the host, of CNAME the other name; empty is the root.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>Of MX: the lowest is tried first.</summary>
    public int Preference { get; init; }

    /// <summary>Of SOA: how long "there is none" may be used at most (RFC 2308 section 4).</summary>
    public TimeSpan NegativeLife { get; init; }
}
