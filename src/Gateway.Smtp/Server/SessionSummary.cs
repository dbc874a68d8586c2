namespace Gateway.Smtp.Server;

/// <summary>Why a session ended.</summary>
public enum SessionEnd
{
    /// <summary>The client said QUIT.</summary>
    Quit,

    /// <summary>The client closed or reset the connection outside of a message.</summary>
    Disconnected,

    /// <summary>The client closed or reset the connection in the middle of DATA.</summary>
    DisconnectedInData,

    /// <summary>The connection was refused before or instead of the greeting.</summary>
    Refused,

    /// <summary>The client was silent for too long.</summary>
    TimedOut,

    /// <summary>The client sent its message too slowly.</summary>
    TooSlow,

    /// <summary>The client made too many errors.</summary>
    TooManyErrors,

    /// <summary>The client sent what breaks the protocol so that its next bytes cannot be trusted.</summary>
    ProtocolViolation,

    /// <summary>The server stops.</summary>
    ShuttingDown,

    /// <summary>A fault of ours.</summary>
    Fault,

    /// <summary>The TLS handshake failed; <see cref="SmtpPeer.TlsFailure"/> says why.</summary>
    TlsFailed,
}

/// <summary>The facts of a session, for the <c>disconnect</c> log line and the metrics.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Commands">Commands received.</param>
/// <param name="Errors">Replies of class 5 given.</param>
/// <param name="Messages">Messages answered 250.</param>
/// <param name="Elapsed">From accept to close.</param>
/// <param name="Fault">The exception of a session that ended by <see cref="SessionEnd.Fault"/>.</param>
public readonly record struct SessionSummary(SessionEnd End, int Commands, int Errors, int Messages, TimeSpan Elapsed, Exception? Fault)
{
    /// <summary>What was noteworthy.</summary>
    public SessionNotes Notes { get; init; }

    /// <summary>Commands by verb in Postfix's manner: <c>ehlo=1 mail=2 rcpt=2/3 commands=5/6</c>, those that succeeded first.</summary>
    public string Tally { get; init; } = "commands=0";
}
