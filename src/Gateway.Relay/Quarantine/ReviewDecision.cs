namespace Gateway.Relay.Quarantine;

/// <summary>What somebody decided about a quarantined message, or what became of it after its release.</summary>
/// <remarks>The numbers are stored in the database and never change their meaning.</remarks>
public enum QuarantineAction
{
    /// <summary>Quarantined again, by a person or at a restart.</summary>
    Quarantine = 0,

    /// <summary>To be delivered after all.</summary>
    Release = 1,

    /// <summary>The delivery queue took the released message over.</summary>
    ReleaseQueued = 2,

    /// <summary>The release could not be queued; the message is quarantined again.</summary>
    ReleaseFailed = 3,

    /// <summary>Never to be delivered; the body was removed.</summary>
    Discard = 4,

    /// <summary>A host has the released message for a recipient.</summary>
    Delivered = 5,

    /// <summary>The released message was refused for a recipient, by a host or by a person who returned it from the queue.</summary>
    Refused = 6,

    /// <summary>The released message waited too long for a recipient and was given up.</summary>
    Expired = 7,
}

/// <summary>One line of a quarantined message's audit trail: who decided what, when and why.</summary>
/// <remarks>Texts longer than the store's bounds (actor 256, reason 2,048 octets of UTF-8) are cut when stored.</remarks>
/// <param name="EntryId">The id of the <see cref="QuarantineEntry"/>.</param>
/// <param name="Action">What was decided.</param>
/// <param name="At">When, by the clock of the one who decided; kept to 100 ns, in UTC.</param>
/// <param name="Actor">Who: a user, or the name of the gateway's own part.</param>
/// <param name="Reason">Why, in the actor's words, or the host's last reply.</param>
/// <param name="ReleaseId">The queue id the released message travels under, when there is one.</param>
public sealed record ReviewDecision(
    string EntryId, QuarantineAction Action, DateTimeOffset At, string Actor, string Reason, string? ReleaseId)
{
    /// <summary>Whose delivery the line is about; null for what concerns all recipients. Cut to 1,024 octets when stored.</summary>
    public string? Recipient { get; init; }
}
