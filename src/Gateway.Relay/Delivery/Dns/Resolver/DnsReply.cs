namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>What became of a question.</summary>
/// <param name="Failure">Why there is no answer, in words; null when there is one, also "there is none".</param>
/// <param name="Records">The records at the end of all aliases; none is an answer too.</param>
/// <param name="IsNoDomain">There is no such name.</param>
/// <param name="Life">How long the answer is good.</param>
internal sealed record DnsReply(string? Failure, IReadOnlyList<DnsRecord> Records, bool IsNoDomain, TimeSpan Life);
