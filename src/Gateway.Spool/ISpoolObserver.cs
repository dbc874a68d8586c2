namespace Gateway.Spool;

/// <summary>What one batch cost.</summary>
/// <param name="Records">Records written.</param>
/// <param name="Messages">Messages among them.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Write">Time in write calls and encoding.</param>
/// <param name="Flush">Time in fdatasync; zero when the batch needed none.</param>
public readonly record struct SpoolBatch(int Records, int Messages, long Bytes, TimeSpan Write, TimeSpan Flush);

/// <summary>Hears what happens inside the spool, for metrics and the log.</summary>
/// <remarks>
/// Threads: called on the spool's own threads, one call at a time per kind of event; it must return quickly.
/// Fails: what it throws is ignored.
/// </remarks>
public interface ISpoolObserver
{
    /// <summary>A batch was written, and made durable if it had to be.</summary>
    void BatchWritten(in SpoolBatch batch);

    /// <summary>The health changed.</summary>
    void HealthChanged(SpoolHealth health);

    /// <summary>A segment failed and was cut at its last durable offset.</summary>
    /// <param name="segment">The file.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="reason">What the system said.</param>
    void SegmentRetired(string segment, long offset, string reason);

    /// <summary>Work behind the scenes failed and will be tried again: a removal, a preparation, a move.</summary>
    /// <param name="what">What was tried, and what the system said.</param>
    void HousekeepingFailed(string what);
}

/// <summary>Totals since the spool was opened.</summary>
/// <param name="Messages">Messages made durable.</param>
/// <param name="Records">Records written, of any kind.</param>
/// <param name="Batches">Batches written.</param>
/// <param name="Flushes">Calls of fdatasync by the commit thread.</param>
/// <param name="Bytes">Bytes written to segments.</param>
/// <param name="Failures">Batches that failed.</param>
/// <param name="Live">Live messages now.</param>
/// <param name="Segments">Segment files now.</param>
/// <param name="BacklogBytes">Bytes that wait for the commit thread now.</param>
public readonly record struct SpoolStats(
    long Messages, long Records, long Batches, long Flushes, long Bytes, long Failures, int Live, int Segments, long BacklogBytes);
