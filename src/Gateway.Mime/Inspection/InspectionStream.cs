using MimeKit.IO;

namespace Gateway.Mime;

/// <summary>Feeds a message to MimeReader block by block, and stands guard: bounds, budget and cancellation are looked at here.</summary>
/// <remarks>
/// The guard on header blocks of parts stands here because only here their growth can be stopped: MimeReader copies its whole
/// buffer for every block that a field goes on. When a bound is met the message ends for the reader.
/// </remarks>
internal sealed class InspectionStream(Inspection inspection, TimeProvider time) : Stream, ICancellableStream
{
    private const int ReadsPerClock = 16;

    // What a message of a few reads allocates is counted from the first look on: the runtime need not be asked for each of them.
    private const int Small = 64 * 1024;

    // Of a message of too many lines: enough to say whom it is from and what it is about.
    private const int ReadOfTooManyLines = 64 * 1024;

    private long _position;
    private long _started;
    private long _allocated;
    private long _cut;
    private int _reads;

    /// <summary>Where the header block begins that MimeReader is in; -1 outside of header blocks.</summary>
    public long BlockBegin { get; set; }

    /// <summary>Where the field begins that MimeReader is in.</summary>
    public long FieldBegin { get; set; }

    /// <summary>True when a header block was read that grew the reader's buffer beyond what is worth keeping.</summary>
    public bool SawLargeField { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inspection.Content.Length;

    // MimeReader takes the position it starts at as the base of all its offsets.
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public static InspectionStream Over(Inspection inspection, TimeProvider time) => new(inspection, time);

    public void Begin(long start, long started)
    {
        _position = start;
        _started = started;
        _allocated = inspection.Content.Length > Small ? GC.GetAllocatedBytesForCurrentThread() : -1;
        _reads = 0;
        _cut = inspection.Wire.Lines > inspection.Limits.Lines + (inspection.Content.Length / 16) ? start + ReadOfTooManyLines : long.MaxValue;
        BlockBegin = -1;
        // Not left from the message before: a first line that is no field is reported, and read on behind, by this offset.
        FieldBegin = start;
        SawLargeField = false;
        inspection.Walk.Start(start);
    }

    public int Read(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (inspection.Stopped || !WithinBounds())
        {
            return 0;
        }

        int read = inspection.Content.Read(_position, buffer.AsSpan(offset, count));
        if (read == 0)
        {
            inspection.Walk.End();
            return 0;
        }

        _position += read;
        inspection.Walk.Feed(buffer.AsSpan(offset, read));
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer, offset, count, CancellationToken.None);

    public void Write(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Flush(CancellationToken cancellationToken)
    {
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool WithinBounds()
    {
        if (_position >= _cut)
        {
            inspection.Fault($"{inspection.Wire.Lines} lines in {inspection.Content.Length} octets are more than any honest message has");
            return false;
        }

        if (++_reads % ReadsPerClock == 0 && OverBudget() is { } budget)
        {
            inspection.Fault(budget);
            return false;
        }

        if (BlockBegin < 0)
        {
            return true;
        }

        if (!IsLast(RuleCode.HeaderFieldTooLarge, _position - FieldBegin, inspection.Limits.HeaderFieldBytes, FieldBegin))
        {
            _ = IsLast(RuleCode.HeaderBlockTooLarge, _position - BlockBegin, inspection.Limits.HeaderBlockBytes, BlockBegin);
        }

        return !inspection.Stopped;
    }

    /// <summary>Ends the reading at a size that is over the bound, or holds the message: the rest of such a field is parsed at a price and changes nothing.</summary>
    private bool IsLast(RuleCode code, long size, int bound, long begin)
    {
        bool hard = size > bound;
        if (!hard && !inspection.Holds(code, size, hard: false))
        {
            return false;
        }

        inspection.Measure(code, size, hard, begin, size);
        inspection.Stop();
        return true;
    }

    /// <summary>What the inspection has used up, or null. It runs on one thread, so what that thread allocated is its own.</summary>
    private string? OverBudget()
    {
        if (time.GetElapsedTime(_started) > inspection.Limits.Time)
        {
            return "the inspection took longer than its time budget";
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        _allocated = _allocated < 0 ? allocated : _allocated;

        long allowed = inspection.Limits.AllocatedBytes + (8 * inspection.Content.Length);
        return allocated - _allocated > allowed ? "the inspection took more memory than its budget" : null;
    }
}
