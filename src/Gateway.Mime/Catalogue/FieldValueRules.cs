using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about what stands in header fields: octets, lines, encoded words, dates and identifiers.</summary>
internal static class FieldValueRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.HeaderLineTooLong, "header-line-too-long", Tag)
        {
            Category = RuleCategory.HeaderSyntax,
            Clause = "RFC 5322 2.1.1",
            Summary = "One physical line in the header of the message is longer than 998 octets without its line end.",
            Example = "References: <1@example.org> <2@example.org> ... 1,200 characters without a fold",
            Thresholds = new RuleThresholds(998, null, null, "octets"),
            Danger = "The next relay folds it where it likes, which breaks signatures and encoded words, or cuts it.",
            Repair = "Fold header fields before 78 characters, at the latest before 998.",
            ReplyText = "Header line too long",
        },
        new(RuleCode.EightBitInHeader, "8bit-in-header", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Clause = "RFC 5322 2.2; RFC 6532 3; RFC 7103 7.7",
            Summary = "Octets above 127 in a header field: not UTF-8, or UTF-8 in a message that was not declared SMTPUTF8.",
            Grades = "quarantine in a field name, in an address and in Content-Type (but for a name in UTF-8); tag elsewhere",
            Example = "Subject: Gr\\xfc\\xdfe",
            Danger = "Each reader guesses another charset; in addresses and types the guess decides who wrote and what is opened.",
            Repair = "Encode text by RFC 2047 and parameters by RFC 2231, or send with SMTPUTF8.",
            ReplyText = "8-bit characters in a structured header field",
        },
        new(RuleCode.ControlCharInHeader, "control-char-in-header", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Clause = "RFC 5322 2.2, 4.1",
            Summary = "A control character other than tab and line end in the body of a header field.",
            Grades = "quarantine in From, Content-Type and Content-Disposition; tag elsewhere",
            Example = "Subject: \\x1b[2Jhello",
            Danger = "Terminals and logs obey it, and strings end at it in some readers (CVE-2026-27852).",
            Repair = "Remove control characters, or encode the text by RFC 2047.",
            ReplyText = "Control character in header",
        },
        new(RuleCode.WhitespaceOnlyContinuation, "whitespace-only-continuation", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Clause = "RFC 5322 3.2.2, 4.2; RFC 7103 7.3",
            Summary = "A continuation line of a header field that holds nothing but blanks.",
            Grades = "quarantine when it ends Content-Type, Content-Transfer-Encoding or Content-Disposition; tag otherwise",
            Example = "Content-Transfer-Encoding: base64\\r\\n \\r\\n\\r\\n",
            Danger = "Some readers take it for the empty line that ends the header: the rest of the header is body for them.",
            Repair = "Fold before words, never in front of a line end.",
            ReplyText = "Header contains a line of blanks",
            ExplainsStructure = true,
        },
        new(RuleCode.EncodedWordMalformed, "encoded-word-malformed", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Clause = "RFC 2047 2, 5",
            Summary = "More encoded words than any real message has; or one that is too long, has another encoding than B and Q, does not decode, or ends within a character.",
            Grades = "by count; a malformed word alone is allowed",
            Example = "Subject: =?utf-8?X?hello?=",
            Thresholds = new RuleThresholds(500, 2_000, null, "encoded words"),
            Danger = "Decoders that try again at every mark take quadratic time; others overflow (CVE-2004-0053).",
            Repair = "Write encoded words of at most 75 characters, each with whole characters, B or Q.",
            ReplyText = "Too many encoded words",
        },
        new(RuleCode.MimeVersionAnomaly, "mime-version-anomaly", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2045 4; RFC 7103 8.1",
            Summary = "MIME fields without MIME-Version, or a MIME-Version other than 1.0.",
            Grades = "over a multipart quarantine, and tag from the null sender and in an embedded message; otherwise tag for another version, allow for a missing one",
            Example = "MIME-Version: 2.0",
            Danger = "Without the field the message is not MIME to readers of the letter: they see one text where others see parts.",
            Repair = "Send MIME-Version: 1.0 with every MIME message.",
            ReplyText = "Unknown MIME-Version",
        },
        new(RuleCode.DateInvalid, "date-invalid", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.3, 3.6.1",
            Summary = "Date is missing, cannot be read, names no day or time there is, or lies before 1980 or more than 48 hours ahead.",
            Grades = "quarantine for more than 200 characters; tag otherwise",
            Example = "Date: Tue, 32 Feb 2026 25:61:00 +9999",
            Danger = "Arithmetic on dates overflows (Exchange stood still on 1 January 2022; CVE-2000-0567 Outlook).",
            Repair = "Write the date as RFC 5322 has it, by a clock that is right.",
            ReplyText = "Date header absurdly long",
        },
        new(RuleCode.MessageIdInvalid, "message-id-invalid", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.6.4",
            Summary = "Message-ID is missing, is not of the form <left@right>, holds controls, or is longer than 998 characters.",
            Example = "Message-ID: 12345",
            Danger = "Threads and duplicates are found by it; little else.",
            Repair = "Send a unique Message-ID in angle brackets with one at sign.",
            ReplyText = "Message-ID invalid",
        },
        new(RuleCode.ReturnPathPresent, "return-path-present", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5321 4.4; RFC 7103 7.5.3",
            Summary = "The message has a Return-Path already, which only the final delivery writes.",
            Example = "Return-Path: <ada@example.org>",
            Danger = "A reader may take it for the envelope sender of this delivery.",
            Repair = "Remove Return-Path from what is sent on.",
            ReplyText = "Return-Path present",
        },
    ];
}
