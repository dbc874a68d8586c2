using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Makes batches of records durable with one write and one fdatasync: the only writer of the log.</summary>
/// <remarks>
/// Promises: a waiter is told of success only after the fdatasync that covers its record.
/// Fails: any failed write or fdatasync fails every waiter of the batch and retires the segment at its last durable offset;
/// fsync is never tried again on a file that failed once, because Linux may have dropped the pages it could not write.
/// Threads: one of its own; the fdatasync in progress is the batching window, there is no other delay.
/// </remarks>
internal sealed partial class CommitLoop
{
    private const int MaximumUnflushedDones = 10_000;

    private readonly Disk _disk;
    private readonly CommitQueue _queue;
    private readonly SpoolIndex _index;
    private readonly SegmentSupply _supply;
    private readonly Housekeeper _housekeeper;
    private readonly HealthLatch _health;
    private readonly ISpoolObserver? _observer;
    private readonly PendingPool _pool;
    private readonly TimeProvider _time;
    private readonly TimeSpan _probeInterval;
    private readonly RecordEncoder _encoder;
    private readonly List<SpoolEntry> _unflushedDones = [];
    private readonly List<PendingRecord> _heldDones = [];
    private Segment? _active;
    private DiskException? _lastFault;
    private long _lastFailure;
    private SpoolTotals _totals;

    public CommitLoop(SpoolParts parts, Segment first, ulong lastSequence)
    {
        (_disk, _queue, _index, _supply, _housekeeper, _health, _observer, _pool, _time) =
            (parts.Disk, parts.Queue, parts.Index, parts.Supply, parts.Housekeeper, parts.Health, parts.Observer, parts.Pool, parts.Time);
        _probeInterval = parts.Options.ProbeInterval;
        _encoder = new RecordEncoder(_disk, lastSequence);
        Activate(first);
    }

    public ref readonly SpoolTotals Totals => ref _totals;

    /// <summary>The body of the thread; ends when the queue is closed and empty.</summary>
    [CatchesAll("a fault of the commit thread closes the log, and everybody who waits for a commit hears of it")]
    public void Run()
    {
        while (_queue.Wait(out bool ticked))
        {
            try
            {
                if (ticked)
                {
                    Tick();
                }

                RunBatch();
            }
            catch (Exception e)
            {
                // A bug, not a disk fault: the log cannot be trusted any further, and whoever waits must hear of it.
                _health.Close();
                _queue.FailAll(new SpoolUnavailableException(SpoolUnavailableReason.Closed, "the commit thread failed: " + e, e));
                return;
            }
        }

        if (_active is not null)
        {
            Roll();
        }
    }

    private void RunBatch()
    {
        if (!_queue.TryPeekLength(out long next))
        {
            return;
        }

        DiskException? fault = EnsureRoom(next) ?? WriteHeldDones() ?? EnsureRoom(next);
        List<PendingRecord> batch = _queue.TakeBatch(fault is null ? _active!.Room : long.MaxValue);
        fault ??= batch.Count == 0 ? null : TryWrite(batch);
        _queue.EndBatch();
        if (fault is null)
        {
            Apply(batch);
        }
        else
        {
            Fail(batch, fault);
        }
    }

    private DiskException? EnsureRoom(long next)
    {
        if (_active is not null && next > _active.Room)
        {
            Roll();
        }

        if (_active is not null)
        {
            return null;
        }

        return _health.NeedsProbe ? _lastFault : TryActivate();
    }

    private DiskException? TryActivate()
    {
        try
        {
            Activate(_supply.Take());
            return null;
        }
        catch (DiskException fault)
        {
            Note(fault);
            return fault;
        }
    }

    private void Activate(Segment segment)
    {
        _active = segment;
        _index.AddSegment(segment);
        _housekeeper.Activated(segment);
    }

    private DiskException? TryWrite(List<PendingRecord> batch)
    {
        Segment segment = _active!;
        long started = _time.GetTimestamp();
        bool flush = _unflushedDones.Count > MaximumUnflushedDones;
        try
        {
            _encoder.Begin(segment);
            foreach (PendingRecord record in batch)
            {
                _encoder.Encode(record);
                flush |= record.HasWaiter;
            }

            long bytes = _encoder.Position - segment.Position;
            _encoder.Finish();
            segment.Position = _encoder.Position;
            long written = _time.GetTimestamp();
            if (flush)
            {
                Flush(segment);
            }

            TimeSpan flushing = flush ? _time.GetElapsedTime(written) : TimeSpan.Zero;
            Count(batch, bytes, _time.GetElapsedTime(started, written), flushing);
            return null;
        }
        catch (DiskException fault)
        {
            Retire(segment, fault);
            return fault;
        }
    }

    private void Flush(Segment segment)
    {
        _disk.FlushData(segment.File);
        segment.DurableTo = segment.Position;
        _totals.Flushes++;
        _health.WriteSucceeded();
    }

    private void Apply(List<PendingRecord> batch)
    {
        Segment segment = _active!;
        foreach (PendingRecord record in batch)
        {
            record.Fault = record.Offset >= 0 ? ApplyOne(record, segment) : null;
        }

        if (segment.DurableTo == segment.Position)
        {
            ReleaseBodies();
        }

        foreach (PendingRecord record in batch)
        {
            SpoolEntry? entry = record.Entry;
            bool cancel = !record.TrySettle(record.Fault) && entry is not null && record.Kind == PendingKind.Message;
            if (cancel && _index.Remove(record.Id, entry!))
            {
                // The waiter gave up, its sender will come again: this copy must not be delivered.
                AddDone(entry!);
            }

            record.Release();
        }

        _housekeeper.Advanced(segment);
    }

    private InvalidOperationException? ApplyOne(PendingRecord record, Segment segment)
    {
        SpoolEntry? entry = record.Entry;
        switch (record.Kind)
        {
            case PendingKind.MovedDone:
                _index.HoldTombstone(record.Tombstone!.Value.Target, segment);
                break;
            case PendingKind.State or PendingKind.MovedState:
                entry!.HasStateUnderWay = false;
                _index.SetState(entry!, record.State!, segment, record.Offset);
                break;
            case PendingKind.MovedMessage:
                _index.Move(entry!, segment, record.Offset);
                break;
            case PendingKind.Done:
                _unflushedDones.Add(entry!);
                _index.Bury(entry!, segment);
                break;
            case PendingKind.Message:
                if (!_index.TryAdd(entry!, segment, record.Offset))
                {
                    AddDone(entry!);
                    return new InvalidOperationException($"message {record.Id} is in the spool already");
                }

                break;
        }

        return null;
    }

    private void Fail(List<PendingRecord> batch, DiskException fault)
    {
        _totals.Failures++;
        foreach (PendingRecord record in batch)
        {
            if (record is { Kind: PendingKind.State or PendingKind.MovedState, Entry: { } entry })
            {
                entry.HasStateUnderWay = false;
            }

            if (record is { Kind: PendingKind.Done, HasWaiter: false })
            {
                HoldDone(record.Entry!);
            }
            else
            {
                record.File?.Reattach();
                _ = record.TrySettle(HealthLatch.Unavailable(fault));
            }

            record.Release();
        }
    }

    private void Retire(Segment segment, DiskException fault)
    {
        _supply.AddCut(new SegmentCut(segment.Number, segment.Name.Stamp, segment.DurableTo));
        _active = null;
        _housekeeper.Activated(null);
        _index.Seal(segment, _time.GetTimestamp());
        Note(fault);

        // These stand beyond the cut, so they count no more.
        foreach (SpoolEntry entry in _unflushedDones)
        {
            HoldDone(entry);
        }

        _unflushedDones.Clear();
        Notify.Quietly(
            _observer, (segment.Path, segment.DurableTo, fault.Message), static (o, f) => o.SegmentRetired(f.Path, f.DurableTo, f.Message));
    }

    private void Note(DiskException fault)
    {
        _lastFault = fault;
        _lastFailure = _time.GetTimestamp();
        _health.WriteFailed(fault);
    }

    private void Roll()
    {
        Segment segment = _active!;
        if (TryAppend(segment, RecordType.End))
        {
            _active = null;
            _housekeeper.Activated(null);
            _index.Seal(segment, _time.GetTimestamp());
        }
    }

    private bool TryAppend(Segment segment, RecordType type)
    {
        try
        {
            _encoder.Begin(segment);
            _encoder.EncodeMark(type);
            _encoder.Finish();
            segment.Position = _encoder.Position;
            Flush(segment);
            ReleaseBodies();
            return true;
        }
        catch (DiskException fault)
        {
            Retire(segment, fault);
            return false;
        }
    }

    private void Tick()
    {
        if (_active is null)
        {
            bool due = !_health.NeedsProbe || _time.GetElapsedTime(_lastFailure) >= _probeInterval;
            if (!due || TryActivate() is not null || !TryAppend(_active!, RecordType.Probe))
            {
                return;
            }
        }
        else if (_active.Position > _active.DurableTo)
        {
            // Bounds how many completions a power failure can undo, and lets body files go.
            try
            {
                Flush(_active);
                ReleaseBodies();
            }
            catch (DiskException fault)
            {
                Retire(_active, fault);
                return;
            }
        }

        foreach (PendingRecord held in _heldDones)
        {
            _ = _queue.TryAdd(held, evenClosed: true);
        }

        _heldDones.Clear();
    }

    private void Count(List<PendingRecord> batch, long bytes, TimeSpan write, TimeSpan flush)
    {
        int messages = 0;
        int records = 0;
        foreach (PendingRecord record in batch)
        {
            records += record.Offset >= 0 ? 1 : 0;
            messages += record is { Offset: >= 0, Kind: PendingKind.Message } ? 1 : 0;
        }

        _totals.Batches++;
        _totals.Records += records;
        _totals.Messages += messages;
        _totals.Bytes += bytes;
        Notify.Quietly(_observer, new SpoolBatch(records, messages, bytes, write, flush), static (o, b) => o.BatchWritten(in b));
    }
}
