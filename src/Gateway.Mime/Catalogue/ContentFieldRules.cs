using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about the grammar of Content-Type, Content-Transfer-Encoding and Content-Disposition.</summary>
internal static class ContentFieldRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.UnstructuredJunkAfterQuoted, "unstructured-junk-after-quoted", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5.1",
            Summary = "Text between the closing quote of a parameter and the next semicolon in Content-Type or Content-Disposition.",
            Grades = "quarantine for boundary, filename and name; tag otherwise",
            Danger = "Readers drop the text, append it to the value, or take it for another parameter.",
            Example = "Content-Disposition: attachment; filename=\"a.txt\" .exe\\r\\n",
            Repair = "Put all of a value inside the quotes and a semicolon behind it.",
            ReplyText = "Text behind a quoted parameter",
        },
        new(RuleCode.WhitespaceAroundEquals, "whitespace-around-equals", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5.1",
            Summary = "White space or a fold on a side of the equals sign of a parameter.",
            Grades = "quarantine for boundary; allow otherwise",
            Danger = "A reader that keeps to the grammar finds no boundary, or an empty one.",
            Example = @"Content-Type: multipart/mixed; boundary = x\r\n",
            Repair = "Write the equals sign without white space around it.",
            ReplyText = "White space around '=' of the boundary",
        },
        new(RuleCode.CommentInContentField, "comment-in-content-field", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5.1; RFC 5322 3.2.2",
            Summary = "A comment in Content-Type, Content-Transfer-Encoding or Content-Disposition. Legal there, but not every reader knows; MIME-Version is exempt, where Apple Mail writes one.",
            Grades = "quarantine beside an encoding that encodes, beside a type of multipart or message, beside a file name, and in Content-Type for one with a boundary in it; tag otherwise, for it is valid. A comment beside the boundary is malformed-boundary, one that does not end malformed-content-type, malformed-content-disposition or unknown-transfer-encoding",
            Danger = "Readers take it for part of the value (CVE-2004-0162): beside an encoding five of thirteen do not decode, beside a name the name differs or is gone.",
            Example = @"Content-Type: multipart/mixed; (a comment) boundary=x\r\n",
            Repair = "Write no comments in MIME fields.",
            ReplyText = "Comment in a MIME field",
        },
        new(RuleCode.EncodedWordInStructuralField, "encoded-word-in-structural-field", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2047 5; RFC 2231 1",
            Summary = "An encoded word in Content-Type, Content-Transfer-Encoding or Content-Disposition.",
            Grades = "quarantine in the type, the boundary and the encoding; tag in names and other parameters, where old clients write them",
            Danger = "Readers that decode it and readers that do not see other types, boundaries and names.",
            Example = "Content-Type: multipart/mixed; boundary=\"=?us-ascii?Q?b1?=\"\\r\\n",
            Repair = "Use RFC 2231 for names; write everything else in US-ASCII.",
            ReplyText = "Encoded word in a MIME field",
        },
        new(RuleCode.LineTerminatorInStructuralToken, "line-terminator-in-structural-token", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5.1; RFC 5322 2.2.3",
            Summary = "A fold inside the type or inside a parameter's value.",
            Grades = "quarantine in the type and the boundary; tag in other values",
            Danger = "Readers join the pieces with a blank, without one, or drop the rest.",
            Example = "Content-Disposition: attachment; filename=\"long\\r\\n name.pdf\"\\r\\n",
            Repair = "Fold between parameters; split long values as RFC 2231 says.",
            ReplyText = "Fold inside a MIME value",
        },
        new(RuleCode.MalformedContentDisposition, "malformed-content-disposition", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2183 2; RFC 2045 5.1",
            Summary = "A Content-Disposition that is not type *(\";\" attribute \"=\" value): the same grammar as malformed-content-type, for the other field that names files.",
            Grades = "quarantine for a quoted string or comment that does not end and for more than 64 parameters; tag otherwise, and what the flaw does to the name is filename-ambiguity",
            Danger = "Readers cut the name at the flaw, run on over it, or find no name: a scanner sees no program where the client saves one.",
            Example = "Content-Disposition: attachment; filename=minutes.pdf;.scr\\r\\n",
            Repair = "Quote names with blanks or special characters; separate parameters by one semicolon.",
            ReplyText = "Malformed Content-Disposition",
        },
        new(RuleCode.BoundaryOnNonMultipart, "boundary-on-non-multipart", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2045 5; RFC 2046 5.1.1",
            Summary = "A boundary parameter on a part that is no multipart.",
            Grades = "tag; quarantine when the body holds its delimiter",
            Danger = "A reader that goes by the boundary finds parts where the others see one text.",
            Example = @"Content-Type: text/plain; boundary=x\r\n\r\n--x\r\n",
            Repair = "Give a boundary to multiparts only.",
            ReplyText = "Boundary on a part that is no multipart",
        },
    ];
}
