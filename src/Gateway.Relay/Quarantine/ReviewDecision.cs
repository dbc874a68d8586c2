namespace Gateway.Relay.Quarantine;

/// <summary>What somebody decided about a held message.</summary>
/// <remarks>The numbers are stored in the database and never change their meaning.</remarks>
public enum QuarantineAction
{
    /// <summary>Held again, by a person or at a restart.</summary>
    Hold = 0,

    /// <summary>To be delivered after all.</summary>
    Release = 1,

    /// <summary>The delivery queue took the released message over.</summary>
    ReleaseQueued = 2,

    /// <summary>The release could not be queued; the message is held again.</summary>
    ReleaseFailed = 3,

    /// <summary>Never to be delivered; the body was removed.</summary>
    Discard = 4,
}

/// <summary>One line of a held message's audit trail: who decided what, when and why.</summary>
/// <remarks>Texts longer than the store's bounds (actor 256, reason 2,048 octets of UTF-8) are cut when stored.</remarks>
/// <param name="EntryId">The id of the <see cref="QuarantineEntry"/>.</param>
/// <param name="Action">What was decided.</param>
/// <param name="At">When, by the clock of the one who decided; kept to 100 ns, in UTC.</param>
/// <param name="Actor">Who: a user, or the name of the gateway's own part.</param>
/// <param name="Reason">Why, in the actor's words.</param>
/// <param name="ReleaseId">The queue id the released message travels under, when there is one.</param>
public sealed record ReviewDecision(
    string EntryId, QuarantineAction Action, DateTimeOffset At, string Actor, string Reason, string? ReleaseId);
