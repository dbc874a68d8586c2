namespace Gateway.Spool.Log;

/// <summary>What waits for the commit thread, in order.</summary>
/// <remarks>
/// A queued record holds no bytes of its own, only its caller's, and its caller waits for it: awaiting the commit is the
/// back-pressure. <see cref="BacklogBytes"/> tells whoever admits new mail how far behind the disk is.
/// </remarks>
internal sealed class CommitQueue(TimeProvider time)
{
    /// <summary>Bytes one batch may have, unless one record alone is larger.</summary>
    public const long MaximumBatchBytes = 4 * 1024 * 1024;

    /// <summary>Records one batch may have.</summary>
    public const int MaximumBatchRecords = 1000;

    private readonly object _gate = new();
    private readonly Queue<PendingRecord> _waiting = new();
    private readonly List<PendingRecord> _batch = new(MaximumBatchRecords);
    private readonly List<PendingRecord> _running = new(MaximumBatchRecords);
    private bool _ticked;
    private bool _closed;
    private bool _asleep;
    private long _backlogBytes;
    private long _batchStarted;

    public long BacklogBytes => Volatile.Read(ref _backlogBytes);

    /// <summary>False when the queue is closed; the record was not taken.</summary>
    /// <param name="record">What to write.</param>
    /// <param name="evenClosed">For the commit thread itself, which empties the queue before it ends.</param>
    public bool TryAdd(PendingRecord record, bool evenClosed = false)
    {
        lock (_gate)
        {
            if (_closed && !evenClosed)
            {
                return false;
            }

            record.MarkQueued(time.GetTimestamp());
            _waiting.Enqueue(record);
            _backlogBytes += record.Length;
            if (_asleep)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Wakes the commit thread for its periodic work.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            _ticked = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Blocks until there is something to do. Commit thread only.</summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Wait(out bool ticked)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_ticked && !_closed)
            {
                _asleep = true;
                Monitor.Wait(_gate);
                _asleep = false;
            }

            ticked = _ticked;
            _ticked = false;
            return !_closed || _waiting.Count > 0;
        }
    }

    /// <summary>The length of the record that is next; false when none waits. Commit thread only.</summary>
    public bool TryPeekLength(out long length)
    {
        lock (_gate)
        {
            bool any = _waiting.TryPeek(out PendingRecord? next);
            length = any ? next!.Length : 0;
            return any;
        }
    }

    /// <summary>Takes what waits and fits, as one batch. Commit thread only; valid until the next call.</summary>
    /// <param name="room">Bytes left in the segment.</param>
    public List<PendingRecord> TakeBatch(long room)
    {
        lock (_gate)
        {
            _batch.Clear();
            long bytes = 0;
            while (_batch.Count < MaximumBatchRecords && _waiting.TryPeek(out PendingRecord? next))
            {
                long length = next.Length;
                if (bytes + length > room || (bytes > 0 && bytes + length > MaximumBatchBytes))
                {
                    break;
                }

                _waiting.Dequeue();
                _backlogBytes -= length;
                if (next.TryTake())
                {
                    _batch.Add(next);
                    _running.Add(next);
                    bytes += length;
                }
                else
                {
                    next.Release();
                }
            }

            _batchStarted = time.GetTimestamp();
            return _batch;
        }
    }

    /// <summary>The disk is through with the batch: its waiters are about to be told and cannot expire any more.</summary>
    public void EndBatch()
    {
        lock (_gate)
        {
            _running.Clear();
        }
    }

    /// <summary>Closes the queue and tells every waiter why.</summary>
    public void FailAll(Exception fault)
    {
        lock (_gate)
        {
            _closed = true;
            foreach (PendingRecord record in _waiting.Concat(_running))
            {
                _ = record.TrySettle(fault);
            }

            _waiting.Clear();
            _running.Clear();
            _backlogBytes = 0;
        }
    }

    /// <summary>Lets go the waiters that have waited too long.</summary>
    /// <returns>How long the running batch is under way, when longer than the limit.</returns>
    public TimeSpan? Expire(TimeSpan limit)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            foreach (PendingRecord record in _running)
            {
                ExpireOne(record, now, limit);
            }

            foreach (PendingRecord record in _waiting)
            {
                // First in, first out: behind one that is in time, all are.
                if (!ExpireOne(record, now, limit))
                {
                    break;
                }
            }

            TimeSpan running = time.GetElapsedTime(_batchStarted, now);
            return _running.Count > 0 && running > limit ? running : null;
        }
    }

    private bool ExpireOne(PendingRecord record, long now, TimeSpan limit)
    {
        if (time.GetElapsedTime(record.QueuedAt, now) <= limit)
        {
            return false;
        }

        if (record is { HasWaiter: true, IsAbandoned: false })
        {
            record.GiveUp(new SpoolDeadlineException($"not durable within {limit}"));
        }

        return true;
    }
}
