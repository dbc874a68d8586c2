using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about how a client or a next hop behaves.</content>
internal static partial class SessionRules
{
    private const string BySession = "the session is ended with 421 whatever the policy says; the limits are those of Gateway:Limits";

    private static Rule[] Conduct =>
    [
        new(RuleCode.DownstreamPoison, "downstream-poison", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "none: observed behaviour",
            Summary = "The next host drops the connection or fails at end-of-data for this message repeatedly while other messages pass.",
            Danger = "One message wedges the outbound queue.",
            Repair = "Find what the next host chokes on before releasing the message.",
            Example = "the next host drops the connection twice at the end of this message only",
            External = true,
            ReplyText = "Message breaks the next host",
        },
        new(RuleCode.MessageTooLarge, "message-too-large", Reject)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 1870 6; RFC 5321 4.5.3.1.9",
            Summary = "The message is larger than the limit of this host, by its SIZE parameter or as counted.",
            Danger = "Memory, disk and time of every host behind.",
            Repair = "Send large files by other means.",
            Example = "MAIL FROM:<ada@example.org> SIZE=99999999999",
            External = true,
            ReplyCode = 552,
            EnhancedCode = "5.3.4",
            ReplyText = "Message too large",
        },
        new(RuleCode.DotStuffingError, "dot-stuffing-error", Allow)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.5.2",
            Summary = "A line in DATA started with one dot and other text: the client did not double it. The dot is removed, as the standard has it.",
            Danger = "The line loses its first octet: harmless in text, ruin for signatures.",
            Example = @".profile is not read\r\n",
            Repair = "Double a dot at the start of a line.",
            External = true,
            ReplyText = "Leading dot not doubled",
        },
        new(RuleCode.HeloAnomaly, "helo-anomaly", Tag)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.1.1.1, 4.1.3, 4.1.4",
            Summary = "A HELO or EHLO argument that is no domain and no address literal, a literal of another address than the client's, or this host's own name.",
            Danger = "Software that cannot say its name is rarely a mail server; ours in another's mouth slips past filters.",
            Example = @"EHLO 192.0.2.1\r\n",
            Repair = "Greet with a host name that DNS knows, or with the address in brackets.",
            External = true,
            ReplyText = "Invalid greeting name",
        },
        new(RuleCode.NullSenderMultiRcpt, "null-sender-multi-rcpt", Tag)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.5.5, 6.1",
            Summary = "MAIL FROM:<> with more than one recipient: a bounce goes to the one sender of a message.",
            Danger = "The null sender is exempt from many checks; spam uses it.",
            Example = @"MAIL FROM:<> RCPT TO:<a@example.org> RCPT TO:<b@example.org>",
            Repair = "Send each bounce to one recipient.",
            External = true,
            EnhancedCode = "5.5.3",
            ReplyText = "Null sender with several recipients",
        },
        new(RuleCode.VrfyFlood, "vrfy-flood", Reject)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5321 4.5.4.1",
            Summary = "More VRFY, RSET, NOOP and other commands without mail in one session than Limits:JunkCommands (rset-flood is the same).",
            Grades = BySession,
            Danger = "It harvests addresses and keeps a session busy.",
            Example = @"VRFY a\r\nVRFY b\r\nVRFY c\r\n ...",
            Repair = "Send mail in the session, or leave it.",
            External = true,
            ReplyCode = 421,
            EnhancedCode = "4.7.0",
            ReplyText = "Too many commands without mail",
        },
        new(RuleCode.SlowData, "slow-data", Reject)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5321 4.5.3.2",
            Summary = "A message that comes slower than Limits:MinimumRate or takes longer than Limits:MessageTimeout.",
            Grades = BySession,
            Danger = "Few clients hold all sessions open for hours (slowloris).",
            Example = @"one octet a second",
            Repair = "Send a message as fast as the connection allows.",
            External = true,
            ReplyCode = 421,
            EnhancedCode = "4.4.2",
            ReplyText = "Message comes too slowly",
        },
        new(RuleCode.ConnectionFlood, "connection-flood", Reject)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5321 4.5.4.1, 7.8",
            Summary = "More sessions at a time than Limits:ClientConnections, or more in a minute than Limits:ClientConnectionRate, from one client.",
            Grades = BySession,
            Danger = "One client takes the sessions of all others.",
            Example = @"101 connections from 192.0.2.1 at once",
            Repair = "Send several messages in one session.",
            External = true,
            ReplyCode = 421,
            EnhancedCode = "4.7.0",
            ReplyText = "Too many connections",
        },
    ];
}
