using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about header blocks and fields.</summary>
internal static class HeaderRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.NonHeaderLine, "non-header-line", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
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
            Clause = "RFC 5322 3.6; RFC 7103 7.5.1",
            Summary = "A field that may occur once in a header block occurs more often.",
            Grades = "quarantine for From, Sender, Subject, Date and Message-ID of the message itself; quarantine for a Content-Disposition that says something else than the first; tag for the others, in embedded messages, and for Message-ID in a bounce",
            Danger = "A filter judges the first and the user sees the last, or the other way round.",
            Repair = "Send each of these fields once.",
            Example = "From: ada@example.org\\r\\nFrom: eve@example.net",
            ReplyText = "Header field that must be unique occurs twice",
        },
        new(RuleCode.MissingOrInvalidFrom, "missing-or-invalid-from", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.6.2, 3.4; RFC 7103 7.5.2, 7.1",
            Summary = "No From field, or one without exactly one readable mailbox, or with a second address in the display name. Several complete mailboxes need a Sender that is one complete mailbox.",
            Grades = "quarantine, also for a display name alone, a group that does not end, an angle bracket without its partner, and brackets, a backslash or an open quotation mark in the name; tag for an address in the display name, for the address as its own display name, for a local part alone, for what every reader reads alike in spite of its syntax, and for the empty address in a bounce",
            Danger = "The name shown, the address checked and the address answered differ; malformed From fields crashed readers for good (CVE-2008-4907 Dovecot, CVE-2023-27043 Python).",
            Repair = "Send one From field with one address; quote display names.",
            Example = "From: ada@example.org, eve@example.net",
            ReplyText = "From header missing or invalid",
        },
        new(RuleCode.LeadingContinuation, "leading-continuation", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
            Clause = "RFC 5322 2.2.3",
            Summary = "The first line of the message starts with white space: a continuation of nothing.",
            Danger = "Some readers take it as the body, some as a field, some stop.",
            Repair = "Start the message with a header field.",
            Example = " folded: nothing\\r\\nFrom: ada@example.org",
            ReplyText = "Message starts with a continuation line",
            ExplainsStructure = true,
        },
        new(RuleCode.EmptyHeaderBlock, "empty-header-block", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
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
