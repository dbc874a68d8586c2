using System.Collections.Concurrent;

namespace Gateway.Relay.Policy;

/// <summary>Counts how often each exception was of use, since the start of the process.</summary>
/// <remarks>By name, so that a reload keeps the count. Threads: any. Cost: one look-up for a message that used one.</remarks>
public sealed class ExemptionLedger(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ExemptionUse> _uses = new(StringComparer.Ordinal);

    /// <summary>Messages that passed milder by any exception.</summary>
    public long Total => _uses.Values.Sum(u => u.Count);

    /// <summary>A message used an exception.</summary>
    public void Count(string name) =>
        _uses.AddOrUpdate(name, _ => new ExemptionUse(1, time.GetUtcNow()), (_, use) => new ExemptionUse(use.Count + 1, time.GetUtcNow()));

    /// <summary>How often an exception was used; zero when it never was.</summary>
    public ExemptionUse Of(string name) => _uses.GetValueOrDefault(name, new ExemptionUse(0, null));
}

/// <summary>The use of one exception.</summary>
/// <param name="Count">Messages.</param>
/// <param name="Last">The last time, or null.</param>
public sealed record ExemptionUse(long Count, DateTimeOffset? Last);
