namespace Gateway.Smtp.Transport;

/// <summary>Calls back once when a time limit passes; set anew for every step of a conversation.</summary>
/// <remarks>
/// Promises: the callback runs only when the limit set last has really passed, at most once per <see cref="Arm"/>.
/// Threads: the callback comes on a timer thread; all members may be called from any thread.
/// Cost: arming writes a field. The timer underneath is touched only when it would ring too late; when it rings too
/// early it sets itself again. So one message costs no timer operation at all (a token source per read would cost two).
/// </remarks>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private long _due = long.MaxValue;
    private long _ring = long.MaxValue;

    /// <summary>Makes a deadline that is not armed.</summary>
    public Deadline(TimeProvider time, Action expired)
    {
        _time = time;
        _expired = expired;
        _timer = time.CreateTimer(static state => ((Deadline)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the limit, counted from now; replaces the one set before.</summary>
    public void Arm(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            Disarm();
            return;
        }

        long now = _time.GetTimestamp();
        lock (_gate)
        {
            _due = now + (long)(limit.TotalSeconds * _time.TimestampFrequency);
            if (_due < _ring)
            {
                SetRing(now);
            }
        }
    }

    /// <summary>Takes the limit away.</summary>
    public void Disarm()
    {
        lock (_gate)
        {
            _due = long.MaxValue;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Disarm();
        _timer.Dispose();
    }

    private void Ring()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _ring = long.MaxValue;
            if (_due == long.MaxValue)
            {
                return;
            }

            if (now < _due)
            {
                SetRing(now);
                return;
            }

            _due = long.MaxValue;
        }

        _expired();
    }

    private void SetRing(long now)
    {
        _ring = _due;
        // Timers count whole milliseconds: never ask for less than one, or it spins until the limit is reached.
        TimeSpan wait = _time.GetElapsedTime(now, _due);
        _timer.Change(wait < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : wait, Timeout.InfiniteTimeSpan);
    }
}
