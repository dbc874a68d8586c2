namespace Gateway.Spool.Log;

/// <summary>Does on a thread of its own what no commit should wait for: preparing, filling and removing files, and watching free space.</summary>
/// <remarks>Fails: what fails is reported and tried again at the next tick; nothing here can lose a message.</remarks>
internal sealed class Housekeeper
{
    private readonly SpoolParts _parts;
    private readonly object _gate = new();
    private readonly HintWriter _hints;
    private readonly List<ulong> _bodies = [];
    private readonly List<TaskCompletionSource> _barriers = [];
    private Segment? _active;
    private bool _signalled;
    private bool _ticked;
    private bool _closed;
    private bool _mayPrepare = true;
    private bool _isLow;

    public Housekeeper(SpoolParts parts)
    {
        _parts = parts;
        _hints = new HintWriter(parts);
        parts.Housekeeper = this;
    }

    /// <summary>The commit thread writes to this segment from now on; null when it has none.</summary>
    public void Activated(Segment? segment)
    {
        lock (_gate)
        {
            _active = segment;
            Signal();
        }
    }

    /// <summary>The commit thread wrote a batch.</summary>
    public void Advanced(Segment segment)
    {
        if (SegmentSupply.NeedsFill(segment) || _parts.Index.HasDead)
        {
            Wake();
        }
    }

    /// <summary>The body's message is durably done.</summary>
    public void DeleteBody(ulong name)
    {
        lock (_gate)
        {
            _bodies.Add(name);
            Signal();
        }
    }

    public void Wake()
    {
        lock (_gate)
        {
            Signal();
        }
    }

    public void Tick()
    {
        lock (_gate)
        {
            _ticked = true;
            Signal();
        }
    }

    /// <summary>Completes when all that was due before the call has been tried.</summary>
    public Task BarrierAsync()
    {
        TaskCompletionSource barrier = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed)
            {
                return Task.CompletedTask;
            }

            _barriers.Add(barrier);
            Signal();
        }

        return barrier.Task;
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Signal();
        }
    }

    /// <summary>The body of the thread.</summary>
    public void Run()
    {
        while (Wait(out bool ticked, out Segment? active, out ulong[] bodies, out TaskCompletionSource[] barriers))
        {
            if (ticked)
            {
                _mayPrepare = true;
                _ = Try(CheckFreeSpace);
                _ = Try(_hints.WriteNext);
            }

            if (_mayPrepare)
            {
                _mayPrepare = Try(_parts.Supply.Prepare);
            }

            if (active is not null)
            {
                _ = Try(() => _parts.Supply.Fill(active));
            }

            foreach (ulong body in bodies)
            {
                // One that stays behind is removed as an orphan by the next start.
                _ = Try(() => _parts.Disk.Delete(_parts.Paths.Body(body)));
            }

            RemoveDead();
            Array.ForEach(barriers, static b => b.SetResult());
        }
    }

    /// <summary>Looks at the free space; also done once before the spool opens.</summary>
    public void CheckFreeSpace()
    {
        long threshold = _parts.Options.MinimumFreeBytes;
        if (threshold == 0)
        {
            return;
        }

        long free = _parts.Disk.FreeBytes(_parts.Paths.Root);
        bool isLow = free < (_isLow ? threshold + (threshold / 4) : threshold);
        if (isLow != _isLow)
        {
            _isLow = isLow;
            _parts.Health.LowSpace(isLow ? $"{free} bytes free, less than {threshold}" : null);
        }
    }

    private bool Wait(out bool ticked, out Segment? active, out ulong[] bodies, out TaskCompletionSource[] barriers)
    {
        lock (_gate)
        {
            while (!_signalled && !_closed)
            {
                Monitor.Wait(_gate);
            }

            _signalled = false;
            ticked = _ticked;
            _ticked = false;
            active = _active;
            bodies = [.. _bodies];
            _bodies.Clear();
            barriers = [.. _barriers];
            _barriers.Clear();
            return !_closed || bodies.Length > 0 || barriers.Length > 0;
        }
    }

    private void RemoveDead()
    {
        List<Segment>? stuck = null;
        for (Segment[] dead = _parts.Index.TakeDead(); dead.Length > 0; dead = _parts.Index.TakeDead())
        {
            foreach (Segment segment in dead)
            {
                if (Try(() => _parts.Supply.Retire(segment)))
                {
                    _parts.Index.Vanished(segment);
                    _ = Try(() => _hints.Remove(segment));
                }
                else
                {
                    (stuck ??= []).Add(segment);
                }
            }
        }

        stuck?.ForEach(_parts.Index.ReturnDead);
    }

    [CatchesAll("the log is whole without what failed, and barriers and removals wait for this thread; the observer is told")]
    private bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception fault)
        {
            // Whatever it is, the log is whole without it, and this thread must go on: barriers and removals wait for it.
            Notify.Quietly(_parts.Observer, fault.Message, static (o, m) => o.HousekeepingFailed(m));
            return false;
        }
    }

    private void Signal()
    {
        _signalled = true;
        Monitor.Pulse(_gate);
    }
}
