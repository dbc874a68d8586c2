namespace Gateway.Spool.Log;

/// <summary>Running totals of the commit thread.</summary>
internal struct SpoolTotals
{
    public long Messages;
    public long Records;
    public long Batches;
    public long Flushes;
    public long Bytes;
    public long Failures;
}
