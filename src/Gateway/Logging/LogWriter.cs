namespace Gateway.Logging;

/// <summary>Takes finished lines from any thread and writes them to one stream in batches.</summary>
/// <remarks>
/// Promises: lines of one thread stay in order; a caller waits at most <see cref="LongestWait"/> and then only once per stall: while the
/// output does not move, further lines are lost at once, and how many is written as soon as it moves again.
/// Fails: an output that cannot be written to loses lines, never the caller. Threads: any may write; one dedicated thread does.
/// Cost: a lock and a copy; two buffers of at most 4 MiB. The thread lingers 5 ms for a batch, so a busy log costs one write per
/// batch and a caller wakes the thread 200 times a second at most.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    /// <summary>Octets in each of the two buffers.</summary>
    public const int DefaultCapacity = 4 << 20;

    /// <summary>How long a caller waits for room.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private const int BatchBytes = 64 * 1024;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(5);

    // A monitor and not a Lock: the thread and its callers wait for each other on it.
    private readonly object _gate = new();
    private readonly Stream _output;
    private readonly Func<long, byte[]> _lossLine;
    private readonly int _capacity;
    private readonly Thread _thread;
    private byte[] _filling = new byte[BatchBytes];
    private byte[] _draining = new byte[BatchBytes];
    private int _filled;
    private long _taken;
    private long _drained;
    private long _lost;
    private bool _stalled;
    private bool _hurry;
    private bool _closed;

    /// <summary>Starts the thread.</summary>
    /// <param name="output">Where lines go; not disposed.</param>
    /// <param name="lossLine">The line, with its end, that says how many were lost.</param>
    /// <param name="capacity">Octets in each of the two buffers.</param>
    public LogWriter(Stream output, Func<long, byte[]> lossLine, int capacity = DefaultCapacity)
    {
        _output = output;
        _lossLine = lossLine;
        _capacity = capacity;
        _thread = new Thread(Run) { IsBackground = true, Name = "gateway log" };
        _thread.Start();
    }

    /// <summary>Takes a line with its end.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_filled + line.Length > _capacity && !WaitForRoom(line.Length))
            {
                _stalled = true;
                _lost++;
                return;
            }

            if (_filled + line.Length > _filling.Length)
            {
                Array.Resize(ref _filling, Math.Min(_capacity, Math.Max(_filling.Length * 2, _filled + line.Length)));
            }

            line.CopyTo(_filling.AsSpan(_filled));
            bool wasIdle = _filled == 0;
            bool wasBatch = _filled >= BatchBytes;
            _filled += line.Length;
            _taken += line.Length;
            if (wasIdle || (!wasBatch && _filled >= BatchBytes))
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until everything taken so far is with the stream.</summary>
    /// <returns>Whether it is.</returns>
    public bool Flush(TimeSpan longest)
    {
        long deadline = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        lock (_gate)
        {
            long goal = _taken;
            _hurry = true;
            Monitor.PulseAll(_gate);
            while (_drained < goal)
            {
                long left = deadline - Environment.TickCount64;
                if (left <= 0)
                {
                    return false;
                }

                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            return true;
        }
    }

    /// <summary>Writes what was taken and stops; gives up after 5 seconds if the output does not move.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive)
        {
            _thread.Join(LongestClose);
        }
    }

    private bool WaitForRoom(int length)
    {
        if (_stalled || length > _capacity)
        {
            return false;
        }

        long deadline = Environment.TickCount64 + (long)LongestWait.TotalMilliseconds;
        while (_filled + length > _capacity)
        {
            long left = deadline - Environment.TickCount64;
            if (left <= 0 || _stalled || _closed)
            {
                return false;
            }

            Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
        }

        return !_closed;
    }

    private void Run()
    {
        while (TakeBatch() is { } batch)
        {
            bool written = TryWrite(_draining.AsSpan(0, batch.Length));
            long reported = written && batch.Lost > 0 && TryWrite(_lossLine(batch.Lost)) ? batch.Lost : 0;
            lock (_gate)
            {
                _lost += written ? 0 : _draining.AsSpan(0, batch.Length).Count((byte)'\n');
                _lost -= reported;
                _drained += batch.Length;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // Waits for lines and swaps the buffers; null at the end.
    private (int Length, long Lost)? TakeBatch()
    {
        lock (_gate)
        {
            while (_filled == 0 && !_closed)
            {
                Monitor.Wait(_gate);
            }

            if (_filled < BatchBytes && !_closed && !_hurry)
            {
                Monitor.Wait(_gate, Linger);
            }

            if (_filled == 0)
            {
                return null;
            }

            (_filling, _draining) = (_draining, _filling);
            int length = _filled;
            _filled = 0;
            _stalled = false;
            _hurry = false;
            Monitor.PulseAll(_gate);
            return (length, _lost);
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Write(bytes);
            _output.Flush();
            return true;
        }
        catch (Exception problem) when (problem is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
