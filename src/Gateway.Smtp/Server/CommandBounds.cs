using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Counts the commands of a session by what they bring, and refuses those over a rate.</summary>
/// <remarks>Threads: its session's.</remarks>
internal sealed class CommandBounds(SmtpPeer peer, Greetings greetings, SessionOutcome outcome)
{
    private int _junk;
    private int _messagesAtJunk;

    /// <summary>What the client has taken of its limits; null for a client that is not limited.</summary>
    public ClientAccount? Account { get; set; }

    /// <summary>Where the session is counted; null before it was let in.</summary>
    public SessionRegistry? Registry { get; set; }

    /// <summary>The reply to a command that the client or the login may not give now; null when it may.</summary>
    public SmtpReply? OverRate(SmtpVerb verb) => Account?.Refuse(verb, greetings.Profile.Clients)
        ?? (verb == SmtpVerb.Mail && peer.AuthenticatedUser is string login ? Registry?.RefuseLogin(login, greetings.Profile.Clients) : null);

    /// <summary>Counts a command that was carried out; the reply may become another when there were too many of its kind.</summary>
    public SmtpReply Count(SmtpVerb verb, SmtpReply reply)
    {
        outcome.Tally.Count(verb, reply.Code < 400);
        if (outcome.Messages != _messagesAtJunk)
        {
            _messagesAtJunk = outcome.Messages;
            _junk = 0;
        }

        if (!IsJunk(verb) || ++_junk <= greetings.Profile.Limits.JunkCommands)
        {
            return reply;
        }

        outcome.End(SessionEnd.TooManyErrors);
        return LimitReplies.JunkCommands;
    }

    /// <summary>The reply to a command that is not legal where the session stands.</summary>
    public static SmtpReply OutOfOrder(SmtpVerb verb, SessionPhase phase) =>
        phase == SessionPhase.Greeted ? Replies.HelloFirst
        : phase == SessionPhase.Chunks ? Replies.ChunksBegun
        : verb is SmtpVerb.XClient or SmtpVerb.XForward ? Replies.TransactionOpen
        : verb == SmtpVerb.Mail ? Replies.NestedMail : Replies.MailFirst;

    /// <summary>Commands that bring no mail nearer (RFC 5321 section 7.8 leaves their number to us).</summary>
    private static bool IsJunk(SmtpVerb verb) =>
        verb is SmtpVerb.Noop or SmtpVerb.Rset or SmtpVerb.Vrfy or SmtpVerb.Expn or SmtpVerb.Help or SmtpVerb.Helo or SmtpVerb.Ehlo;
}
