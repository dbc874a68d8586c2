using Gateway.Relay.Delivery;

namespace Gateway.Relay.Quarantine.Room;

/// <summary>How long mail of one reason is quarantined.</summary>
/// <param name="Keep">After so long it is discarded, reviewed or not.</param>
/// <param name="WhenFull">So long it is quarantined even when the room is needed for other mail.</param>
public readonly record struct Retention(TimeSpan Keep, TimeSpan WhenFull);

/// <summary>How much mail is quarantined, of whom, and for how long. 0 is no limit.</summary>
/// <remarks>Threads: immutable.</remarks>
public sealed record QuarantineLimits
{
    /// <summary>Octets of the database in use. Default 10 GiB.</summary>
    public long Bytes { get; init; } = 10L << 30;

    /// <summary>Messages quarantined. Default 500,000.</summary>
    public long Messages { get; init; } = 500_000;

    /// <summary>Octets as received of the messages of one client network. Default 1 GiB.</summary>
    public long ClientBytes { get; init; } = 1L << 30;

    /// <summary>Messages of one client network. Default 20,000.</summary>
    public long ClientMessages { get; init; } = 20_000;

    /// <summary>Below this much free disk no malformed mail is taken; above the limit for clean mail, so that clean mail goes on longer.</summary>
    public long MinimumFreeBytes { get; init; }

    /// <summary>How long mail is quarantined whose rule has no time of its own. Default 30 days, 7 when room is needed.</summary>
    public Retention Retention { get; init; } = new(TimeSpan.FromDays(30), TimeSpan.FromDays(7));

    /// <summary>Times of single rules, by the name of the rule that decided.</summary>
    public IReadOnlyDictionary<string, Retention> Reasons { get; init; } = new Dictionary<string, Retention>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How old a message may grow before the record of its release or discard is forgotten. Default 90 days.</summary>
    public TimeSpan KeepRecords { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long mail that a rule decided about is quarantined.</summary>
    public Retention Of(string rule) => Reasons.TryGetValue(rule, out Retention own) ? own
        : rule == Removal.Rule ? new Retention(Removal.Keep, Removal.Keep)
        : Retention;
}
