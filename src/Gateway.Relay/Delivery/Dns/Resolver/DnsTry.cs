namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>What one server said to one question.</summary>
/// <param name="Message">Its answer; null when it gave none that can be used.</param>
/// <param name="Failure">Why not, in words.</param>
internal sealed record DnsTry(DnsMessage? Message, string Failure)
{
    /// <summary>The server said nothing in time.</summary>
    public bool IsSilence { get; init; }

    /// <summary>The code of its answer.</summary>
    public DnsCode Code { get; init; }
}
