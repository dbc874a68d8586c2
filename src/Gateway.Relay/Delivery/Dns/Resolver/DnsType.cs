namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>The types of records that are read; others are passed over. RFC 1035 section 3.2.2, RFC 3596, RFC 6891.</summary>
internal enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>A name server: read only to tell a referral from an answer.</summary>
    Ns = 2,

    /// <summary>Another name, under which the records are.</summary>
    Cname = 5,

    /// <summary>The start of a zone: how long "there is none" is good.</summary>
    Soa = 6,

    /// <summary>A mail host.</summary>
    Mx = 15,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>The options of EDNS, which are no record of a zone.</summary>
    Opt = 41,
}
