namespace Gateway.Relay.Quarantine;

/// <summary>Where a quarantined message stands in its review.</summary>
/// <remarks>
/// The numbers are stored in the database and never change their meaning; a new state takes a new number.
/// Legal moves: Quarantined to Releasing, Releasing to Released, Releasing to Quarantined, Quarantined to Discarded; Released to Releasing while
/// the body is there and a recipient of the last release was refused or given up. Nothing else.
/// </remarks>
public enum QuarantineState
{
    /// <summary>Waits for a decision.</summary>
    Quarantined = 0,

    /// <summary>A release was decided; the message is not yet safe in the delivery queue.</summary>
    Releasing = 1,

    /// <summary>The delivery queue has it, or had it. Final, but for recipients that did not get it.</summary>
    Released = 2,

    /// <summary>The body is gone; metadata, findings and decisions stay. Final.</summary>
    Discarded = 3,
}

/// <summary>The legal moves between the states, in one place.</summary>
internal static class QuarantineMoves
{
    /// <summary>True when a message in <paramref name="from"/> may go to <paramref name="to"/>.</summary>
    public static bool IsLegal(QuarantineState from, QuarantineState to) => (from, to) switch
    {
        (QuarantineState.Quarantined, QuarantineState.Releasing or QuarantineState.Discarded) => true,
        (QuarantineState.Releasing, QuarantineState.Released or QuarantineState.Quarantined) => true,
        (QuarantineState.Released, QuarantineState.Releasing) => true,
        _ => false,
    };
}
