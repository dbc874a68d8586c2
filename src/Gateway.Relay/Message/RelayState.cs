namespace Gateway.Relay.Message;

/// <summary>The five states of a message, in Postfix's words; each message is in exactly one.</summary>
/// <remarks>Nothing stores it: it follows from where the message is, and the queue works it out for listings.</remarks>
public enum RelayState
{
    /// <summary>Being received; not ours yet, nothing was answered.</summary>
    Incoming,

    /// <summary>On stable storage; waiting for a worker or with one.</summary>
    Active,

    /// <summary>A delivery failed for now; waiting for its next try.</summary>
    Deferred,

    /// <summary>Malformed, in the quarantine, waiting for a review; or put on hold by an administrator.</summary>
    Held,

    /// <summary>Delivered, bounced or removed; nothing of it is kept.</summary>
    Done,
}
