using Gateway.Mime.Rules.Address;
using Gateway.Mime.Rules.Framing;
using Gateway.Mime.Rules.Header;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about the lines and the size of a header block.</content>
internal static partial class HeaderRules
{
    private static Rule[] Lines =>
    [
        new(RuleCode.HeaderBlockTooLarge, "header-block-too-large", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(HeaderSizes), typeof(WireFlaws), typeof(InspectionStream)],
            Clause = "RFC 5322 2.2 (no bound given)",
            Summary = "One header block, of the message or of a part, is larger than the limit.",
            Grades = "quarantined or refused for it, the message is not read behind that size",
            Thresholds = new RuleThresholds(64 * 1024, 128 * 1024, null, "octets"),
            Danger = "One hop cuts it and the next sees another message; others run out of memory (CVE-2023-24534 Go).",
            Repair = "Send fewer and shorter header fields.",
            Example = "X-1: ... X-900: ..., 150 KB of fields in all",
            ReplyText = "Header too large",
            ExplainsStructure = true,
        },
        new(RuleCode.HeaderFieldTooLarge, "header-field-too-large", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(HeaderSizes), typeof(WireFlaws), typeof(InspectionStream)],
            Clause = "RFC 5322 2.2.3 (no bound given)",
            Summary = "One header field with its continuation lines is larger than the limit.",
            Grades = "quarantined or refused for it, the message is not read behind that size",
            Thresholds = new RuleThresholds(32 * 1024, 64 * 1024, null, "octets"),
            Danger = "Buffers of fixed size (CVE-2000-0567 Outlook, CVE-2002-1337 Sendmail).",
            Repair = "Split recipient lists; do not carry data in header fields.",
            Example = "To: ... 70 KB of addresses in one field",
            ReplyText = "Header field too large",
            ExplainsStructure = true,
        },
        new(RuleCode.HeaderCountExceeded, "header-count-exceeded", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(HeaderSizes), typeof(WireFlaws), typeof(InspectionReader)],
            Clause = "RFC 5322 3.6 (no bound given)",
            Summary = "One header block has more fields than the limit.",
            Thresholds = new RuleThresholds(250, 1_000, null, "fields"),
            Danger = "Quadratic look-ups; overflow while logging them (CVE-2010-4344 Exim).",
            Repair = "Send fewer header fields.",
            Example = "X-A: 1\\r\\nX-A: 2 ... 1,500 fields",
            ReplyText = "Too many header fields",
            ExplainsStructure = true,
        },
        new(RuleCode.NonHeaderLine, "non-header-line", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(HeaderLines), typeof(WireFlaws), typeof(MimeInspector)],
            Clause = "RFC 5322 2.2; RFC 7103 7.2",
            Summary = "A line in a header block that is neither a field nor the continuation of one.",
            Grades = "quarantine; tag for an mbox 'From ' or '>From ' as the first line, and in the header that a bounce returns",
            Danger = "Some readers end the header there, others skip the line: they see different fields and different bodies.",
            Repair = "Put an empty line between header and body, and a colon behind every field name.",
            Example = "Subject: test\\r\\nthis is no field\\r\\nTo: bob@example.net",
            ReplyText = "Header contains a line that is no header field",
            ExplainsStructure = true,
        },
        new(RuleCode.MissingBodySeparator, "missing-body-separator", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(HeaderLines)],
            Clause = "RFC 5322 2.1; RFC 2046 5.1",
            Summary = "The header block of a part is ended by a delimiter or by the end of the message instead of an empty line.",
            Grades = "quarantine; tag when there is no field, as where the last delimiter lacks its hyphens",
            Danger = "Readers disagree whether the part has a body (CVE-2017-3818 Cisco ESA, filter bypass).",
            Repair = "Put an empty line behind the header of every part.",
            Example = "--b\\r\\nContent-Type: text/plain\\r\\n--b--",
            ReplyText = "Part header without empty line behind it",
            ExplainsStructure = true,
        },
        new(RuleCode.MalformedFieldName, "malformed-field-name", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(HeaderLines)],
            Clause = "RFC 5322 2.2, 4.5; RFC 7103 7.4",
            Summary = "A field name that is empty, has blanks before the colon, holds control or 8-bit characters, or is longer than 77 characters.",
            Grades = "quarantine on Content-*, MIME-Version, From, Sender, Subject, To, Date, DKIM-Signature and for names over 1,000; tag otherwise",
            Danger = "'Content-Type :' is the content type to one reader and an unknown field to the next.",
            Repair = "Write the name in printable US-ASCII with the colon right behind it.",
            Example = "Content-Type : text/html",
            ReplyText = "Malformed header field name",
            ExplainsStructure = true,
        },
        new(RuleCode.DuplicateSingletonHeader, "duplicate-singleton-header", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(DuplicateFields)],
            Clause = "RFC 5322 3.6; RFC 7103 7.5.1",
            Summary = "A field that may occur once in a header block occurs more often.",
            Grades = "quarantine for From, Sender, Subject, Date and Message-ID of the message itself; quarantine for a Content-Disposition that says something else than the first; tag for the others, in embedded messages, and for Message-ID in a bounce",
            Danger = "A filter judges the first and the user sees the last, or the other way round.",
            Repair = "Send each of these fields once.",
            Example = "From: ada@example.org\\r\\nFrom: eve@example.net",
            ReplyText = "Header field that must be unique occurs twice",
        },
        new(RuleCode.MailLoop, "mail-loop", Reject)
        {
            Category = RuleCategory.SmtpFraming,
            Triggers = [typeof(HeaderSizes)],
            Clause = "RFC 5321 6.3",
            Summary = "More Received fields in the top header block than any real path has.",
            Thresholds = new RuleThresholds(25, null, 50, "fields"),
            Danger = "A loop multiplies until queues melt.",
            Repair = "Find the two hosts that forward to each other: the Received fields name them.",
            Example = "Received: from a by b; ... 51 times",
            ReplyCode = 554,
            EnhancedCode = "5.4.6",
            ReplyText = "Too many hops, mail loop",
        },
        new(RuleCode.HeaderLineTooLong, "header-line-too-long", Tag)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(HeaderOctets)],
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
            Triggers = [typeof(HeaderOctets), typeof(AddressFields)],
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
            Triggers = [typeof(HeaderOctets)],
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
            Triggers = [typeof(HeaderOctets)],
            Clause = "RFC 5322 3.2.2, 4.2; RFC 7103 7.3",
            Summary = "A continuation line of a header field that holds nothing but blanks.",
            Grades = "quarantine when it ends Content-Type, Content-Transfer-Encoding or Content-Disposition; tag otherwise",
            Example = "Content-Transfer-Encoding: base64\\r\\n \\r\\n\\r\\n",
            Danger = "Some readers take it for the empty line that ends the header: the rest of the header is body for them.",
            Repair = "Fold before words, never in front of a line end.",
            ReplyText = "Header contains a line of blanks",
            ExplainsStructure = true,
        },
        new(RuleCode.EmptyHeaderBlock, "empty-header-block", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Triggers = [typeof(HeaderLines), typeof(WireFlaws)],
            Clause = "RFC 5322 3.6",
            Summary = "The message, or one embedded in it, has no header: it is empty, or starts with an empty line.",
            Danger = "Fields further down become the header for readers that skip leading blank lines.",
            Repair = "Send at least Date and From, and no empty line before them.",
            Example = "\\r\\nFrom: ada@example.org",
            ReplyText = "Message has no header",
            ExplainsStructure = true,
        },
    ];
}
