namespace Gateway.LoadGen.Source;

/// <summary>When each message is to be sent.</summary>
/// <remarks>
/// Open loop: the times are fixed beforehand, whatever the target does, so that a target that stalls cannot make the load wait for it (no
/// coordinated omission). Closed loop: a message is due when a session is free. Times in nanoseconds. Threads: one.
/// </remarks>
/// <param name="rate">Messages a second; null for a closed loop.</param>
/// <param name="ramp">Over which time the rate rises from 0.</param>
/// <param name="messages">Most messages; null for no limit.</param>
/// <param name="duration">No message is due after it; null for no limit.</param>
internal sealed class ArrivalSchedule(double? rate, TimeSpan ramp, long? messages, TimeSpan? duration)
{
    private const double Second = 1e9;

    private readonly double _perNanosecond = (rate ?? 0) / Second;
    private readonly double _ramp = ramp.TotalNanoseconds;
    private readonly long _end = duration is TimeSpan d ? (long)d.TotalNanoseconds : long.MaxValue;
    private long _start;
    private long _taken;

    /// <summary>Whether the times are fixed beforehand.</summary>
    public bool IsOpenLoop => rate is not null;

    /// <summary>Messages that were due before <paramref name="now"/> and not taken: the load that the target did not take.</summary>
    public long Overdue(long now)
    {
        long count = 0;
        if (IsOpenLoop)
        {
            double elapsed = Math.Min(now - _start, (double)_end);
            double due = elapsed <= _ramp ? _perNanosecond * elapsed * elapsed / (2 * _ramp) : (_perNanosecond * _ramp / 2) + (_perNanosecond * (elapsed - _ramp));
            count = Math.Min((long)Math.Ceiling(due), messages ?? long.MaxValue) - _taken;
        }

        return Math.Max(0, count);
    }

    /// <summary>Sets the beginning.</summary>
    public void Start(long timestamp) => _start = timestamp;

    /// <summary>When the next message is due: <paramref name="now"/> or a time before it when one is; <see cref="long.MaxValue"/> when there is none any more.</summary>
    public long Next(long now)
    {
        if (_taken >= (messages ?? long.MaxValue))
        {
            return long.MaxValue;
        }

        if (!IsOpenLoop)
        {
            return now - _start >= _end ? long.MaxValue : now;
        }

        long offset = Offset(_taken);
        return offset >= _end ? long.MaxValue : _start + offset;
    }

    /// <summary>Takes the next message.</summary>
    public void Take() => _taken++;

    private long Offset(long number)
    {
        double whileRising = _perNanosecond * _ramp / 2;
        return (long)(number < whileRising ? Math.Sqrt(2 * number * _ramp / _perNanosecond) : _ramp + ((number - whileRising) / _perNanosecond));
    }
}
