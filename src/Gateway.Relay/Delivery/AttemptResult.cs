using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;

namespace Gateway.Relay.Delivery;

/// <summary>What happens to the recipients that an attempt did not finish.</summary>
internal enum NextStep
{
    /// <summary>The host spoke about this message: it waits on its own schedule, and the attempt counts.</summary>
    Retry,

    /// <summary>The host dropped the connection under it for the first time: it goes back in line, and the attempt counts.</summary>
    AtOnce,

    /// <summary>The host took some recipients, or spoke about each of them: the others have their turn at once, and the attempt goes on.</summary>
    GoOn,

    /// <summary>No host could be reached: it stays at the head of the line, and the line waits for the host.</summary>
    BackInLine,

    /// <summary>The hosts refused it and say that it is their own trouble: it goes behind the others, so that another message is the next probe.</summary>
    EndOfLine,

    /// <summary>The process stops: the spool has it, the next run goes on.</summary>
    Leave,

    /// <summary>Its journal says that it is poison: what is left of the message goes to the quarantine.</summary>
    Poison,

    /// <summary>It waits for a person: its kind is on hold as a group, or its route keeps what would be returned.</summary>
    Hold,
}

/// <summary>What a worker reports of one attempt.</summary>
/// <param name="Next">What happens to the rest.</param>
/// <param name="Remaining">Recipients still to be served; none when the parcel is finished.</param>
/// <param name="LastReply">The last answer, safe to show.</param>
[Outcome]
internal sealed record AttemptResult(NextStep Next, IReadOnlyList<string> Remaining, string LastReply)
{
    /// <summary>Until the next try.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>What goes to the quarantine with a poison message, or null.</summary>
    public QuarantineReason? Evidence { get; init; }

    /// <summary>How far the parcel has come with its recipients; for <see cref="NextStep.GoOn"/>.</summary>
    public RecipientRound? Round { get; init; }

    /// <summary>A notification for the sender that is in the spool and has to be delivered, or null.</summary>
    public Work? Bounce { get; init; }
}
