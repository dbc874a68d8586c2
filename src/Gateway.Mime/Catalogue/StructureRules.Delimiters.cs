using Gateway.Mime.Rules.Structure;
using Gateway.Mime.Structure;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about parts, delimiters and what stands outside of them.</content>
internal static partial class StructureRules
{
    private static Rule[] Delimiters =>
    [
        new(RuleCode.ParserFault, "parser-fault", Quarantine)
        {
            FirmFrom = Allow,
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(Inspection)],
            Clause = "none: the gateway's own bound",
            Summary = "Reading the message failed in this gateway, or cost more work than any honest message does.",
            Danger = "What stops one reader stops others: an obscure case stopped BPOS hubs for 6 to 9 hours in 2011; CVE-2008-7105 killed Exchange edge servers.",
            Repair = "Send the content in another form, and tell us: an honest message that trips this is our fault.",
            Example = "10,000 lines of --x under thirty open multiparts",
            ReplyText = "Message cannot be read",
            ExplainsStructure = true,
        },
        new(RuleCode.MissingBoundary, "missing-boundary", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(Boundaries)],
            Clause = "RFC 2046 5.1.1",
            Summary = "A multipart type with no or an empty boundary parameter.",
            Danger = "Readers guess the boundary, or show all as text; some loop (CVE-2002-2325 Pine).",
            Repair = "Give every multipart a boundary parameter.",
            Example = "Content-Type: multipart/mixed",
            ReplyText = "Multipart without boundary",
            ExplainsStructure = true,
        },
        new(RuleCode.MalformedBoundary, "malformed-boundary", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(Boundaries)],
            Clause = "RFC 2046 5.1.1; RFC 2045 5.1; RFC 2231 3; RFC 2047 5",
            Summary = "A boundary with control or 8-bit characters, an encoded word, an RFC 2231 continuation, a comment or a blank at its end, longer than 70 characters, with characters outside the grammar, or unquoted where quotes are needed.",
            Grades = "quarantine for control, 8-bit, encoded word, RFC 2231 form, comment, trailing blank, quotation mark, angle brackets and over 120; tag for over 70, other characters outside the grammar and missing quotes",
            Danger = "Each reader looks for another delimiter (CVE-2026-116265, CVE-2026-116266).",
            Repair = "Use letters, digits and a few of '()+_,-./:=? in quotes, at most 70.",
            Example = "Content-Type: multipart/mixed; boundary=\"=?us-ascii?Q?b?=\"",
            ReplyText = "Malformed boundary",
            ExplainsStructure = true,
        },
        new(RuleCode.BoundaryNotFound, "boundary-not-found", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(Nesting)],
            Clause = "RFC 2046 5.1.1",
            Summary = "The declared boundary never appears: a multipart without parts.",
            Danger = "All content is preamble, which some readers show and scanners skip.",
            Repair = "Write the delimiter before every part exactly as declared.",
            Example = "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\nno delimiter anywhere",
            ReplyText = "Declared boundary not found",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.MimeDepthExceeded, "mime-depth-exceeded", Quarantine)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(Nesting)],
            Clause = "RFC 2046 5.1 (no bound given)",
            Summary = "Multiparts and embedded messages nested deeper than any real mail.",
            Grades = "quarantined or refused for it, the message is not read behind that level",
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
            Triggers = [typeof(Nesting), typeof(InspectionReader)],
            Clause = "RFC 2046 5.1 (no bound given)",
            Summary = "More parts than any real mail has.",
            Grades = "quarantined or refused for it, the message is not read behind that part",
            Thresholds = new RuleThresholds(250, 1_000, null, "parts"),
            Danger = "Parse time and memory per part (CVE-2023-24536 Go, CVE-2019-15961 ClamAV).",
            Repair = "Send many files as one archive.",
            Example = "--b\\r\\n\\r\\nx\\r\\n--b\\r\\n\\r\\nx ... 1,500 times",
            ReplyText = "Too many MIME parts",
            ExplainsStructure = true,
        },
        new(RuleCode.EncodedCompositePart, "encoded-composite-part", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(TransferEncodings)],
            Clause = "RFC 2045 6.4; RFC 2046 5.2.1",
            Summary = "base64 or quoted-printable on a multipart, message/rfc822 or message/partial.",
            Grades = "quarantine; tag for a multipart whose delimiters and close delimiter stand in clear with nothing but parts between them",
            Danger = "One reader decodes and descends, the other sees no parts.",
            Repair = "Encode the leaves, never the container.",
            Example = "Content-Type: multipart/mixed; boundary=b\\r\\nContent-Transfer-Encoding: base64",
            ReplyText = "Encoding on a composite part",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.BoundaryCollision, "boundary-collision", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(Boundaries)],
            Clause = "RFC 2046 5.1.1, 5.1.2",
            Summary = "A nested multipart whose boundary equals an open one, or where one is a prefix of the other.",
            Danger = "Readers that compare prefixes close another level than readers that compare whole lines.",
            Repair = "Make every boundary of a message different, not by its end only.",
            Example = "boundary=abc within boundary=abcdef",
            ReplyText = "Boundaries cannot be told apart",
            ExplainsStructure = true,
        },
        new(RuleCode.HiddenMimeContent, "hidden-mime-content", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(HiddenContent), typeof(HiddenFields)],
            Clause = "RFC 2046 5.1.1",
            Summary = "Content where most readers see none: a preamble or epilogue with Content fields, uuencoded data or runs of base64; Content fields in a continuation line or at the start of a body.",
            Grades = "quarantine outside of parts, in a continuation of Content-Type, Content-Transfer-Encoding, Content-Disposition or of a malformed field name, and at the start of a body whose part has no header, with an empty line behind them (tag from the null sender); tag for other continuations but those of signatures, and for bodies of parts that have a header",
            Danger = "Content that scanners skip and some readers show.",
            Repair = "Put content into parts; leave preamble and epilogue to a line of text.",
            Example = "boundary=b\\r\\n\\r\\nContent-Type: application/x-msdownload\\r\\n\\r\\n...\\r\\n--b",
            ReplyText = "MIME content outside of parts",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.ParserDisagreement, "parser-disagreement", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(Inspection)],
            Clause = "RFC 2046 5.1; RFC 5322 2.1",
            Summary = "Two independent readers in this gateway see different parts, delimiters or header ends.",
            Grades = "quarantine; tag when another finding already names the reason",
            Danger = "What two readers here read differently, a scanner and a client read differently.",
            Repair = "Write the structure as the grammar has it.",
            Example = "a line that is a delimiter to one reader and a header field to the other",
            ReplyText = "Ambiguous MIME structure",
        },
        new(RuleCode.MissingCloseDelimiter, "missing-close-delimiter", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(Nesting), typeof(Delimiters)],
            Clause = "RFC 2046 5.1.1",
            Summary = "A multipart that never ends with its close delimiter.",
            Grades = "tag; quarantine when its delimiter appears again after an outer one ended it",
            Danger = "The message may be cut off; inner parts may swallow what belongs to outer ones.",
            Repair = "End every multipart with its boundary between two hyphens on both sides.",
            Example = "--b\\r\\n\\r\\ntext (and no --b-- behind it)",
            ReplyText = "Multipart is not closed",
            ExplainsStructure = true,
        },
        new(RuleCode.ContentAfterClose, "content-after-close", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(Delimiters)],
            Clause = "RFC 2046 5.1.1",
            Summary = "A delimiter of a multipart that was already closed.",
            Danger = "Readers that ignore the close find further parts that scanners skip.",
            Repair = "Write the close delimiter once, behind the last part.",
            Example = "--b--\\r\\n--b\\r\\nContent-Type: application/x-msdownload",
            ReplyText = "Delimiter after the close delimiter",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.DuplicateClose, "duplicate-close", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(Delimiters)],
            Clause = "RFC 2046 5.1.1",
            Summary = "The close delimiter of a multipart again behind it.",
            Danger = "None where nothing stands between them; software that wraps messages wrote it twice.",
            Example = @"--x--\r\n--x--\r\n",
            Repair = "Write the close delimiter once.",
            ReplyText = "Close delimiter twice",
        },
        new(RuleCode.DelimiterTrailingText, "delimiter-trailing-text", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(Delimiters)],
            Clause = "RFC 2046 5.1.1",
            Summary = "A line that starts like a delimiter of an open multipart and goes on with other text.",
            Danger = "A delimiter to readers that compare prefixes, content to the others.",
            Repair = "Write nothing but the delimiter on its line, and choose boundaries that do not occur in the content.",
            Example = "--b and more",
            ReplyText = "Text behind a delimiter",
            ExplainsStructure = true,
        },
        new(RuleCode.DelimiterTrailingSpace, "delimiter-trailing-space", Allow)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(BoundaryWalk)],
            Clause = "RFC 2046 5.1.1",
            Summary = "White space behind a delimiter on its line: transport padding, which the grammar allows.",
            Danger = "Readers that compare whole lines miss the delimiter; none of the common ones does.",
            Example = @"--x \t\r\n",
            Repair = "Write nothing behind a delimiter.",
            ReplyText = "White space behind a delimiter",
        },
    ];
}
