namespace Gateway.Relay.Delivery;

/// <summary>What happens to a parcel after an attempt.</summary>
internal enum NextStep
{
    /// <summary>All its recipients are done.</summary>
    Close,

    /// <summary>The host spoke about this message: it waits on its own schedule.</summary>
    Retry,

    /// <summary>No host could be reached: it stays at the head of the line, and the line waits for the host.</summary>
    BackInLine,

    /// <summary>The process stops: the spool has it, the next run goes on.</summary>
    Leave,
}

/// <summary>What a worker reports of one attempt.</summary>
/// <param name="Next">What happens now.</param>
/// <param name="Remaining">Recipients still to be served.</param>
/// <param name="Counts">The attempt counts for the retry schedule.</param>
/// <param name="MustPersist">The spool has to know, so that a restart goes on from here.</param>
/// <param name="Wait">Until the next try.</param>
/// <param name="LastReply">The last answer, safe to show.</param>
/// <param name="Bounce">A notification for the sender that has to be delivered, or null.</param>
internal readonly record struct AttemptResult(
    NextStep Next, IReadOnlyList<string> Remaining, bool Counts, bool MustPersist, TimeSpan Wait, string LastReply, Gateway.Relay.Queue.Work? Bounce = null);
