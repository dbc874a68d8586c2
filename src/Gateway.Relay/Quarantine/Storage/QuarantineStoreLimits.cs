using Gateway.Relay.Queue;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The bounds within which the quarantine store uses memory, connections and patience.</summary>
public sealed record QuarantineStoreLimits
{
    /// <summary>Requests waiting for the writer before callers have to wait. Default 512; with small bodies about 64 MiB at most.</summary>
    public int WaitingRequests { get; init; } = 512;

    /// <summary>Requests in one transaction. Default 256.</summary>
    public int BatchRequests { get; init; } = 256;

    /// <summary>Octets after which a transaction takes no further request. Default 8 MiB.</summary>
    public int BatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long the first of a few quarantined messages waits for more, so that a flood costs fewer transactions. Default 25 ms; zero for not at all.</summary>
    public TimeSpan Gathering { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Requests with which a transaction waits for no more. Default 16: less than the quarantine ward has at work at once.</summary>
    public int EnoughRequests { get; init; } = 16;

    /// <summary>Bodies of 256 KiB and more being taken in at the same time; each uses about 2.5 MiB. Default 4.</summary>
    public int LargeBodies { get; init; } = 4;

    /// <summary>Connections for reading. Default 4.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>Where the copy before an upgrade is made durable and room for it is asked for.</summary>
    public DataVolume Volume { get; init; } = DataVolume.Real;

    /// <summary>How long another process may keep the database locked before a call fails. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What the writer of the store has done since it was opened; for metrics.</summary>
/// <param name="Transactions">Committed transactions, each with one fsync.</param>
/// <param name="Written">Requests that succeeded; over <paramref name="Transactions"/> this is the size of a batch.</param>
/// <param name="Failed">Requests that failed.</param>
/// <param name="Waiting">Requests waiting now.</param>
/// <param name="Busy">Time spent writing.</param>
public readonly record struct QuarantineActivity(long Transactions, long Written, long Failed, int Waiting, TimeSpan Busy);
