using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about addresses in header fields.</summary>
internal static class AddressRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.TooManyAddresses, "too-many-addresses", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5322 3.4 (no bound given)",
            Summary = "The address fields of one header hold more addresses than any real message.",
            Example = "To: a1@example.org, a2@example.org, ... 3,000 addresses",
            Thresholds = new RuleThresholds(500, 2_000, null, "addresses"),
            Danger = "Memory and time for each address (CVE-2024-23184 Dovecot, CVE-2006-1305 Outlook); every reply to all repeats it.",
            Repair = "Send to a list address, or name the recipients in the envelope only.",
            ReplyText = "Too many addresses in header",
        },
        new(RuleCode.NestedCommentBomb, "nested-comment-bomb", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 5322 3.2.2; RFC 7103 7.1.4",
            Summary = "Comments nested deeper than anybody writes in a structured field, or a run of commas with nothing between them.",
            Example = "To: ((((((((((((((((((((((x)))))))))))))))))))))) ada@example.org",
            Thresholds = new RuleThresholds(10, 20, null, "levels or commas"),
            Danger = "Recursive and quadratic readers (CVE-2025-61725 Go, CVE-2023-36632 Python).",
            Repair = "Write no comments within comments.",
            ReplyText = "Comments nested too deep",
        },
        new(RuleCode.AddressSyntax, "address-syntax", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.4; RFC 7103 7.1.1 to 7.1.7",
            Summary = "An address field other than From that is outside the grammar: unbalanced brackets, quotes or comments, a local part or host alone, no comma between addresses, text beside them.",
            Example = "To: Ada <ada@example.org Bob <bob@example.net>",
            Danger = "Each reader repairs it in its own way and shows or answers other recipients.",
            Repair = "Write addresses as name <local@domain> with a comma between them; quote names.",
            ReplyText = "Address syntax error",
        },
        new(RuleCode.RouteAddress, "route-address", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 4.4",
            Summary = "A source route in an address: hosts in front of it, closed by a colon.",
            Grades = "quarantine in From of the message itself; tag elsewhere",
            Example = "From: <@bank.example,@relay.example:thief@example.net>",
            Danger = "One reader takes the first host for the domain, another the last: what is checked is not what is shown.",
            Repair = "Write the address alone; no host routes mail by source routes.",
            ReplyText = "Source route in From",
        },
        new(RuleCode.EncodedAddress, "encoded-address", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2047 5, 6",
            Summary = "An encoded word where an address stands, or one in an address field that decodes to line ends, NUL, an angle bracket or another address.",
            Grades = "quarantine for CR, LF or NUL, and for an encoded word as the address of From; tag otherwise",
            Example = "From: =?utf-8?Q?x=0D=0ABcc:_eve=40example.net?= <ada@example.org>",
            Danger = "Who decodes and writes the field again writes another header (CVE-2024-6923 Python, CVE-2024-21742 James Mime4j).",
            Repair = "Encode display names only, and only their words.",
            ReplyText = "Encoded word decodes to control characters or stands for an address",
        },
        new(RuleCode.SenderFallbackSpoof, "sender-fallback-spoof", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 5322 3.6.2 to 3.6.6; RFC 6854 1",
            Summary = "From is missing or empty while Sender, Resent-From or X-From is there. Without them it is missing-or-invalid-from; a group without members is group-syntax-in-from.",
            Example = "From: \\r\\nSender: ceo@example.org",
            Danger = "Readers show another field instead, which nobody checked.",
            Repair = "Send one From field with one address.",
            ReplyText = "From missing or without mailbox",
        },
    ];
}
