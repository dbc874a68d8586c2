namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>One question: records of a type at a name.</summary>
/// <param name="Name">In ASCII, labels of at most 63 characters, 253 in all; a full stop behind it is allowed.</param>
/// <param name="Type">The type.</param>
internal readonly record struct DnsQuestion(string Name, DnsType Type)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type.ToString().ToUpperInvariant()} of {Name}";
}
