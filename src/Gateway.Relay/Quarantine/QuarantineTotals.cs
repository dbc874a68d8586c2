namespace Gateway.Relay.Quarantine;

/// <summary>The quarantine in a few numbers.</summary>
public sealed record QuarantineTotals
{
    /// <summary>Messages in each state; a state without messages is present with 0.</summary>
    public required IReadOnlyDictionary<QuarantineState, long> Items { get; init; }

    /// <summary>Octets as received of all messages whose body may still be there (all states but Discarded).</summary>
    public required long Bytes { get; init; }

    /// <summary>Octets the database file has in use, compression, sharing and index included; without the write-ahead log.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>When the oldest message still quarantined was received; null when none is quarantined.</summary>
    public DateTimeOffset? OldestQuarantined { get; init; }
}
