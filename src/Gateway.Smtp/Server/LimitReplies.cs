using System.Collections.Frozen;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>The replies that a limit gives, and what each means in the log and the metrics.</summary>
/// <remarks>All are 4xx: a limit says "not now". Source: RFC 5321 section 4.5.3, RFC 5248; the choice of codes follows Postfix.</remarks>
internal static class LimitReplies
{
    /// <summary>One client has as many sessions as it may.</summary>
    public static SmtpReply ClientConnections { get; } = Make(421, 7, 0, "Error: too many connections from your network, try again later");

    /// <summary>One client connects too often.</summary>
    public static SmtpReply ConnectionRate { get; } = Make(421, 7, 0, "Error: too frequent connections from your network, try again later");

    /// <summary>One client sends too many messages.</summary>
    public static SmtpReply MessageRate { get; } = Make(450, 7, 1, "Error: too many messages from your network, try again later");

    /// <summary>One client names too many recipients.</summary>
    public static SmtpReply RecipientRate { get; } = Make(450, 7, 1, "Error: too many recipients from your network, try again later");

    /// <summary>One login sends too many messages.</summary>
    public static SmtpReply LoginRate { get; } = Make(450, 7, 1, "Error: too many messages of your login, try again later");

    /// <summary>Commands that bring no mail (rules <c>vrfy-flood</c> and <c>rset-flood</c>).</summary>
    public static SmtpReply JunkCommands { get; } = Make(421, 7, 0, "Error: too many commands without mail, closing connection");

    /// <summary>More messages than a session may bring (RFC 9422, MAILMAX): the next ones come over a new connection.</summary>
    public static SmtpReply SessionMessages { get; } = Make(421, 7, 0, "Error: too many messages in one session, closing connection");

    /// <summary>A message comes too slowly (rule <c>slow-data</c>).</summary>
    public static SmtpReply TooSlow { get; } = Make(421, 4, 2, "Error: too little data in too long a time, closing connection");

    /// <summary>A message is not over in the time for one message.</summary>
    public static SmtpReply MessageTimeout { get; } = Make(421, 4, 2, "Error: message took too long, closing connection");

    /// <summary>The session is older than a session may grow.</summary>
    public static SmtpReply SessionTooLong { get; } = Make(421, 4, 2, "Error: session too long, closing connection");

    private static readonly FrozenDictionary<SmtpReply, SessionNotes> Meanings = new Dictionary<SmtpReply, SessionNotes>
    {
        [ClientConnections] = SessionNotes.ClientConnections,
        [ConnectionRate] = SessionNotes.ConnectionRate,
        [MessageRate] = SessionNotes.MessageRate,
        [RecipientRate] = SessionNotes.RecipientRate,
        [LoginRate] = SessionNotes.LoginRate,
        [Replies.AuthRequired] = SessionNotes.AuthRequired,
        [JunkCommands] = SessionNotes.JunkCommands,
        [SessionMessages] = SessionNotes.SessionMessages,
        [TooSlow] = SessionNotes.TooSlow,
        [SessionTooLong] = SessionNotes.SessionTooLong,
        [MessageTimeout] = SessionNotes.MessageTimeout,
        [Replies.TooManyConnections] = SessionNotes.Connections,
        [Replies.TooManyErrors] = SessionNotes.TooManyErrors,
        [Replies.TooManyRecipients] = SessionNotes.TooManyRecipients,
        [Replies.TimedOut] = SessionNotes.TimedOut,
        [Replies.ServiceUnavailable] = SessionNotes.Unavailable,
        [Replies.LocalError] = SessionNotes.Unavailable,
        [Replies.TooManyAuthFailures] = SessionNotes.TooManyAuthFailures,
        [Replies.AuthLineTooLong] = SessionNotes.LineTooLong,
        [Replies.InsufficientStorage] = SessionNotes.NoStorage,
        [Replies.MessageTooLarge] = SessionNotes.TooLarge,
        [Replies.NotSynchronized] = SessionNotes.NotSynchronized,
        [Replies.BareLineFeed] = SessionNotes.BareLineFeed,
        [Replies.BadCommandBytes] = SessionNotes.ControlCharacters,
        [Replies.LineTooLong] = SessionNotes.LineTooLong,
    }.ToFrozenDictionary();

    /// <summary>What a reply means for the notes of its session.</summary>
    public static SessionNotes Meaning(SmtpReply reply) => reply.Code < 400 ? SessionNotes.None : Meanings.GetValueOrDefault(reply);

    private static SmtpReply Make(int code, int subject, int detail, string text) => new(code, new EnhancedCode(4, subject, detail), text);
}
