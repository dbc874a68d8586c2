namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How many messages a minute may leave to a destination: a second's worth at once, at least one.</summary>
/// <remarks>Threads: guarded by the destination's lock. Cost: nothing while there is no limit.</remarks>
internal sealed class Throttle(TimeProvider time)
{
    private double _tokens = double.MaxValue;
    private long _at = time.GetTimestamp();

    /// <summary>Messages a minute; 0 for no limit.</summary>
    public int PerMinute { get; set; }

    /// <summary>True while one more may leave now.</summary>
    public bool IsOpen
    {
        get
        {
            if (PerMinute == 0)
            {
                return true;
            }

            long now = time.GetTimestamp();
            double most = Math.Max(1, PerMinute / 60.0);
            _tokens = Math.Min(most, _tokens + (time.GetElapsedTime(_at, now).TotalMinutes * PerMinute));
            _at = now;
            return _tokens >= 1;
        }
    }

    /// <summary>One leaves.</summary>
    public void Take() => _tokens -= PerMinute == 0 ? 0 : 1;
}
