namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Response codes that mean something to us. RFC 1035 section 4.1.1, RFC 6891 section 9.</summary>
internal enum DnsCode
{
    /// <summary>The name exists; of the type asked for there may be no record.</summary>
    NoError = 0,

    /// <summary>The server cannot read the question: with EDNS mostly an old server.</summary>
    FormErr = 1,

    /// <summary>The server could not find out.</summary>
    ServFail = 2,

    /// <summary>There is no such name.</summary>
    NxDomain = 3,

    /// <summary>The server does not know this kind of question.</summary>
    NotImp = 4,

    /// <summary>The server does not want to answer us.</summary>
    Refused = 5,

    /// <summary>The server does not know our version of EDNS.</summary>
    BadVers = 16,
}
