namespace Gateway.Relay.Delivery;

/// <summary>How many notifications leave in a minute: a minute's worth at once, the rest one by one, and no more than an hour's worth in line.</summary>
/// <remarks>Threads: any.</remarks>
internal sealed class BounceLimit(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TimeSpan _debt;
    private long _at = time.GetTimestamp();

    /// <summary>Takes a place in line.</summary>
    /// <param name="perMinute">The limit now; 0 for none.</param>
    /// <param name="wait">How long the notification has to wait.</param>
    /// <returns>False when the line is full.</returns>
    public bool TryTake(int perMinute, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (perMinute == 0)
        {
            return true;
        }

        lock (_gate)
        {
            long now = time.GetTimestamp();
            TimeSpan debt = _debt - time.GetElapsedTime(_at, now);
            (_debt, _at) = (debt > TimeSpan.Zero ? debt : TimeSpan.Zero, now);
            TimeSpan over = _debt - TimeSpan.FromMinutes(1) + (TimeSpan.FromMinutes(1) / perMinute);
            wait = over > TimeSpan.Zero ? over : TimeSpan.Zero;
            bool taken = wait <= BouncePolicy.LongestQueue;
            _debt += taken ? TimeSpan.FromMinutes(1) / perMinute : TimeSpan.Zero;
            return taken;
        }
    }
}
