using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Every deadline of a session: how long its client may be silent, how slow a message may come, when a drain is over.</summary>
/// <remarks>
/// Only one deadline is watched at a time, that of the wait under way. Timestamps are the time provider's.
/// Threads: its session's; <see cref="WakeIfOverdue"/> and <see cref="Drain"/> may come from any.
/// </remarks>
internal sealed class SessionClock(SessionPipes pipes, MessageProgress progress, SessionLimits limits, TimeProvider time)
{
    /// <summary>The timestamp of no deadline.</summary>
    public const long NotWaiting = long.MaxValue;

    private const long Expired = long.MinValue;

    // Timestamp after which the client is overdue; NotWaiting while we are the ones who work. The sweep swaps in Expired, and
    // only if the session still waits for that very time, so it never ends a session whose client came in time.
    private long _deadline = NotWaiting;
    private volatile bool _flushing;
    private volatile bool _draining;
    private long _drainDue = NotWaiting;
    private Pace _pace;

    // When the session must be over, and when the message under way is too slow.
    private long _sessionDue = NotWaiting;
    private long _paceDue = NotWaiting;

    /// <summary>True once a drain has begun.</summary>
    public bool IsDraining => _draining;

    /// <summary>True when the message under way comes too slowly.</summary>
    public bool IsTooSlow => _pace.IsTooSlow;

    /// <summary>When the message under way must be over; counts while there is one.</summary>
    public long MessageDue { get; private set; } = NotWaiting;

    private long PacePeriod => (long)(limits.MinimumRatePeriod.TotalSeconds * time.TimestampFrequency);

    /// <summary>The session's own time begins.</summary>
    public void BeginSession() => _sessionDue = Deadline(limits.SessionTimeout);

    /// <summary>The time of a message begins.</summary>
    public void BeginMessage() => MessageDue = Deadline(limits.MessageTimeout);

    /// <summary>Ends the session at the next command boundary; a message that is being received may come to its end first, if it does so in time.</summary>
    public void Drain()
    {
        Volatile.Write(ref _drainDue, Deadline(limits.DrainTimeout));
        _draining = true;
        pipes.Input.CancelPendingRead();
    }

    /// <summary>Called by the sweep: wakes a session whose client is overdue.</summary>
    public void WakeIfOverdue(long now)
    {
        long due = Volatile.Read(ref _deadline);
        bool flushing = _flushing;
        if (due != Expired && now > due && Interlocked.CompareExchange(ref _deadline, Expired, due) == due)
        {
            // Only the one that waits: under TLS a cancelled flush loses its octets, and the next flush is that of the 421.
            if (flushing)
            {
                pipes.Output.CancelPendingFlush();
            }
            else
            {
                pipes.Input.CancelPendingRead();
            }
        }
    }

    /// <summary>A wait for input begins.</summary>
    public void WaitUntil(long due) => Volatile.Write(ref _deadline, due);

    /// <summary>A wait for the client to take replies begins.</summary>
    public void WaitForFlush(TimeSpan patience)
    {
        _flushing = true;
        Volatile.Write(ref _deadline, Deadline(patience));
    }

    /// <summary>The wait is over.</summary>
    /// <returns>True when the client was overdue.</returns>
    public bool StopWaiting() => Interlocked.Exchange(ref _deadline, NotWaiting) == Expired;

    /// <summary>The wait for the client to take replies is over.</summary>
    /// <returns>True when the client was overdue.</returns>
    public bool StopFlush()
    {
        _flushing = false;
        return StopWaiting();
    }

    /// <summary>The timestamp that ends a wait whatever keeps coming.</summary>
    /// <param name="latest">The timestamp after which what is read now is too late.</param>
    public long HardLimit(long latest) => Math.Min(latest, _draining ? Volatile.Read(ref _drainDue) : NotWaiting);

    /// <summary>True when that timestamp has passed.</summary>
    public bool HasPassed(long due) => due != NotWaiting && time.GetTimestamp() > due;

    /// <summary>The timestamp up to which the client may be silent because of what it sent so far.</summary>
    public long LimitsDue()
    {
        if (!progress.IsInContent)
        {
            _pace = default;
            _paceDue = NotWaiting;
            return _sessionDue;
        }

        long patience = _pace.Patience(limits.MinimumRate, PacePeriod, time.TimestampFrequency);
        long now = time.GetTimestamp();
        return _paceDue = patience >= NotWaiting - now ? NotWaiting : now + patience;
    }

    /// <summary>Octets came.</summary>
    /// <param name="octets">How many.</param>
    /// <param name="since">Timestamp of the begin of the wait for them; 0 when they were there.</param>
    public void CountPace(long octets, long since) =>
        _pace.Count(octets, since == 0 ? 0 : time.GetTimestamp() - since, limits.MinimumRate, PacePeriod, time.TimestampFrequency);

    /// <summary>What to say to a client whose time is over.</summary>
    public (SmtpReply Reply, SessionEnd End) Overdue()
    {
        long now = time.GetTimestamp();
        return _draining && now >= Volatile.Read(ref _drainDue) ? (Replies.ShuttingDown, SessionEnd.ShuttingDown)
            : progress.IsInContent && (_pace.IsTooSlow || now >= _paceDue) ? (LimitReplies.TooSlow, SessionEnd.TooSlow)
            : progress.IsInMessage && now >= MessageDue ? (LimitReplies.MessageTimeout, SessionEnd.TimedOut)
            : !progress.IsInContent && now >= _sessionDue ? (LimitReplies.SessionTooLong, SessionEnd.TimedOut)
            : (Replies.TimedOut, SessionEnd.TimedOut);
    }

    /// <summary>Now.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>The timestamp so much later than now.</summary>
    public long Deadline(TimeSpan patience)
    {
        double ticks = patience.TotalSeconds * time.TimestampFrequency;
        long now = time.GetTimestamp();
        return patience == Timeout.InfiniteTimeSpan || ticks >= NotWaiting - now ? NotWaiting : now + (long)ticks;
    }
}
