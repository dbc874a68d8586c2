namespace Gateway.Smtp.Server;

/// <summary>What comes of a session: how it ends, and the counts that are written down about it.</summary>
/// <remarks>Promises: the first end that is named stays, but for a fault of ours. Threads: its session's.</remarks>
internal sealed class SessionOutcome(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private SessionEnd? _end;
    private Exception? _fault;

    /// <summary>True once the session has an end; what is written still goes out.</summary>
    public bool IsOver => _end is not null;

    /// <summary>Commands received.</summary>
    public int Commands { get; set; }

    /// <summary>Replies of class 5 given.</summary>
    public int Errors { get; set; }

    /// <summary>Messages answered 250.</summary>
    public int Messages { get; set; }

    /// <summary>What was noteworthy.</summary>
    public SessionNotes Notes { get; set; }

    /// <summary>Commands by verb.</summary>
    public CommandTally Tally { get; } = new();

    /// <summary>Ends the session, if it has no end yet.</summary>
    public void End(SessionEnd end) => _end ??= end;

    /// <summary>Ends the session by a fault of ours.</summary>
    public void Fail(Exception fault)
    {
        _fault = fault;
        _end = SessionEnd.Fault;
    }

    /// <summary>The facts, for the log and the metrics.</summary>
    public SessionSummary Summary() => new(_end ?? SessionEnd.Disconnected, Commands, Errors, Messages, time.GetElapsedTime(_started), _fault)
    {
        Notes = Notes,
        Tally = Tally.ToString(),
    };
}
