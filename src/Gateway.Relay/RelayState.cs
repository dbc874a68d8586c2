namespace Gateway.Relay;

/// <summary>The five states of a message, in Postfix's words; each message is in exactly one.</summary>
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

/// <summary>The legal moves between the states.</summary>
public static class RelayMoves
{
    /// <summary>True when a message may go from one state to the other.</summary>
    public static bool IsLegal(RelayState from, RelayState to) => (from, to) switch
    {
        (RelayState.Incoming, RelayState.Active or RelayState.Held) => true,
        (RelayState.Active, RelayState.Deferred or RelayState.Held or RelayState.Done) => true,
        (RelayState.Deferred, RelayState.Active or RelayState.Held or RelayState.Done) => true,
        (RelayState.Held, RelayState.Active or RelayState.Done) => true,
        _ => false,
    };
}
