namespace Gateway.Drill;

/// <summary>A clock that runs as all do, and can be put forward: hours pass in a moment, and every timer that came due meanwhile fires. Its wall clock can be set.</summary>
/// <remarks>
/// Leaps must come while nothing waits for a real thing under a time limit, or the limit is over at once.
/// Threads: any.
/// </remarks>
internal sealed class LeapingTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<LeapingTimer> _timers = [];
    private long _leapt;
    private long _set;

    /// <inheritdoc/>
    public override long TimestampFrequency => System.TimestampFrequency;

    /// <inheritdoc/>
    public override long GetTimestamp() => System.GetTimestamp() + (long)(Leapt.TotalSeconds * TimestampFrequency);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Leapt + new TimeSpan(Interlocked.Read(ref _set));

    /// <summary>Puts the clock forward.</summary>
    public void Leap(TimeSpan by)
    {
        LeapingTimer[] timers;
        lock (_gate)
        {
            Interlocked.Add(ref _leapt, by.Ticks);
            timers = [.. _timers];
        }

        Array.ForEach(timers, static t => t.Rearm());
    }

    /// <summary>Sets the wall clock forward or back, and nothing else: no time passes, no timer fires.</summary>
    public void SetWall(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        LeapingTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private TimeSpan Leapt => new(Interlocked.Read(ref _leapt));

    private void Keep(LeapingTimer timer, bool isArmed)
    {
        lock (_gate)
        {
            _ = isArmed ? _timers.Add(timer) : _timers.Remove(timer);
        }
    }

    /// <summary>A timer of the system's that is set again whenever the clock leaps.</summary>
    private sealed class LeapingTimer : ITimer
    {
        private readonly Lock _gate = new();
        private readonly LeapingTime _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _real;
        private long? _due;
        private TimeSpan _period;

        public LeapingTimer(LeapingTime clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _callback = callback;
            _state = state;
            _real = System.CreateTimer(static t => ((LeapingTimer)t!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_gate)
            {
                _due = dueTime == Timeout.InfiniteTimeSpan ? null : After(dueTime);
                _period = period;
                _clock.Keep(this, _due is not null);
                return Arm();
            }
        }

        public void Rearm()
        {
            lock (_gate)
            {
                Arm();
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _due = null;
                _clock.Keep(this, isArmed: false);
                _real.Dispose();
            }
        }

        public async ValueTask DisposeAsync()
        {
            lock (_gate)
            {
                _due = null;
                _clock.Keep(this, isArmed: false);
            }

            await _real.DisposeAsync();
        }

        private void Fire()
        {
            lock (_gate)
            {
                if (_due is not long due)
                {
                    return;
                }

                if (_clock.GetTimestamp() < due)
                {
                    // Rounded down, or set anew meanwhile.
                    Arm();
                    return;
                }

                bool isPeriodic = _period > TimeSpan.Zero;
                // Periods that a leap passed over are not made up for.
                _due = isPeriodic ? After(_period) : null;
                _clock.Keep(this, isPeriodic);
                Arm();
            }

            _callback(_state);
        }

        private long After(TimeSpan wait) => _clock.GetTimestamp() + (long)(wait.TotalSeconds * _clock.TimestampFrequency);

        // Caller holds the lock.
        private bool Arm()
        {
            if (_due is not long due)
            {
                return _real.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            double left = (due - _clock.GetTimestamp()) / (double)_clock.TimestampFrequency;
            return _real.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(left * 1000))), Timeout.InfiniteTimeSpan);
        }
    }
}
