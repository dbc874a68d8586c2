using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about sizes, counts and failures.</summary>
internal static class ResourceRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.ParserFault, "parser-fault", Quarantine)
        {
            FirmFrom = Allow,
            Category = RuleCategory.ResourceBomb,
            Clause = "none: the gateway's own bound",
            Summary = "Reading the message failed in this gateway, or cost more work than any honest message does.",
            Danger = "What stops one reader stops others: an obscure case stopped BPOS hubs for 6 to 9 hours in 2011; CVE-2008-7105 killed Exchange edge servers.",
            Repair = "Send the content in another form, and tell us: an honest message that trips this is our fault.",
            Example = "10,000 lines of --x under thirty open multiparts",
            ReplyText = "Message cannot be read",
            ExplainsStructure = true,
        },
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
        new(RuleCode.MimeDepthExceeded, "mime-depth-exceeded", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 2046 5.1 (no bound given)",
            Summary = "Multiparts and embedded messages nested deeper than any real mail.",
            Grades = "held or refused for it, the message is not read behind that level",
            Thresholds = new RuleThresholds(10, 20, null, "levels"),
            Danger = "Recursive readers run out of stack (CVE-2020-12100 Dovecot, CVE-2006-1173 Sendmail, CVE-2024-4140 Email-MIME).",
            Repair = "Forward long chains as one attachment instead of nesting them.",
            Example = "25 multiparts, each within the one before",
            ReplyText = "MIME nesting too deep",
            ExplainsStructure = true,
        },
        new(RuleCode.PartCountExceeded, "part-count-exceeded", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 2046 5.1 (no bound given)",
            Summary = "More parts than any real mail has.",
            Grades = "held or refused for it, the message is not read behind that part",
            Thresholds = new RuleThresholds(250, 1_000, null, "parts"),
            Danger = "Parse time and memory per part (CVE-2023-24536 Go, CVE-2019-15961 ClamAV).",
            Repair = "Send many files as one archive.",
            Example = "--b\\r\\n\\r\\nx\\r\\n--b\\r\\n\\r\\nx ... 1,500 times",
            ReplyText = "Too many MIME parts",
            ExplainsStructure = true,
        },
        new(RuleCode.HeaderBlockTooLarge, "header-block-too-large", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5322 2.2 (no bound given)",
            Summary = "One header block, of the message or of a part, is larger than the limit.",
            Grades = "held or refused for it, the message is not read behind that size",
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
            Clause = "RFC 5322 2.2.3 (no bound given)",
            Summary = "One header field with its continuation lines is larger than the limit.",
            Grades = "held or refused for it, the message is not read behind that size",
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
            Clause = "RFC 5322 3.6 (no bound given)",
            Summary = "One header block has more fields than the limit.",
            Thresholds = new RuleThresholds(250, 1_000, null, "fields"),
            Danger = "Quadratic look-ups; overflow while logging them (CVE-2010-4344 Exim).",
            Repair = "Send fewer header fields.",
            Example = "X-A: 1\\r\\nX-A: 2 ... 1,500 fields",
            ReplyText = "Too many header fields",
            ExplainsStructure = true,
        },
    ];
}
