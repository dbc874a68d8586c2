using Gateway.Mime.Rules.Framing;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about line ends, octets and the end of data.</summary>
internal static class FramingRules
{
    public static Rule[] All =>
    [
        new(RuleCode.NonstandardEndOfData, "nonstandard-end-of-data", Reject)
        {
            FirmFrom = Allow,
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(WireFlaws)],
            // What is forwarded must be one message for every host behind.
            Mildest = Quarantine,
            Clause = "RFC 5321 4.1.1.4, 2.3.8",
            Summary = "A line that holds only a dot and is delimited by anything but CRLF on both sides (LF.LF, LF.CRLF, CRLF.LF, CR.CR, ...), or a lone dot beside a NUL.",
            Danger = "SMTP smuggling: a server that takes it as the end of the message reads the rest as new commands with the sender's authority (CVE-2023-51764 Postfix, -51765 Sendmail, -51766 Exim, CVE-2024-27305 aiosmtpd).",
            Repair = "End every line with CR LF and dot-stuff lines that begin with a dot.",
            Example = "text\\n.\\nMAIL FROM:<eve@example.net>\\r\\n",
            EnhancedCode = "5.5.2",
            ReplyText = "Lone dot not delimited by CRLF",
        },
        new(RuleCode.BareLf, "bare-lf", Reject)
        {
            FirmFrom = Allow,
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5321 2.3.8, 4.1.1.4; RFC 5322 2.3",
            Summary = "LF that no CR precedes, anywhere in the message.",
            Danger = "It carries SMTP smuggling; forwarded unchanged it makes this host the attacker's relay.",
            Repair = "Send CR LF at the end of every line; do not pipe a file with Unix line ends into DATA.",
            Example = "line one\\nline two\\r\\n",
            EnhancedCode = "5.6.11",
            ReplyText = "Message contains bare LF",
        },
        new(RuleCode.BareCr, "bare-cr", Reject)
        {
            FirmFrom = Allow,
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5321 2.3.8; RFC 5322 2.3; RFC 7103 6",
            Summary = "CR that no LF follows, anywhere in the message.",
            Danger = "Some servers take it for a line end: header injection and smuggling (CVE-2026-33604 Dovecot).",
            Repair = "Send CR only as part of CR LF; encode binary content as base64.",
            Example = "line one\\rline two\\r\\n",
            EnhancedCode = "5.6.11",
            ReplyText = "Message contains bare CR",
        },
        new(RuleCode.NulByte, "nul-byte", Quarantine)
        {
            FirmFrom = Reject,
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5321 4.5.2; RFC 5322 4.1; RFC 2045 2.7; RFC 7103 7.6",
            Summary = "Octet 0 in the message; in the body of a message sent by BDAT with BODY=BINARYMIME it is allowed.",
            Grades = "quarantine in the body; reject in the header",
            Danger = "Readers written in C end the string there and others do not, so they see different messages.",
            Repair = "Encode binary content as base64.",
            Example = "Subject: a\\0b",
            ReplyText = "Message header contains NUL",
        },
        new(RuleCode.LineTooLong, "line-too-long", Quarantine)
        {
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5322 2.1.1; RFC 5321 4.5.3.1.6",
            Summary = "A line of more than 998 octets without its CRLF.",
            Thresholds = new RuleThresholds(998, 64 * 1024, 1024 * 1024, "octets"),
            Danger = "Relays fold long lines, which breaks signatures and base64 and can split a delimiter; a line without end is memory without end.",
            Repair = "Use quoted-printable or base64 and fold header fields.",
            Example = "a body of 100,000 characters without line end",
            ReplyText = "Line too long",
        },
        new(RuleCode.LeadingContinuation, "leading-continuation", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5322 2.2.3",
            Summary = "The first line of the message starts with white space: a continuation of nothing.",
            Danger = "Some readers take it as the body, some as a field, some stop.",
            Repair = "Start the message with a header field.",
            Example = " folded: nothing\\r\\nFrom: ada@example.org",
            ReplyText = "Message starts with a continuation line",
            ExplainsStructure = true,
        },
        new(RuleCode.Utf8Bom, "utf8-bom", Tag)
        {
            // A header in UTF-16 is not read.
            FirmFrom = Reject,
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(WireFlaws)],
            Clause = "RFC 5322 2.2; RFC 6532 3",
            Summary = "A byte order mark before the first header field.",
            Grades = "tag for UTF-8; reject for UTF-16 and UTF-32, which is no mail at all",
            Danger = "Some readers skip it, others take it as part of the first field's name.",
            Repair = "Write the message without byte order mark.",
            Example = "\\xef\\xbb\\xbfFrom: ada@example.org",
            ReplyText = "Message is not in an ASCII-compatible encoding",
        },
        new(RuleCode.BoundaryLinebreakMixed, "boundary-linebreak-mixed", Tag)
        {
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(LineEnds)],
            Clause = "RFC 5321 2.3.8; RFC 2046 4.1.1",
            Summary = "Lines of one part end partly in CRLF and partly in LF. It shows where bare-lf is switched off.",
            Danger = "Readers disagree which lines are delimiters.",
            Example = @"one\r\ntwo\nthree\r\n",
            Repair = "Convert all line ends before encoding and signing.",
            ReplyText = "Mixed line ends in one part",
        },
        new(RuleCode.MissingFinalCrlf, "missing-final-crlf", Allow)
        {
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(LineEnds)],
            Clause = "RFC 5321 4.1.1.4",
            Summary = "The last line of the message has no CRLF; only BDAT and files can carry that. It is forwarded exactly.",
            Danger = "A relay that adds the missing line end breaks signatures.",
            Example = @"last line",
            Repair = "End the last line as all others.",
            ReplyText = "Last line without CRLF",
        },
        new(RuleCode.LineEndsNormalized, "line-ends-normalized", Tag)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 2.3.8",
            Summary = "Bare CR or bare LF from a client of Relay:BareLineEndNetworks; each became CRLF before the message was inspected, and offsets count the result.",
            Danger = "The octets delivered are not those that were sent: a signature over them may fail, and a bare CR that was no line end splits its line.",
            Repair = "Send CR LF at the end of every line, then take the client out of the exception.",
            Example = "line one\\nline two\\r\\n from 192.0.2.7, which is in Relay:BareLineEndNetworks",
            External = true,
            EnhancedCode = "5.6.11",
            ReplyText = "Message contains bare CR or LF",
        },
    ];
}
