using Gateway.TestKit;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>What becomes of mail.</summary>
public enum MailFate
{
    /// <summary>There is a host with an address.</summary>
    Goes,

    /// <summary>It is tried again later.</summary>
    Waits,

    /// <summary>It is returned to its sender.</summary>
    Bounces,
}

/// <summary>A habit of DNS servers, and what it may do to mail for a.test.</summary>
/// <param name="Name">In words.</param>
/// <param name="Truth">What the zone means.</param>
/// <param name="Decided">What we decide while the habit lasts.</param>
/// <param name="Within">The longest time until then, seconds of the injected clock.</param>
/// <param name="Script">Teaches the habit to the server, whose zone has a.test with the host mx.a.test and its two addresses.</param>
public sealed record DnsHabit(string Name, MailFate Truth, MailFate Decided, double Within, Action<ScriptedDnsServer> Script)
{
    /// <summary>The addresses of the host that are found; null for both.</summary>
    public string? Addresses { get; init; }

    /// <summary>These are all addresses that there are, as far as anybody can tell.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What we decide is no more than a stopgap, and has to change soon.</summary>
    public bool IsStopgap => Decided != Truth || (Addresses is not null && !IsWhole);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
