namespace Gateway.Relay.Message;

/// <summary>The six states of a message, in Postfix's words; each message is in exactly one.</summary>
/// <remarks>Nothing stores it: it follows from where the message is, and the queue works it out for listings.</remarks>
public enum RelayState
{
    /// <summary>Being received; not ours yet, nothing was answered.</summary>
    Incoming,

    /// <summary>On stable storage; waiting for a worker or with one.</summary>
    Active,

    /// <summary>A delivery failed for now; waiting for its next try.</summary>
    Deferred,

    /// <summary>In the queue, not tried until somebody resumes it: put on hold by an administrator, by its route, or as a group that looks like poison.</summary>
    OnHold,

    /// <summary>Malformed, in the quarantine, waiting for a review.</summary>
    Quarantined,

    /// <summary>Delivered, bounced or removed; nothing of it is kept.</summary>
    Done,
}
