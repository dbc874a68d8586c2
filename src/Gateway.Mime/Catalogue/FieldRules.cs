using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about single header fields: odd, empty, too many, or telling too much.</summary>
internal static class FieldRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.GroupSyntaxInFrom, "group-syntax-in-from", Quarantine)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 6854 1, 4; RFC 5322 3.4",
            Summary = "From holds a group (name: members;) instead of mailboxes.",
            Grades = "quarantine for a group without members; tag otherwise",
            Danger = "Checks of the author's domain find none, and readers show the group's name as the author.",
            Example = @"From: Your Bank:;\r\n",
            Repair = "Send From with a mailbox.",
            ReplyText = "From is a group without members",
        },
        new(RuleCode.FromSeveralAuthors, "from-several-authors", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.6.2; RFC 7489 6.6.1",
            Summary = "From names several authors of different domains.",
            Danger = "It is valid, but policies of a domain are made for one author: one reader checks the first, the next shows the last.",
            Example = @"From: Ada <ada@example.org>, Eve <eve@example.net>\r\nSender: ada@example.org\r\n",
            Repair = "Send with one author, or with authors of one domain.",
            ReplyText = "Several authors of different domains",
        },
        new(RuleCode.FromIdnConfusable, "from-idn-confusable", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 8616 3; RFC 5890 4.4",
            Summary = "A label of the author's domain, or a word of the display name, mixes Latin with Cyrillic, Greek, Armenian or Cherokee letters, or a label consists of Cyrillic letters that all look Latin.",
            Danger = "It looks like a name the reader trusts.",
            Example = @"From: Support <help@xn--pypal-4ve.example>\r\n",
            Repair = "Use one script in each label and word.",
            ReplyText = "From mixes scripts that look alike",
        },
        new(RuleCode.SubjectControl, "subject-control", Quarantine)
        {
            Category = RuleCategory.HeaderSyntax,
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
            Clause = "RFC 5322 3.6 (legal since RFC 2822)",
            Summary = "None of To, Cc and Bcc in the header.",
            Danger = "None; RFC 822 asked for one, and old filters still do.",
            Example = @"From: ada@example.org\r\nSubject: to nobody\r\n\r\n",
            Repair = "Write To, or an empty group such as undisclosed-recipients:;",
            ReplyText = "No recipient field",
        },
        new(RuleCode.UndisclosedGroup, "undisclosed-group", Allow)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5322 3.4, A.1.3",
            Summary = "To or Cc is a group without members.",
            Danger = "None; it is how a sender hides a list of recipients.",
            Example = @"To: undisclosed-recipients:;\r\n",
            Repair = "Nothing.",
            ReplyText = "Empty group of recipients",
        },
        new(RuleCode.ExchangePropertyHeader, "exchange-property-header", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "MS-OXCMAIL 2.1.2; RFC 4648 4",
            Summary = "An X-MS-, Thread-Index or X-MS-TNEF-Correlator field that is large, or a Thread-Index that is no base64: Exchange makes properties of them.",
            Grades = "by size; tag for a Thread-Index that is no base64",
            Thresholds = new RuleThresholds(4 * 1024, 64 * 1024, null, "octets"),
            Danger = "A malformed mail attribute kept the Exchange store at full load until it was done (CVE-2002-0368).",
            Example = @"Thread-Index: *not base64*\r\n",
            Repair = "Remove Exchange's internal fields at the border of the organisation.",
            ReplyText = "Oversized Exchange property field",
        },
        new(RuleCode.X400Address, "x400-address", Tag)
        {
            Category = RuleCategory.HeaderSemantics,
            Clause = "RFC 5321 4.5.3.1.1; RFC 2156 4.2",
            Summary = "An X.400 address or an IMCEA-encapsulated one whose local part is far beyond the 64 octets of SMTP.",
            Thresholds = new RuleThresholds(256, null, null, "octets"),
            Danger = "Address tables and directories of fixed width; replies to it cannot be sent.",
            Example = @"To: <IMCEAEX-_O=ORG_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP...@example.org>\r\n",
            Repair = "Rewrite encapsulated addresses to SMTP ones at the border.",
            ReplyText = "Overlong encapsulated address",
        },
    ];
}
