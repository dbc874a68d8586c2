namespace Gateway.Smtp.Server;

/// <summary>An open session as the registry sees it, whoever reads its commands.</summary>
/// <remarks>Threads: <see cref="WakeIfOverdue"/> and <see cref="Drain"/> come from any.</remarks>
internal interface ISession
{
    /// <summary>What the client has taken of its limits; null for a client that is not limited.</summary>
    ClientAccount? Account { get; set; }

    /// <summary>Where the session is counted; null before it was let in.</summary>
    SessionRegistry? Registry { get; set; }

    /// <summary>Wakes a session whose client is overdue.</summary>
    void WakeIfOverdue(long now);

    /// <summary>Ends the session at the next command boundary; a message on its way may come to its end first.</summary>
    void Drain();
}
