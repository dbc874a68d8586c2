namespace Gateway.Relay.Delivery.Hosts;

/// <summary>Whether a host gets mail.</summary>
internal enum BreakerState
{
    /// <summary>It gets all there is.</summary>
    Closed,

    /// <summary>It failed; one message at a time may try it.</summary>
    HalfOpen,

    /// <summary>It failed and gets nothing until the pause is over.</summary>
    Open,
}

/// <summary>The circuit breaker of one host, and the memory of what passed and failed there.</summary>
/// <remarks>
/// Opens when the host cannot be reached (but not for a single refusal while other messages pass), when so many transactions in a row
/// break off, or when so many hang that were begun after the last message passed. One message that passes closes it.
/// Threads: guarded by <see cref="HostHealth"/>'s lock.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="hangLimit">Transactions that hang while none passes.</param>
internal sealed class Breaker(TimeProvider time, int hangLimit)
{
    /// <summary>The longest pause, and how long a probe is waited for, in seconds.</summary>
    public const double LongestPause = 60;

    private const int RefusalLimit = 3;

    // Drops within a second of each other are one event. More than these are the same to everybody.
    private const int DropsKept = 32;

    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(5);

    private readonly long[] _drops = new long[DropsKept];
    private int _drop;
    private long _downUntil = long.MinValue;
    private long _probedUntil = long.MinValue;
    private long _openedAt;
    private long? _lastPass;
    private int _failures;
    private int _pauses;
    private int _stumbles;
    private int _hanging;
    private int _refusals;

    /// <summary>Messages that passed.</summary>
    public long Passes { get; private set; }

    /// <summary>Messages that failed behind their end of data.</summary>
    public long Failures { get; private set; }

    /// <summary>Whether the host gets mail now.</summary>
    public BreakerState State => _failures == 0 ? BreakerState.Closed
        : IsTriable(time.GetTimestamp()) ? BreakerState.HalfOpen : BreakerState.Open;

    /// <summary>Why it failed last, for people.</summary>
    public string Reason { get; set; } = string.Empty;

    /// <summary>How it stands with a host that gets no mail; null while it is up.</summary>
    public HostTrouble? Trouble
    {
        get
        {
            long now = time.GetTimestamp();
            return _failures == 0 ? null : new HostTrouble(
                time.GetElapsedTime(_openedAt, now), _downUntil > now ? time.GetElapsedTime(now, _downUntil) : TimeSpan.Zero, _downUntil <= now && _probedUntil > now, Reason);
        }
    }

    /// <summary>Hands the host to one probe; others get it when that one reports, or never does.</summary>
    public void Probe() => _probedUntil = After(LongestPause);

    /// <summary>A message passed.</summary>
    /// <returns>True when the host was down before.</returns>
    public bool Pass()
    {
        Passes++;
        _lastPass = time.GetTimestamp();
        _hanging = 0;
        return Answer();
    }

    /// <summary>The host answered, though it took nothing: it is there.</summary>
    /// <returns>True when it was down before.</returns>
    public bool Answer()
    {
        bool wasDown = _failures > 0;
        _failures = _pauses = _stumbles = _refusals = 0;
        _downUntil = _probedUntil = long.MinValue;
        return wasDown;
    }

    /// <summary>The host could not be reached or refused the connection.</summary>
    /// <returns>False when that was one connection too many for a host that works: fewer at once will do.</returns>
    public bool Refuse() =>
        _failures > 0 || ++_refusals >= RefusalLimit || _lastPass is not long last || time.GetElapsedTime(last) > Recently;

    /// <summary>Opens: the host gets nothing for a while, longer each time.</summary>
    /// <returns>Seconds until it is tried again.</returns>
    public double Open()
    {
        long now = time.GetTimestamp();
        // A handful of workers fail at the same time: that is one failure, not twenty.
        if (_downUntil <= now)
        {
            _openedAt = _failures++ == 0 ? now : _openedAt;
            _pauses++;
        }

        double seconds = Math.Min(LongestPause, Math.Pow(2, Math.Min(_pauses, 6)));
        _downUntil = After(seconds);
        _probedUntil = now;
        return seconds;
    }

    /// <summary>A transaction broke off in the middle.</summary>
    /// <param name="limit">Transactions that break off in a row.</param>
    /// <returns>True when there were so many in a row that the host counts as down.</returns>
    public bool Stumble(int limit)
    {
        // It talks, so it may well have been this message: the next one may try at once.
        _probedUntil = time.GetTimestamp();
        return ++_stumbles >= limit;
    }

    /// <summary>A transaction hangs.</summary>
    /// <param name="began">When it began.</param>
    /// <returns>True when the host has just come to a standstill: from now on one message at a time tries it.</returns>
    public bool Hang(long began)
    {
        long now = time.GetTimestamp();
        if (_lastPass > began)
        {
            // Others passed since it began: its own affair.
            return false;
        }

        if (_failures == 0)
        {
            if (++_hanging < hangLimit)
            {
                return false;
            }

            _failures = _pauses = 1;
            _openedAt = _downUntil = _probedUntil = now;
            return true;
        }

        if (began >= _openedAt)
        {
            // A probe.
            Open();
        }

        return false;
    }

    /// <summary>Counts a message that failed behind its end of data.</summary>
    /// <param name="dropped">The host closed the connection.</param>
    public void Fail(bool dropped)
    {
        Failures++;
        if (dropped)
        {
            _drops[_drop++ % DropsKept] = time.GetTimestamp();
        }
    }

    /// <summary>How many connections the host closed behind end of data within a second of a moment.</summary>
    public int DropsAround(long moment)
    {
        int near = 0;
        for (int i = 0; i < Math.Min(_drop, DropsKept); i++)
        {
            near += Math.Abs(_drops[i] - moment) <= time.TimestampFrequency ? 1 : 0;
        }

        return near;
    }

    /// <summary>Ends the pause, and lets the next ones begin as short as the first: a person who orders a try has a reason.</summary>
    public void EndPause()
    {
        _downUntil = Math.Min(_downUntil, time.GetTimestamp());
        _pauses = 0;
    }

    private bool IsTriable(long now) => _downUntil <= now && _probedUntil <= now;

    private long After(double seconds) => time.GetTimestamp() + (long)(seconds * time.TimestampFrequency);
}
