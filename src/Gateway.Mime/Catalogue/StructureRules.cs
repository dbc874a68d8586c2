using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about multiparts, delimiters and the MIME fields that declare them.</summary>
internal static class StructureRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.DuplicateContentType, "duplicate-content-type", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5; RFC 5322 3.6; RFC 7103 7.5.1",
            Summary = "More than one Content-Type in one header block.",
            Danger = "First-wins and last-wins readers scan different content (the family of CVE-2024-28054 Amavis).",
            Repair = "Send one Content-Type for each part.",
            Example = "Content-Type: text/plain\\r\\nContent-Type: multipart/mixed; boundary=b",
            ReplyText = "More than one Content-Type",
            ExplainsStructure = true,
        },
        new(RuleCode.DuplicateContentTransferEncoding, "duplicate-content-transfer-encoding", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 6.1",
            Summary = "More than one Content-Transfer-Encoding in one header block, or several encodings in one field.",
            Danger = "Readers decode different content.",
            Repair = "Send one Content-Transfer-Encoding with one token for each part.",
            Example = "Content-Transfer-Encoding: 7bit\\r\\nContent-Transfer-Encoding: base64",
            ReplyText = "More than one Content-Transfer-Encoding",
            ExplainsStructure = true,
        },
        new(RuleCode.DuplicateMimeParameter, "duplicate-mime-parameter", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5.1; RFC 2231 3, 4",
            Summary = "The same parameter twice in one MIME field, also through the extended forms (boundary and boundary*0).",
            Grades = "quarantine for boundary and charset in any form and for names with different values in one form; tag otherwise",
            Danger = "Two boundaries give two messages (CVE-2024-28054 Amavis, CVE-2026-116265 MIME-tools).",
            Repair = "Send each parameter once.",
            Example = "Content-Type: multipart/mixed; boundary=a; boundary=b",
            ReplyText = "MIME parameter given twice",
            ExplainsStructure = true,
        },
        new(RuleCode.MissingBoundary, "missing-boundary", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
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
            Clause = "RFC 2046 5.1.1",
            Summary = "The declared boundary never appears: a multipart without parts.",
            Danger = "All content is preamble, which some readers show and scanners skip.",
            Repair = "Write the delimiter before every part exactly as declared.",
            Example = "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\nno delimiter anywhere",
            ReplyText = "Declared boundary not found",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.MalformedContentType, "malformed-content-type", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2045 5.1",
            Summary = "A Content-Type that is not type \"/\" subtype *(\";\" attribute \"=\" value).",
            Grades = "quarantine when a multipart, message or application type is concerned or when a strict and a lenient reading differ in type, boundary or name; tag otherwise, and for blanks in a file name without quotes (filename-ambiguity judges what they do to it); a trailing semicolon is allowed",
            Danger = "Readers fall back to text/plain or repair it, each in its own way (CVE-2024-39929 Exim).",
            Repair = "Quote values with blanks or special characters; separate parameters by one semicolon.",
            Example = "Content-Type: multipart/multipart/mixed; boundary=b",
            ReplyText = "Malformed Content-Type",
            ExplainsStructure = true,
        },
        new(RuleCode.UnknownTransferEncoding, "unknown-transfer-encoding", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2045 6.1, 6.4",
            Summary = "A Content-Transfer-Encoding other than 7bit, 8bit, binary, quoted-printable and base64, or one with quotes, comments or text behind it.",
            Grades = "quarantine, also for the encodings from before MIME (uuencode, yEnc) under all their names; tag for a text that is no attachment under a misspelt 8bit or 7bit or a charset",
            Danger = "One reader repairs the name and decodes, the next shows the raw text.",
            Repair = "Write the encoding as one of the five words.",
            Example = "Content-Transfer-Encoding: bas64",
            ReplyText = "Unknown Content-Transfer-Encoding",
            ExplainsStructure = true,
        },
        new(RuleCode.EncodedCompositePart, "encoded-composite-part", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
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
            Clause = "RFC 2046 5.1.1",
            Summary = "A delimiter of a multipart that was already closed.",
            Danger = "Readers that ignore the close find further parts that scanners skip.",
            Repair = "Write the close delimiter once, behind the last part.",
            Example = "--b--\\r\\n--b\\r\\nContent-Type: application/x-msdownload",
            ReplyText = "Delimiter after the close delimiter",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
        new(RuleCode.DelimiterTrailingText, "delimiter-trailing-text", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2046 5.1.1",
            Summary = "A line that starts like a delimiter of an open multipart and goes on with other text.",
            Danger = "A delimiter to readers that compare prefixes, content to the others.",
            Repair = "Write nothing but the delimiter on its line, and choose boundaries that do not occur in the content.",
            Example = "--b and more",
            ReplyText = "Text behind a delimiter",
            ExplainsStructure = true,
        },
    ];
}
