namespace Gateway.Relay.Delivery.Poison;

/// <summary>How many messages the gateway may call poison by itself in an hour.</summary>
/// <remarks>Beyond it the mistake is more likely ours or the host's, and a person has to look. Threads: any.</remarks>
internal sealed class BlameLimit(TimeProvider time)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _blamed = new();
    private long? _alerted;

    /// <summary>Asks for one more.</summary>
    /// <param name="perHour">The limit now.</param>
    /// <param name="alert">True when a person is to be told that it is reached: once an hour.</param>
    public bool TryBlame(int perHour, out bool alert)
    {
        lock (_gate)
        {
            while (_blamed.TryPeek(out long oldest) && time.GetElapsedTime(oldest) >= Hour)
            {
                _blamed.Dequeue();
            }

            alert = false;
            if (_blamed.Count < perHour)
            {
                _blamed.Enqueue(time.GetTimestamp());
                return true;
            }

            if (_alerted is not long last || time.GetElapsedTime(last) >= Hour)
            {
                _alerted = time.GetTimestamp();
                alert = true;
            }

            return false;
        }
    }
}
