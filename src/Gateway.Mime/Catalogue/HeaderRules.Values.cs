using Gateway.Mime.Rules.Header;
using Gateway.Mime.Rules.Header.Reading;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about what fields say.</content>
internal static partial class HeaderRules
{
    private static Rule[] Values =>
    [
        new(RuleCode.DuplicateContentType, "duplicate-content-type", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(DuplicateFields)],
            Clause = "RFC 2045 5; RFC 5322 3.6; RFC 7103 7.5.1",
            Summary = "More than one Content-Type in one header block.",
            Danger = "First-wins and last-wins readers scan different content (the family of CVE-2024-28054 Amavis).",
            Repair = "Send one Content-Type for each part.",
            Example = "Content-Type: text/plain\\r\\nContent-Type: multipart/mixed; boundary=b",
            ReplyText = "More than one Content-Type",
            ExplainsStructure = true,
        },
        new(RuleCode.EncodedWordMalformed, "encoded-word-malformed", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(EncodedWords)],
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
            Triggers = [typeof(OriginFields)],
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
            Triggers = [typeof(OriginFields)],
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
            Triggers = [typeof(OriginFields)],
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
            Triggers = [typeof(OriginFields)],
            Clause = "RFC 5321 4.4; RFC 7103 7.5.3",
            Summary = "The message has a Return-Path already, which only the final delivery writes.",
            Example = "Return-Path: <ada@example.org>",
            Danger = "A reader may take it for the envelope sender of this delivery.",
            Repair = "Remove Return-Path from what is sent on.",
            ReplyText = "Return-Path present",
        },
        new(RuleCode.SenderFallbackSpoof, "sender-fallback-spoof", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(OriginFields)],
            Clause = "RFC 5322 3.6.2 to 3.6.6; RFC 6854 1",
            Summary = "From is missing or empty while Sender, Resent-From or X-From is there. Without them it is missing-or-invalid-from; a group without members is group-syntax-in-from.",
            Example = "From: \\r\\nSender: ceo@example.org",
            Danger = "Readers show another field instead, which nobody checked.",
            Repair = "Send one From field with one address.",
            ReplyText = "From missing or without mailbox",
        },
        new(RuleCode.SubjectControl, "subject-control", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(SubjectText)],
            Clause = "RFC 2047 5; RFC 5322 2.2",
            Summary = "An encoded word in Subject decodes to CR, LF or NUL.",
            Danger = "Software that decodes and writes the field again writes a field, or a header end, of the sender's choice (CVE-2024-6923 Python).",
            Example = @"Subject: =?utf-8?Q?Hello=0D=0ABcc:_all@example.org?=\r\n",
            Repair = "Strip line ends from a subject before encoding it.",
            SoftenedForNullSender = true,
            ReplyText = "Line end hidden in the subject",
        },
        new(RuleCode.EmptyHeaderField, "empty-header-field", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FieldTags)],
            Clause = "RFC 5322 3.6",
            Summary = "A field with nothing but white space behind its colon. Common; an empty From, Date, Message-ID, MIME-Version, Content-Type or Content-Transfer-Encoding has rules of its own.",
            Danger = "None by itself; filters count it.",
            Example = @"X-Priority: \r\n",
            Repair = "Leave out fields that say nothing.",
            ReplyText = "Header field without content",
        },
        new(RuleCode.ContentLengthHeader, "content-length-header", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FieldTags)],
            Clause = "none: the mbox field of System V",
            Summary = "A Content-Length that is not the length of the body. It belongs to mbox files; this gateway never reads by it.",
            Danger = "A reader that trusts it takes the rest of the body for another message.",
            Example = @"Content-Length: 12\r\n",
            Repair = "Remove the field before sending.",
            ReplyText = "Content-Length is wrong",
        },
        new(RuleCode.XHeadersFlood, "x-headers-flood", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(RepeatedFields)],
            Clause = "RFC 5322 3.6 (no bound given)",
            Summary = "The same field occurs more often in one header block than in any real mail. Received fields are counted by mail-loop.",
            Thresholds = new RuleThresholds(50, null, null, "fields"),
            Danger = "Quadratic look-ups, and logs that repeat each of them.",
            Example = @"X-Loop: 1\r\nX-Loop: 2\r\n ... X-Loop: 51\r\n",
            Repair = "Find the software that adds the field on every pass.",
            ReplyText = "Too many fields of one name",
        },
        new(RuleCode.ReferencesBomb, "references-bomb", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(TraceFields)],
            Clause = "RFC 5322 3.6.4 (no bound given)",
            Summary = "References names more messages than any thread has.",
            Thresholds = new RuleThresholds(1_000, null, null, "identifiers"),
            Danger = "Threading costs memory and time for each of them.",
            Example = @"References: <1@example.org> <2@example.org> ... <1001@example.org>\r\n",
            Repair = "Keep the first and the last twenty.",
            ReplyText = "Too many references",
        },
        new(RuleCode.ReceivedMalformed, "received-malformed", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(TraceFields)],
            Clause = "RFC 5321 4.4; RFC 5322 3.6.7",
            Summary = "A Received field without a semicolon and a date behind it, or with a year before 1980 or after 2099.",
            Danger = "None by itself; the path of the message cannot be trusted.",
            Example = @"Received: from a.example by b.example\r\n",
            Repair = "Write the date and time behind a semicolon.",
            ReplyText = "Malformed Received field",
        },
        new(RuleCode.ResentBlockAnomaly, "resent-block-anomaly", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FieldTags)],
            Clause = "RFC 5322 3.6.6",
            Summary = "Resent- fields without Resent-From or without Resent-Date.",
            Danger = "Readers that show or answer the resender find none, or take the author's fields for it.",
            Example = @"Resent-To: bob@example.net\r\n",
            Repair = "Write Resent-From and Resent-Date whenever a message is resent.",
            ReplyText = "Resent fields are incomplete",
        },
        new(RuleCode.BccPresent, "bcc-present", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FieldTags)],
            Clause = "RFC 5322 3.6.3",
            Summary = "A Bcc field that names somebody reaches this host.",
            Danger = "It shows every reader whom the sender wanted to hide.",
            Example = @"Bcc: hidden@example.org\r\n",
            Repair = "Remove Bcc before sending.",
            ReplyText = "Bcc in transit",
        },
        new(RuleCode.RecipientHeaderMissing, "recipient-header-missing", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FieldTags)],
            Clause = "RFC 5322 3.6 (legal since RFC 2822)",
            Summary = "None of To, Cc and Bcc in the header.",
            Danger = "None; RFC 822 asked for one, and old filters still do.",
            Example = @"From: ada@example.org\r\nSubject: to nobody\r\n\r\n",
            Repair = "Write To, or an empty group such as undisclosed-recipients:;",
            ReplyText = "No recipient field",
        },
        new(RuleCode.ExchangePropertyHeader, "exchange-property-header", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(ExchangeFields)],
            Clause = "MS-OXCMAIL 2.1.2; RFC 4648 4",
            Summary = "An X-MS-, Thread-Index or X-MS-TNEF-Correlator field that is large, or a Thread-Index that is no base64: Exchange makes properties of them.",
            Grades = "by size; tag for a Thread-Index that is no base64",
            Thresholds = new RuleThresholds(4 * 1024, 64 * 1024, null, "octets"),
            Danger = "A malformed mail attribute kept the Exchange store at full load until it was done (CVE-2002-0368).",
            Example = @"Thread-Index: *not base64*\r\n",
            Repair = "Remove Exchange's internal fields at the border of the organisation.",
            ReplyText = "Oversized Exchange property field",
        },
    ];
}
