namespace Gateway.Spool;

/// <summary>How a segment of the log ends.</summary>
public enum SegmentEnding
{
    /// <summary>The process ended while it was written: killed, or the power failed.</summary>
    Open,

    /// <summary>With its End record.</summary>
    Closed,

    /// <summary>A write or fsync in it failed, and it was cut at its last durable offset.</summary>
    Cut,
}

/// <summary>One segment of the log, as found on disk.</summary>
/// <param name="Name">The file.</param>
/// <param name="FileBytes">Its length.</param>
/// <param name="UsedBytes">Bytes up to the end of its last record.</param>
/// <param name="Records">Records in it, of any kind.</param>
/// <param name="Live">Records that live messages need: the message itself, or its newest state.</param>
/// <param name="LiveBytes">Bytes of those.</param>
/// <param name="Tombstones">Records that keep completed mail in older segments from coming back.</param>
/// <param name="Ending">How it ends.</param>
public sealed record SpoolSegment(
    string Name, long FileBytes, long UsedBytes, int Records, int Live, long LiveBytes, int Tombstones, SegmentEnding Ending);
