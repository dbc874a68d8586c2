namespace Gateway.Spool;

/// <summary>Where the spool lives and how much it may take.</summary>
public sealed class SpoolOptions
{
    /// <summary>The smallest segment that is accepted, in bytes.</summary>
    public const long MinimumSegmentBytes = 32 * 1024;

    /// <summary>The largest segment that is accepted, in bytes; offsets on disk are 32 bits.</summary>
    public const long MaximumSegmentBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>The directory of the spool; made when it is missing. One process at a time.</summary>
    public required string Directory { get; set; }

    /// <summary>Size of one segment file in bytes, a multiple of 4096. Default 64 MiB, 32 KiB to 2 GiB.</summary>
    /// <remarks>May differ between runs. A message that does not fit into a segment must come as a <see cref="SpoolFile"/>.</remarks>
    public long SegmentBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long a commit may wait to become durable before its waiter is told it failed. Default 30 s.</summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Free bytes on the volume below which no new message is taken. Default 256 MiB; 0 switches the check off.</summary>
    /// <remarks>
    /// Updates and completions still pass below it, because they are what empties the disk. Messages are taken again
    /// when a quarter more than this is free. Keep it above <see cref="SegmentBytes"/>.
    /// </remarks>
    public long MinimumFreeBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>How often an unhealthy spool tries a fresh segment. Default 5 s.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a full segment rests before what is left alive in it may be moved so that it can go. Default 1 min.</summary>
    /// <remarks>Most mail leaves within seconds; moving it earlier would write it twice for nothing.</remarks>
    public TimeSpan EvacuateAfter { get; set; } = TimeSpan.FromMinutes(1);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytes, MinimumSegmentBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentBytes, MaximumSegmentBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(SegmentBytes % 4096, 0);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CommitTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ProbeInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(MinimumFreeBytes);
    }
}
