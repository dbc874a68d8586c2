using Gateway.Mime.Rules.Header;
using Gateway.Mime.Rules.Structure;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about the grammar of MIME fields.</content>
internal static partial class StructureRules
{
    private static Rule[] Grammar =>
    [
        new(RuleCode.DuplicateContentTransferEncoding, "duplicate-content-transfer-encoding", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(TransferEncodings), typeof(DuplicateFields)],
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
            Triggers = [typeof(MediaType)],
            Clause = "RFC 2045 5.1; RFC 2231 3, 4",
            Summary = "The same parameter twice in one MIME field, also through the extended forms (boundary and boundary*0).",
            Grades = "quarantine for boundary and charset in any form and for names with different values in one form; tag otherwise",
            Danger = "Two boundaries give two messages (CVE-2024-28054 Amavis, CVE-2026-116265 MIME-tools).",
            Repair = "Send each parameter once.",
            Example = "Content-Type: multipart/mixed; boundary=a; boundary=b",
            ReplyText = "MIME parameter given twice",
            ExplainsStructure = true,
        },
        new(RuleCode.MalformedContentType, "malformed-content-type", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(MediaType)],
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
            Triggers = [typeof(TransferEncodings)],
            Clause = "RFC 2045 6.1, 6.4",
            Summary = "A Content-Transfer-Encoding other than 7bit, 8bit, binary, quoted-printable and base64, or one with quotes, comments or text behind it.",
            Grades = "quarantine, also for the encodings from before MIME (uuencode, yEnc) under all their names; tag for a text that is no attachment under a misspelt 8bit or 7bit or a charset",
            Danger = "One reader repairs the name and decodes, the next shows the raw text.",
            Repair = "Write the encoding as one of the five words.",
            Example = "Content-Transfer-Encoding: bas64",
            ReplyText = "Unknown Content-Transfer-Encoding",
            ExplainsStructure = true,
        },
        new(RuleCode.MessagePartial, "message-partial", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(PartialMessages)],
            Clause = "RFC 2046 5.2.2",
            Summary = "A message/partial: one piece of a message that the reader puts together.",
            Example = "Content-Type: message/partial; id=\"a@example.org\"; number=1; total=3",
            Danger = "An attachment in pieces passes every scanner and is whole again at the client.",
            Repair = "Send the message whole.",
            ReplyText = "Message fragments are not accepted",
        },
        new(RuleCode.Rfc2231ContinuationAnomaly, "rfc2231-continuation-anomaly", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(Continuations)],
            Clause = "RFC 2231 3, 4",
            Summary = "A parameter in pieces of which one is missing, doubled or out of order, or with a faulty number, percent sign or charset.",
            Grades = "quarantine for a boundary, for more than 64 pieces, and when the readings of a file name end differently, no ending counting as one; complete pieces in another order are quarantined only when they give the name another ending; tag otherwise",
            Example = "Content-Disposition: attachment; filename*0=\"a.\"; filename*2=\"exe\"; filename*1=\"txt.\"",
            Danger = "Each reader puts together another name (CVE-2024-39929 Exim, CVE-2004-0161).",
            Repair = "Number the pieces from 0 without gaps, or send the value whole.",
            ReplyText = "Malformed RFC 2231 parameter",
            ExplainsStructure = true,
        },
        new(RuleCode.FilenameAmbiguity, "filename-ambiguity", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(FileNameReadings)],
            Clause = "RFC 2183 2.3; RFC 2231; RFC 2047 5",
            Summary = "A file name with several readings (name and filename, plain and extended, in pieces, cut where a token or a quoted string ends or run on over it, cut at a control), or one with control or direction characters, path separators, a dot or blank at its end, an encoded word, or over 255 octets.",
            Grades = "quarantine for NUL, direction characters, readings with different endings, and one that runs beside one without ending; where the syntax is broken any ending beside none counts; tag otherwise",
            Example = "Content-Type: application/pdf; name=\"a.pdf\"\\r\\nContent-Disposition: attachment; filename=\"a.exe\"",
            Danger = "The scanner sees a text file, the client opens a program.",
            Repair = "Send one name, the same in both fields, in RFC 2231 form when it is not US-ASCII.",
            ReplyText = "Ambiguous file name",
        },
        new(RuleCode.ExternalBody, "external-body", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(PartialMessages)],
            Clause = "RFC 2046 5.2.3; RFC 2017",
            Summary = "A message/external-body: content that the reader is to fetch from elsewhere.",
            Grades = "quarantine when the access type or what it needs is missing, and for local-file and afs; tag otherwise",
            Example = "Content-Type: message/external-body; access-type=local-file; name=\"/etc/passwd\"",
            Danger = "A client that follows it reads local files, or fetches what nobody scanned.",
            Repair = "Attach the content, or write a link.",
            ReplyText = "External body not accepted",
        },
        new(RuleCode.UnstructuredJunkAfterQuoted, "unstructured-junk-after-quoted", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(FieldGrammar)],
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
            Triggers = [typeof(FieldGrammar)],
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
            Triggers = [typeof(FieldGrammar)],
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
            Triggers = [typeof(FieldGrammar)],
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
            Triggers = [typeof(FieldGrammar)],
            Clause = "RFC 2045 5.1; RFC 5322 2.2.3",
            Summary = "A fold inside the type or inside a parameter's value.",
            Grades = "quarantine in the type and the boundary; tag in other values",
            Danger = "Readers join the pieces with a blank, without one, or drop the rest.",
            Example = "Content-Disposition: attachment; filename=\"long\\r\\n name.pdf\"\\r\\n",
            Repair = "Fold between parameters; split long values as RFC 2231 says.",
            ReplyText = "Fold inside a MIME value",
        },
        new(RuleCode.BoundaryOnNonMultipart, "boundary-on-non-multipart", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(StrayBoundary)],
            Clause = "RFC 2045 5; RFC 2046 5.1.1",
            Summary = "A boundary parameter on a part that is no multipart.",
            Grades = "tag; quarantine when the body holds its delimiter",
            Danger = "A reader that goes by the boundary finds parts where the others see one text.",
            Example = @"Content-Type: text/plain; boundary=x\r\n\r\n--x\r\n",
            Repair = "Give a boundary to multiparts only.",
            ReplyText = "Boundary on a part that is no multipart",
        },
        new(RuleCode.MalformedContentDisposition, "malformed-content-disposition", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(MediaType)],
            Clause = "RFC 2183 2; RFC 2045 5.1",
            Summary = "A Content-Disposition that is not type *(\";\" attribute \"=\" value): the same grammar as malformed-content-type, for the other field that names files.",
            Grades = "quarantine for a quoted string or comment that does not end and for more than 64 parameters; tag otherwise, and what the flaw does to the name is filename-ambiguity",
            Danger = "Readers cut the name at the flaw, run on over it, or find no name: a scanner sees no program where the client saves one.",
            Example = "Content-Disposition: attachment; filename=minutes.pdf;.scr\\r\\n",
            Repair = "Quote names with blanks or special characters; separate parameters by one semicolon.",
            ReplyText = "Malformed Content-Disposition",
        },
    ];
}
