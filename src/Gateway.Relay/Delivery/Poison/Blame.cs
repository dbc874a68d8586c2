using Gateway.Relay.Message;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery.Poison;

/// <summary>What one failed attempt says against the message.</summary>
internal enum Strike
{
    /// <summary>Nothing: it failed before its end of data, nothing else passed, or the host answered 4xx.</summary>
    None = 0,

    /// <summary>Something, but others failed with it.</summary>
    Half = 2,

    /// <summary>It failed alone while others passed.</summary>
    Full = 3,
}

/// <summary>Judges from the journal of a message whether it is poison: a pure reading, nothing is remembered here.</summary>
/// <remarks>Two full strikes, or three halves, are poison.</remarks>
internal static class Blame
{
    private const int Poison = 2 * (int)Strike.Full;

    /// <summary>A host that closes the connection sooner than this crashed; later, it hung first.</summary>
    private const double CrashSeconds = 2;

    /// <summary>Attempts that begin within this time of each other may have met one and the same trouble of the host.</summary>
    public static readonly TimeSpan SameEvent = TimeSpan.FromSeconds(10);

    /// <summary>Others that failed are a common trouble when there is more than one for so many that passed.</summary>
    private const int Exceptional = 4;

    /// <summary>True when the message is the one thing that these attempts have in common.</summary>
    public static bool Convicts(IReadOnlyList<AttemptNote> journal)
    {
        int sum = 0;
        foreach (AttemptNote note in journal)
        {
            sum += (int)Weigh(note);
        }

        return sum >= Poison;
    }

    /// <summary>True when the host had the content, or part of it, and hung, dropped the connection or answered with no SMTP reply.</summary>
    public static bool BrokeOff(AttemptNote note) => note.Step >= DeliveryStep.Body
        && note.Outcome is DeliveryOutcome.TimedOut or DeliveryOutcome.Disconnected or DeliveryOutcome.ProtocolError;

    /// <summary>True when the message travels as a suspect from now on: it broke off, or its 4xx came late and gives no other reason.</summary>
    public static bool IsSuspicious(AttemptNote note) => BrokeOff(note)
        || (note is { Step: >= DeliveryStep.Body, Outcome: DeliveryOutcome.Deferred, IsLate: true, NamesCause: false });

    /// <summary>What a note says against its message.</summary>
    public static Strike Weigh(AttemptNote note)
    {
        // A host that answers 4xx works, and asks to come again (RFC 5321 section 4.2.1): greylisting looks like that too.
        if (!BrokeOff(note) || note.Step < DeliveryStep.FinalDot || note.Passed == 0)
        {
            return Strike.None;
        }

        if (note.Seconds < CrashSeconds)
        {
            // A host that crashes drops all its connections: who stood nearby is no more to blame than a witness,
            // and two drops on the heels of each other are hardly two proofs.
            return note is { Dropped: 0, AtOnce: false } ? Strike.Full : Strike.Half;
        }

        return note.Failed * Exceptional <= note.Passed ? Strike.Full : Strike.Half;
    }

    /// <summary>True for a 4xx whose enhanced code names an address, a mailbox, a policy, a full system or too many recipients.</summary>
    public static bool NamesCause(SmtpReply? reply) => reply is { IsTransient: true } && reply.Enhanced is { IsNone: false } code
        && (code.Subject is 1 or 2 or 4 or 7 || (code.Subject == 3 && code.Detail is 1 or 2) || (code.Subject == 5 && code.Detail == 3));
}
