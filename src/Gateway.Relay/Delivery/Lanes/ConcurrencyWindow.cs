namespace Gateway.Relay.Delivery.Lanes;

/// <summary>How many deliveries a destination gets at once: more while it takes them, fewer when it shows that they are too many.</summary>
/// <remarks>
/// Starts at five, as Postfix does; grows by one with each success until the first failure, from then on by one with each full round of
/// successes; halves on a failure, at most once a second. A failure here is one of the host (no connection, silence while nothing else
/// passes), never one of a single message.
/// Threads: guarded by the destination's lock.
/// </remarks>
internal sealed class ConcurrencyWindow(int most, TimeProvider time)
{
    private const int AtStart = 5;

    private int _most = most;

    private int _round;
    private long? _shrunk;

    /// <summary>Deliveries at once.</summary>
    public int Seats { get; private set; } = Math.Min(most, AtStart);

    /// <summary>Deliveries at once at the most.</summary>
    public int Most
    {
        get => _most;
        set
        {
            _most = value;
            Seats = Math.Min(Seats, value);
        }
    }

    /// <summary>A message passed.</summary>
    public void Grow()
    {
        if (Seats < _most && (_shrunk is null || ++_round >= Seats))
        {
            Seats++;
            _round = 0;
        }
    }

    /// <summary>The host failed.</summary>
    public void Shrink()
    {
        if (_shrunk is not long last || time.GetElapsedTime(last) >= TimeSpan.FromSeconds(1))
        {
            Seats = Math.Max(1, Seats / 2);
            _round = 0;
            _shrunk = time.GetTimestamp();
        }
    }
}
