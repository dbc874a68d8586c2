using System.Buffers;
using System.IO.Hashing;
using System.Threading.Tasks.Sources;
using Gateway.Spool.Format;

namespace Gateway.Spool.Log;

/// <summary>A record on its way into the log, and the waiter for it; pooled.</summary>
/// <remarks>
/// Two parties hold it, the waiter and the commit thread; the one that lets go last returns it to the pool. The memory of
/// the caller is read only while it is <see cref="Stage.Taken"/>: a waiter that gives up then is let go as soon as its bytes
/// are copied or written, and its record is cancelled if it turns out durable.
/// </remarks>
internal sealed class PendingRecord(PendingPool pool) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private Crc32? _crc;
    private int _stage;
    private int _holders;
    private Exception? _surrender;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    internal enum Stage
    {
        Queued,
        Taken,
        Encoded,
        Settled,
        Abandoned,
    }

    public PendingKind Kind { get; private set; }

    /// <summary>What is written. A barrier is not written.</summary>
    public RecordType Type { get; private set; }

    public SpoolId Id { get; private set; }

    /// <summary>The message an Update, Done or copy is about; for a new message, the entry it becomes.</summary>
    public SpoolEntry? Entry { get; set; }

    public ReadOnlyMemory<byte> Meta { get; private set; }

    public ReadOnlySequence<byte> Body { get; private set; }

    /// <summary>What its waiter will be told although it is durable.</summary>
    public Exception? Fault { get; set; }

    /// <summary>A copy of the state, made while the caller's memory was still held.</summary>
    public byte[]? State { get; set; }

    public uint MetaCrc { get; private set; }

    public uint BodyCrc { get; private set; }

    public SpoolFile? File { get; private set; }

    /// <summary>For <see cref="PendingKind.MovedState"/>: where it must still stand, or a newer one is on its way.</summary>
    public (Segment Segment, long Offset)? MovedFrom { get; private set; }

    /// <summary>For <see cref="PendingKind.MovedDone"/>: what it says.</summary>
    public (ulong Origin, Segment Target)? Tombstone { get; private set; }

    public bool HasWaiter { get; private set; }

    public long QueuedAt { get; private set; }

    /// <summary>Where its record begins in the segment of the batch.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes in the log; kept, because the caller's memory may not even be asked for its length once it gave up.</summary>
    public long Length { get; private set; }

    public long BodyLength { get; private set; }

    public bool IsAbandoned => Volatile.Read(ref _stage) == (int)Stage.Abandoned;

    public static PendingRecord Message(PendingPool pool, SpoolId id, ReadOnlyMemory<byte> header, ReadOnlySequence<byte> body)
    {
        PendingRecord record = pool.Rent(PendingKind.Message, RecordType.Message, id);
        record.SetMeta(header);
        record.SetBody(body, record.Checksum(body));
        return record;
    }

    public static PendingRecord Message(PendingPool pool, SpoolId id, ReadOnlyMemory<byte> header, SpoolFile file)
    {
        PendingRecord record = pool.Rent(PendingKind.Message, RecordType.MessageFile, id);
        record.SetMeta(header);
        record.File = file;
        record.BodyLength = file.Length;
        record.BodyCrc = file.Checksum;
        return record;
    }

    public static PendingRecord Update(PendingPool pool, SpoolEntry entry, ReadOnlyMemory<byte> state) => Update(pool, PendingKind.State, entry, state);

    private static PendingRecord Update(PendingPool pool, PendingKind kind, SpoolEntry entry, ReadOnlyMemory<byte> state)
    {
        PendingRecord record = pool.Rent(kind, RecordType.Update, entry.Id);
        record.SetMeta(state);
        record.Entry = entry;
        return record;
    }

    public static PendingRecord Done(PendingPool pool, SpoolEntry entry)
    {
        PendingRecord record = pool.Rent(PendingKind.Done, RecordType.Done, entry.Id);
        record.Entry = entry;
        return record;
    }

    public static PendingRecord Move(PendingPool pool, SpoolEntry entry, ReadOnlyMemory<byte> header, ReadOnlySequence<byte> body)
    {
        PendingRecord record = pool.Rent(PendingKind.MovedMessage, entry.HasOwnFile ? RecordType.MessageFile : RecordType.Message, entry.Id);
        record.SetMeta(header);
        record.SetBody(body, entry.BodyCrc);
        record.BodyLength = entry.BodyLength;
        record.Entry = entry;
        return record;
    }

    public static PendingRecord MoveState(PendingPool pool, SpoolEntry entry, ReadOnlyMemory<byte> state, Segment from, long offset)
    {
        PendingRecord record = Update(pool, PendingKind.MovedState, entry, state);
        record.MovedFrom = (from, offset);
        return record;
    }

    public static PendingRecord MoveTombstone(PendingPool pool, SpoolId id, ulong origin, Segment target)
    {
        PendingRecord record = pool.Rent(PendingKind.MovedDone, RecordType.Done, id);
        record.Tombstone = (origin, target);
        return record;
    }

    public static PendingRecord Barrier(PendingPool pool)
    {
        PendingRecord record = pool.Rent(PendingKind.Barrier, RecordType.Probe, default);
        record.Length = 0;
        return record;
    }

    /// <summary>Prepares for a waiter; call before the record is queued.</summary>
    public ValueTask AsTask(CancellationToken cancellation)
    {
        HasWaiter = true;
        _holders = 2;
        _cancellation = cancellation;
        ValueTask task = new(this, _source.Version);
        if (cancellation.CanBeCanceled)
        {
            _registration = cancellation.UnsafeRegister(
                static state =>
                {
                    PendingRecord record = (PendingRecord)state!;
                    record.GiveUp(new OperationCanceledException(record._cancellation));
                },
                this);
        }

        return task;
    }

    public void MarkQueued(long timestamp) => QueuedAt = timestamp;

    /// <summary>The commit thread wants to write it; false when its waiter is gone.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _stage, (int)Stage.Taken, (int)Stage.Queued) == (int)Stage.Queued;

    /// <summary>The caller's memory is not needed any more.</summary>
    public void MarkEncoded()
    {
        Volatile.Write(ref _stage, (int)Stage.Encoded);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _surrender) is { } surrender)
        {
            Abandon(surrender);
        }
    }

    /// <summary>Lets the waiter go, now or as soon as its memory is free.</summary>
    public void GiveUp(Exception reason)
    {
        if (!HasWaiter)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _stage, (int)Stage.Abandoned, (int)Stage.Queued) == (int)Stage.Queued)
        {
            _source.SetException(reason);
            return;
        }

        Volatile.Write(ref _surrender, reason);
        Interlocked.MemoryBarrier();
        Abandon(reason);
    }

    /// <summary>Ends the wait; false when the waiter gave up before.</summary>
    public bool TrySettle(Exception? fault)
    {
        int before = Volatile.Read(ref _stage);
        while (before != (int)Stage.Abandoned)
        {
            int seen = Interlocked.CompareExchange(ref _stage, (int)Stage.Settled, before);
            if (seen == before)
            {
                if (HasWaiter)
                {
                    if (fault is null)
                    {
                        _source.SetResult(true);
                    }
                    else
                    {
                        _source.SetException(fault);
                    }
                }

                return true;
            }

            before = seen;
        }

        return false;
    }

    /// <summary>One of the holders is through with it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Reset();
            pool.Return(this);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a running callback, so that none can touch the record after it went back to the pool.
        _registration.Dispose();
        try
        {
            _source.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _source.OnCompleted(continuation, state, token, flags);

    internal void Begin(PendingKind kind, RecordType type, SpoolId id)
    {
        Kind = kind;
        Type = type;
        Id = id;
        _holders = 1;
        _stage = (int)Stage.Queued;
        Length = RecordHeader.LengthOf(0, 0);
    }

    private void Abandon(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _stage, (int)Stage.Abandoned, (int)Stage.Encoded) == (int)Stage.Encoded)
        {
            _source.SetException(reason);
        }
    }

    private void SetMeta(ReadOnlyMemory<byte> meta)
    {
        Meta = meta;
        MetaCrc = Crc32.HashToUInt32(meta.Span);
        Length = RecordHeader.LengthOf(meta.Length, 0);
    }

    private void SetBody(in ReadOnlySequence<byte> body, uint checksum)
    {
        Body = body;
        BodyCrc = checksum;
        BodyLength = body.Length;
        Length = RecordHeader.LengthOf(Meta.Length, BodyLength);
    }

    private uint Checksum(in ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment)
        {
            return Crc32.HashToUInt32(body.FirstSpan);
        }

        _crc ??= new Crc32();
        foreach (ReadOnlyMemory<byte> part in body)
        {
            _crc.Append(part.Span);
        }

        uint value = _crc.GetCurrentHashAsUInt32();
        _crc.Reset();
        return value;
    }

    private void Reset()
    {
        _source.Reset();
        _surrender = null;
        _registration = default;
        _cancellation = default;
        Entry = null;
        Meta = default;
        Body = default;
        MetaCrc = 0;
        BodyCrc = 0;
        File = null;
        Tombstone = null;
        MovedFrom = null;
        HasWaiter = false;
        Offset = 0;
        BodyLength = 0;
        State = null;
        Fault = null;
    }
}
