namespace Gateway.Smtp.Server;

/// <summary>Counts what was taken of a rate; the default is a bucket that nothing was taken from.</summary>
/// <remarks>Threads: guarded by its owner. Cost: no timer; what came back since is worked out when it is asked for.</remarks>
public struct TokenBucket
{
    private double _taken;
    private long _at;

    /// <summary>Takes one, if the rate allows it.</summary>
    /// <param name="limit">The rate, which may have changed since the last time.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="frequency">Timestamps in a second.</param>
    public bool TryTake(RateLimit limit, long now, long frequency)
    {
        if (limit.Count <= 0)
        {
            return true;
        }

        double seconds = Math.Max(0, (double)(now - _at) / frequency);
        _taken = Math.Max(0, _taken - (seconds * limit.Count / limit.Period.TotalSeconds));
        _at = now;
        if (_taken + 1 > limit.Count)
        {
            return false;
        }

        _taken++;
        return true;
    }
}
