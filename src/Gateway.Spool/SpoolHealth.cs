namespace Gateway.Spool;

/// <summary>Why the spool does not take a message.</summary>
public enum SpoolUnavailableReason
{
    /// <summary>It does.</summary>
    None,

    /// <summary>The volume is full or below <see cref="SpoolOptions.MinimumFreeBytes"/>.</summary>
    DiskFull,

    /// <summary>A write or fsync failed.</summary>
    WriteFailed,

    /// <summary>A write or fsync has not returned for longer than <see cref="SpoolOptions.CommitTimeout"/>.</summary>
    Stalled,

    /// <summary>The spool was closed.</summary>
    Closed,
}

/// <summary>Whether the spool takes messages, and if not, why: one immutable value.</summary>
/// <param name="Reason"><see cref="SpoolUnavailableReason.None"/> when it does.</param>
/// <param name="Detail">A sentence for the log; empty when healthy.</param>
public sealed record SpoolHealth(SpoolUnavailableReason Reason, string Detail)
{
    /// <summary>The value of a spool that takes messages.</summary>
    public static SpoolHealth Healthy { get; } = new(SpoolUnavailableReason.None, "");

    /// <summary>New messages are taken.</summary>
    public bool IsHealthy => Reason == SpoolUnavailableReason.None;
}
