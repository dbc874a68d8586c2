using Gateway.Mime.Rules.Address;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about addresses in header fields.</summary>
internal static class AddressRules
{
    public static Rule[] All =>
    [
        new(RuleCode.MissingOrInvalidFrom, "missing-or-invalid-from", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FromField)],
            Clause = "RFC 5322 3.6.2, 3.4; RFC 7103 7.5.2, 7.1",
            Summary = "No From field, or one without exactly one readable mailbox, or with a second address in the display name. Several complete mailboxes need a Sender that is one complete mailbox.",
            Grades = "quarantine, also for a display name alone, a group that does not end, an angle bracket without its partner, and brackets, a backslash or an open quotation mark in the name; tag for an address in the display name, for the address as its own display name, for a local part alone, for what every reader reads alike in spite of its syntax, and for the empty address in a bounce",
            Danger = "The name shown, the address checked and the address answered differ; malformed From fields crashed readers for good (CVE-2008-4907 Dovecot, CVE-2023-27043 Python).",
            Repair = "Send one From field with one address; quote display names.",
            Example = "From: ada@example.org, eve@example.net",
            ReplyText = "From header missing or invalid",
        },
        new(RuleCode.TooManyAddresses, "too-many-addresses", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(AddressFields)],
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
            Triggers = [typeof(CommentDepth), typeof(AddressFields)],
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
            Triggers = [typeof(AddressFields)],
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
            Triggers = [typeof(AddressFields)],
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
            Triggers = [typeof(AddressFields)],
            Clause = "RFC 2047 5, 6",
            Summary = "An encoded word where an address stands, or one in an address field that decodes to line ends, NUL, an angle bracket or another address.",
            Grades = "quarantine for CR, LF or NUL, and for an encoded word as the address of From; tag otherwise",
            Example = "From: =?utf-8?Q?x=0D=0ABcc:_eve=40example.net?= <ada@example.org>",
            Danger = "Who decodes and writes the field again writes another header (CVE-2024-6923 Python, CVE-2024-21742 James Mime4j).",
            Repair = "Encode display names only, and only their words.",
            ReplyText = "Encoded word decodes to control characters or stands for an address",
        },
        new(RuleCode.GroupSyntaxInFrom, "group-syntax-in-from", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FromDisplay)],
            Clause = "RFC 6854 1, 4; RFC 5322 3.4",
            Summary = "From holds a group (name: members;) instead of mailboxes.",
            Grades = "quarantine for a group without members; tag otherwise",
            Danger = "Checks of the author's domain find none, and readers show the group's name as the author.",
            Example = @"From: Your Bank:;\r\n",
            Repair = "Send From with a mailbox.",
            ReplyText = "From is a group without members",
        },
        new(RuleCode.FromIdnConfusable, "from-idn-confusable", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FromDisplay)],
            Clause = "RFC 8616 3; RFC 5890 4.4",
            Summary = "A label of the author's domain, or a word of the display name, mixes Latin with Cyrillic, Greek, Armenian or Cherokee letters, or a label consists of Cyrillic letters that all look Latin.",
            Danger = "It looks like a name the reader trusts.",
            Example = @"From: Support <help@xn--pypal-4ve.example>\r\n",
            Repair = "Use one script in each label and word.",
            ReplyText = "From mixes scripts that look alike",
        },
        new(RuleCode.UndisclosedGroup, "undisclosed-group", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(RecipientFields)],
            Clause = "RFC 5322 3.4, A.1.3",
            Summary = "To or Cc is a group without members.",
            Danger = "None; it is how a sender hides a list of recipients.",
            Example = @"To: undisclosed-recipients:;\r\n",
            Repair = "Nothing.",
            ReplyText = "Empty group of recipients",
        },
        new(RuleCode.X400Address, "x400-address", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(RecipientFields)],
            Clause = "RFC 5321 4.5.3.1.1; RFC 2156 4.2",
            Summary = "An X.400 address or an IMCEA-encapsulated one whose local part is far beyond the 64 octets of SMTP.",
            Thresholds = new RuleThresholds(256, null, null, "octets"),
            Danger = "Address tables and directories of fixed width; replies to it cannot be sent.",
            Example = @"To: <IMCEAEX-_O=ORG_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP...@example.org>\r\n",
            Repair = "Rewrite encapsulated addresses to SMTP ones at the border.",
            ReplyText = "Overlong encapsulated address",
        },
        new(RuleCode.FromSeveralAuthors, "from-several-authors", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Triggers = [typeof(FromField)],
            Clause = "RFC 5322 3.6.2; RFC 7489 6.6.1",
            Summary = "From names several authors of different domains.",
            Danger = "It is valid, but policies of a domain are made for one author: one reader checks the first, the next shows the last.",
            Example = @"From: Ada <ada@example.org>, Eve <eve@example.net>\r\nSender: ada@example.org\r\n",
            Repair = "Send with one author, or with authors of one domain.",
            ReplyText = "Several authors of different domains",
        },
    ];
}
