using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about commands and envelopes.</content>
internal static partial class SessionRules
{
    private const string ByServer = "the server refuses it whatever the policy says, before there is a message to judge";

    private static Rule[] Commands =>
    [
        new(RuleCode.CommandPipeliningAbuse, "command-pipelining-abuse", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 2920 3.1; RFC 3207 4.2; RFC 5321 4.3",
            Summary = "Octets behind EHLO, DATA, STARTTLS or AUTH before our reply to it, or before the greeting.",
            Grades = ByServer + "; behind STARTTLS nothing that came in clear is ever read",
            Danger = "Commands injected in front of the encryption are run inside it (CVE-2011-0411); content runs as commands when DATA is refused.",
            Example = @"STARTTLS\r\nMAIL FROM:<eve@example.net>\r\n",
            Repair = "Wait for the reply where RFC 2920 says so, and for the greeting.",
            External = true,
            ReplyCode = 554,
            EnhancedCode = "5.5.1",
            ReplyText = "Error: SMTP protocol synchronization",
        },
        new(RuleCode.CommandLineTooLong, "command-line-too-long", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.5.3.1.1 to 4.5.3.1.4",
            Summary = "A command line over 2,048 octets, a path over 900 or a domain over 255 octets. A local part is bounded by its path only.",
            Grades = ByServer + "; an address over its length is answered 501 5.1.7 or 5.1.3",
            Danger = "Fixed buffers of hosts behind.",
            Example = @"RCPT TO:<aaaaaaaaaaaaaaaa ... 900 letters@example.org>\r\n",
            Repair = "Keep to the lengths of RFC 5321.",
            External = true,
            ReplyCode = 500,
            EnhancedCode = "5.5.2",
            ReplyText = "Error: line too long",
        },
        new(RuleCode.MalformedCommand, "malformed-command", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.1.1, 4.1.2; RFC 6531 3.3",
            Summary = "MAIL or RCPT outside the grammar: control or 8-bit octets in a path, a bad address literal, CR or LF in a quoted local part, an unknown or repeated parameter.",
            Grades = ByServer + "; an unknown parameter is answered 555 5.5.4, a control character 500 5.5.2, and after Limits:Errors of them 421 ends the session",
            Danger = "An address that is written on unchecked injects commands into the next session (GHSA-g7hc-96xr-gvvx).",
            Example = @"MAIL FROM:<""a\r\nRCPT TO:<eve""@example.net>\r\n",
            Repair = "Write addresses in angle brackets by the grammar of RFC 5321.",
            External = true,
            ReplyCode = 501,
            EnhancedCode = "5.5.4",
            ReplyText = "Syntax: MAIL FROM:<address>",
        },
        new(RuleCode.BdatFraming, "bdat-framing", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 3030 2 to 4",
            Summary = "BDAT with a count nobody can read, other commands than BDAT and RSET between chunks, or DATA for BINARYMIME.",
            Grades = ByServer + "; a count that cannot be read ends the session, because nobody knows where its octets end",
            Danger = "Octets of a chunk run as commands; a malformed BDAT stopped Microsoft's SMTP service (CVE-2002-0055).",
            Example = @"BDAT 10\r\n0123456789DATA\r\n",
            Repair = "Send the count in digits, all chunks in a row, and LAST with the last.",
            External = true,
            ReplyCode = 503,
            EnhancedCode = "5.5.1",
            ReplyText = "Error: only BDAT or RSET after BDAT",
        },
        new(RuleCode.BodyTypeMismatch, "body-type-mismatch", Allow)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 6152 3; RFC 3030 3; RFC 2045 2.8",
            Summary = "Octets above 127 behind the header of a message that was not declared BODY=8BITMIME or BINARYMIME.",
            Grades = "counted only; what becomes of it where no next host offers 8BITMIME is the setting EightBit of the route",
            Danger = "A host without 8BITMIME refuses the message or converts it, which breaks its signatures.",
            Example = @"MAIL FROM:<ada@example.org>\r\n ... gr\xc3\xbc\xc3\x9fe",
            Repair = "Say BODY=8BITMIME, or encode the text.",
            External = true,
            ReplyCode = 554,
            EnhancedCode = "5.6.3",
            ReplyText = "8-bit content was not declared",
        },
        new(RuleCode.Smtputf8Mismatch, "smtputf8-mismatch", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 6531 3.4, 3.5; RFC 6532 3.2",
            Summary = "An address beyond US-ASCII in MAIL or RCPT of a transaction without SMTPUTF8. Undeclared UTF-8 in header fields is 8bit-in-header.",
            Grades = ByServer,
            Danger = "Hosts behind that know no such addresses garble them, and answer to somebody else.",
            Example = @"MAIL FROM:<j\xc3\xb6rg@example.org>\r\n",
            Repair = "Say SMTPUTF8 in MAIL.",
            External = true,
            ReplyCode = 553,
            EnhancedCode = "5.6.7",
            ReplyText = "Non-ASCII address needs SMTPUTF8",
        },
        new(RuleCode.TooManyRecipients, "too-many-recipients", Reject)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5321 4.5.3.1.8, 4.5.3.1.10",
            Summary = "More recipients in one transaction than Limits:Recipients. Those before are served; the client sends the others in another transaction.",
            Grades = ByServer,
            Danger = "One message multiplies in the queues of all hosts behind.",
            Example = @"RCPT TO:<1001@example.org>\r\n",
            Repair = "Send to at most a thousand at a time.",
            External = true,
            ReplyCode = 452,
            EnhancedCode = "4.5.3",
            ReplyText = "Error: too many recipients",
        },
    ];
}
