using System.Globalization;

namespace Gateway.Smtp.Protocol;

/// <summary>The catalogue of replies this server ever sends on its own; what a message's verdict answers comes from the rule catalogue.</summary>
/// <remarks>
/// Texts are short and bland: the reason lies in the log, under the id. Faults of ours are always 4xx, never 5xx.
/// Source: RFC 5321 section 4.2, RFC 3463 and RFC 5248 (enhanced codes).
/// </remarks>
public static class Replies
{
    /// <summary>MAIL accepted.</summary>
    public static SmtpReply SenderOk { get; } = Make(250, "2.1.0", "Ok");

    /// <summary>RCPT accepted.</summary>
    public static SmtpReply RecipientOk { get; } = Make(250, "2.1.5", "Ok");

    /// <summary>RSET, NOOP.</summary>
    public static SmtpReply Ok { get; } = Make(250, "2.0.0", "Ok");

    /// <summary>QUIT.</summary>
    public static SmtpReply Bye { get; } = Make(221, "2.0.0", "Bye");

    /// <summary>DATA: the message may come.</summary>
    public static SmtpReply StartMailInput { get; } = new(354, default, "End data with <CR><LF>.<CR><LF>");

    /// <summary>BDAT: the chunk was taken, more may come.</summary>
    public static SmtpReply ChunkOk { get; } = Make(250, "2.0.0", "Ok, chunk received");

    /// <summary>BDAT whose count cannot be read (rule <c>bdat-framing</c>): nobody knows where its octets end.</summary>
    public static SmtpReply BadChunk { get; } = Make(501, "5.5.4", "Syntax: BDAT count [LAST], closing connection");

    /// <summary>MAIL, RCPT or DATA after the first chunk (RFC 3030 section 2, rule <c>bdat-framing</c>).</summary>
    public static SmtpReply ChunksBegun { get; } = Make(503, "5.5.1", "Error: only BDAT or RSET after BDAT");

    /// <summary>DATA for content declared BINARYMIME (RFC 3030 section 3).</summary>
    public static SmtpReply BinaryNeedsBdat { get; } = Make(503, "5.5.1", "Error: BODY=BINARYMIME needs BDAT");

    /// <summary>VRFY: RFC 5321 section 3.5.3 allows 252; we never tell who exists.</summary>
    public static SmtpReply CannotVerify { get; } = Make(252, "2.1.5", "Cannot VRFY user, but will take the message");

    /// <summary>VRFY without an argument.</summary>
    public static SmtpReply BadVerify { get; } = Make(501, "5.5.4", "Syntax: VRFY address");

    /// <summary>HELP: the commands we take.</summary>
    public static SmtpReply Help { get; } = Make(
        214,
        "2.0.0",
        "Commands: " + string.Join(' ', CommandTable.Rows.Where(r => r.Verb is not (SmtpVerb.Unknown or SmtpVerb.Expn or SmtpVerb.XClient or SmtpVerb.XForward)).Select(r => r.Name)));

    /// <summary>A command that exists and is switched off.</summary>
    public static SmtpReply NotImplemented { get; } = Make(502, "5.5.1", "Command not implemented");

    /// <summary>A command that does not exist.</summary>
    public static SmtpReply UnknownCommand { get; } = Make(500, "5.5.2", "Error: command not recognized");

    /// <summary>A control character in a command line.</summary>
    public static SmtpReply BadCommandBytes { get; } = Make(500, "5.5.2", "Error: control character in command");

    /// <summary>A command line that ends in LF alone (rule <c>bare-lf</c>).</summary>
    public static SmtpReply BareLineFeed { get; } = Make(500, "5.5.2", "Error: command line must end in <CR><LF>");

    /// <summary>A command line over the limit (rule <c>command-line-too-long</c>).</summary>
    public static SmtpReply LineTooLong { get; } = Make(500, "5.5.2", "Error: line too long");

    /// <summary>HELO or EHLO without a usable name.</summary>
    public static SmtpReply BadHello { get; } = Make(501, "5.5.4", "Syntax: EHLO hostname");

    /// <summary>MAIL that does not follow the grammar (rule <c>malformed-command</c>).</summary>
    public static SmtpReply BadMail { get; } = Make(501, "5.5.4", "Syntax: MAIL FROM:<address>");

    /// <summary>RCPT that does not follow the grammar.</summary>
    public static SmtpReply BadRecipient { get; } = Make(501, "5.5.4", "Syntax: RCPT TO:<address>");

    /// <summary>The reverse-path is no address.</summary>
    public static SmtpReply BadSenderAddress { get; } = Make(501, "5.1.7", "Bad sender address syntax");

    /// <summary>The forward-path is no address.</summary>
    public static SmtpReply BadRecipientAddress { get; } = Make(501, "5.1.3", "Bad recipient address syntax");

    /// <summary>An argument where none belongs.</summary>
    public static SmtpReply NoArgumentAllowed { get; } = Make(501, "5.5.4", "Syntax error: no argument expected");

    /// <summary>A parameter that is not <c>keyword[=value]</c>, or twice the same.</summary>
    public static SmtpReply BadParameterSyntax { get; } = Make(501, "5.5.4", "Bad parameter syntax");

    /// <summary>A value that the parameter does not allow.</summary>
    public static SmtpReply BadParameterValue { get; } = Make(501, "5.5.4", "Bad parameter value");

    /// <summary>RFC 5321 section 4.1.1.11: a parameter that was not offered.</summary>
    public static SmtpReply ParameterNotOffered { get; } = Make(555, "5.5.4", "Unsupported parameter");

    /// <summary>MAIL, RCPT or DATA before HELO.</summary>
    public static SmtpReply HelloFirst { get; } = Make(503, "5.5.1", "Error: send HELO/EHLO first");

    /// <summary>MAIL inside a transaction.</summary>
    public static SmtpReply NestedMail { get; } = Make(503, "5.5.1", "Error: nested MAIL command");

    /// <summary>RCPT or DATA outside of a transaction.</summary>
    public static SmtpReply MailFirst { get; } = Make(503, "5.5.1", "Error: need MAIL command");

    /// <summary>DATA when no recipient was accepted.</summary>
    public static SmtpReply NoValidRecipients { get; } = Make(554, "5.5.1", "Error: no valid recipients");

    /// <summary>A non-ASCII address without SMTPUTF8 (RFC 6531 section 3.5).</summary>
    public static SmtpReply NeedsSmtpUtf8 { get; } = Make(553, "5.6.7", "Non-ASCII address needs SMTPUTF8");

    /// <summary>SIZE= declared or octets counted beyond the limit (RFC 1870 section 6, rule <c>message-too-large</c>).</summary>
    public static SmtpReply MessageTooLarge { get; } = Make(552, "5.3.4", "Message size exceeds fixed limit");

    /// <summary>More recipients than one transaction may have (RFC 5321 section 4.5.3.1.10).</summary>
    public static SmtpReply TooManyRecipients { get; } = Make(452, "4.5.3", "Error: too many recipients");

    /// <summary>The client may not send to this recipient through us.</summary>
    public static SmtpReply RelayDenied { get; } = Make(550, "5.7.1", "Relay access denied");

    /// <summary>The client spoke although it had to wait (rule <c>command-pipelining-abuse</c>).</summary>
    public static SmtpReply NotSynchronized { get; } = Make(554, "5.5.1", "Error: SMTP protocol synchronization");

    /// <summary>More errors than a session may make.</summary>
    public static SmtpReply TooManyErrors { get; } = Make(421, "4.7.0", "Error: too many errors, closing connection");

    /// <summary>The client was silent, or too slow, for longer than the limit.</summary>
    public static SmtpReply TimedOut { get; } = Make(421, "4.4.2", "Error: timeout exceeded, closing connection");

    /// <summary>The server stops or sheds load.</summary>
    public static SmtpReply ShuttingDown { get; } = Make(421, "4.3.2", "Service shutting down, closing connection");

    /// <summary>More connections than the server takes.</summary>
    public static SmtpReply TooManyConnections { get; } = Make(421, "4.3.2", "Too many connections, try again later");

    /// <summary>The spool cannot take mail.</summary>
    public static SmtpReply ServiceUnavailable { get; } = Make(421, "4.3.2", "Service not available, try again later");

    /// <summary>An internal fault, or stable storage failed: the client keeps the message and tries again.</summary>
    public static SmtpReply LocalError { get; } = Make(451, "4.3.0", "Temporary local problem, try again later");

    /// <summary>A fault of ours that the session cannot survive.</summary>
    public static SmtpReply InternalFault { get; } = Make(421, "4.3.0", "Temporary local problem, closing connection");

    /// <summary>The disk is too full to take more.</summary>
    public static SmtpReply InsufficientStorage { get; } = Make(452, "4.3.1", "Insufficient system storage");

    /// <summary>The message is on stable storage under this id.</summary>
    [AcceptsMail]
    public static SmtpReply Queued(string id) => new(250, new EnhancedCode(2, 0, 0), $"Ok: queued as {id}");

    /// <summary>STARTTLS: the handshake may begin.</summary>
    public static SmtpReply ReadyToStartTls { get; } = Make(220, "2.0.0", "Ready to start TLS");

    /// <summary>STARTTLS under TLS.</summary>
    public static SmtpReply AlreadyEncrypted { get; } = Make(503, "5.5.1", "Error: TLS already active");

    /// <summary>RFC 3207 section 4: encryption is required before this command.</summary>
    public static SmtpReply MustStartTls { get; } = Make(530, "5.7.0", "Must issue a STARTTLS command first");

    /// <summary>RFC 4954 section 6: the listener takes mail of clients only that have authenticated.</summary>
    public static SmtpReply AuthRequired { get; } = Make(530, "5.7.0", "Authentication required");

    /// <summary>AUTH succeeded.</summary>
    public static SmtpReply Authenticated { get; } = Make(235, "2.7.0", "Authentication successful");

    /// <summary>AUTH failed; the same for a wrong name and a wrong password.</summary>
    public static SmtpReply AuthFailed { get; } = Make(535, "5.7.8", "Authentication credentials invalid");

    /// <summary>AUTH failed too often.</summary>
    public static SmtpReply TooManyAuthFailures { get; } = Make(421, "4.7.0", "Error: too many authentication failures, closing connection");

    /// <summary>AUTH in clear.</summary>
    public static SmtpReply EncryptionRequired { get; } = Make(538, "5.7.11", "Encryption required for authentication");

    /// <summary>AUTH with a mechanism that was not offered.</summary>
    public static SmtpReply UnknownMechanism { get; } = Make(504, "5.5.4", "Unrecognized authentication type");

    /// <summary>AUTH for the second time.</summary>
    public static SmtpReply AlreadyAuthenticated { get; } = Make(503, "5.5.1", "Error: already authenticated");

    /// <summary>AUTH behind HELO, or in a transaction.</summary>
    public static SmtpReply NoAuthNow { get; } = Make(503, "5.5.1", "Error: AUTH not permitted now");

    /// <summary>AUTH without a mechanism.</summary>
    public static SmtpReply BadAuth { get; } = Make(501, "5.5.4", "Syntax: AUTH mechanism");

    /// <summary>A response that is no base64 or does not follow its mechanism.</summary>
    public static SmtpReply BadAuthResponse { get; } = Make(501, "5.5.2", "Cannot decode response");

    /// <summary>The client sent * (RFC 4954 section 4).</summary>
    public static SmtpReply AuthCancelled { get; } = Make(501, "5.7.0", "Authentication cancelled");

    /// <summary>A response over the limit of lines.</summary>
    public static SmtpReply AuthLineTooLong { get; } = Make(500, "5.5.6", "Authentication exchange line is too long");

    /// <summary>XCLIENT or XFORWARD from a host that may not speak for others.</summary>
    public static SmtpReply NotAuthorized { get; } = Make(550, "5.7.0", "Error: insufficient authorization");

    /// <summary>XCLIENT or XFORWARD with an attribute that does not exist, or a value that it does not allow.</summary>
    public static SmtpReply BadAttribute { get; } = Make(501, "5.5.4", "Error: bad attribute name or value");

    /// <summary>XCLIENT or XFORWARD in a transaction.</summary>
    public static SmtpReply TransactionOpen { get; } = Make(503, "5.5.1", "Error: MAIL transaction in progress");

    /// <summary>The greeting.</summary>
    public static SmtpReply Greeting(string hostName) => new(220, default, $"{hostName} ESMTP");

    private static SmtpReply Make(int code, string enhanced, string text) =>
        EnhancedCode.TryParse(enhanced, out EnhancedCode value, out _)
            ? new SmtpReply(code, value, text)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Bad enhanced code '{enhanced}'."));
}
