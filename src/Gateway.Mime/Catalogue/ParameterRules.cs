using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about what MIME fields declare: names, charsets, sizes, and bodies that lie elsewhere.</summary>
internal static class ParameterRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.MessagePartial, "message-partial", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
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
            Clause = "RFC 2231 3, 4",
            Summary = "A parameter in pieces of which one is missing, doubled or out of order, or with a faulty number, percent sign or charset.",
            Grades = "quarantine for a boundary, for more than 64 pieces, and when the readings of a file name end differently, no ending counting as one; complete pieces in another order are held only when they give the name another ending; tag otherwise",
            Example = "Content-Disposition: attachment; filename*0=\"a.\"; filename*2=\"exe\"; filename*1=\"txt.\"",
            Danger = "Each reader puts together another name (CVE-2024-39929 Exim, CVE-2004-0161).",
            Repair = "Number the pieces from 0 without gaps, or send the value whole.",
            ReplyText = "Malformed RFC 2231 parameter",
            ExplainsStructure = true,
        },
        new(RuleCode.FilenameAmbiguity, "filename-ambiguity", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Clause = "RFC 2183 2.3; RFC 2231; RFC 2047 5",
            Summary = "A file name with several readings (name and filename, plain and extended, in pieces, cut where a token or a quoted string ends or run on over it, cut at a control), or one with control or direction characters, path separators, a dot or blank at its end, an encoded word, or over 255 octets.",
            Grades = "quarantine for NUL, direction characters, readings with different endings, and one that runs beside one without ending; where the syntax is broken any ending beside none counts; tag otherwise",
            Example = "Content-Type: application/pdf; name=\"a.pdf\"\\r\\nContent-Disposition: attachment; filename=\"a.exe\"",
            Danger = "The scanner sees a text file, the client opens a program.",
            Repair = "Send one name, the same in both fields, in RFC 2231 form when it is not US-ASCII.",
            ReplyText = "Ambiguous file name",
        },
        new(RuleCode.CharsetInvalid, "charset-invalid", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Clause = "RFC 2046 4.1.2; RFC 7103 7.6",
            Summary = "A charset parameter that is empty, no name, unknown, UTF-7, or UTF-16 or UTF-32 for text.",
            Grades = "quarantine for UTF-7, and for an empty charset of what is no text; tag otherwise",
            Example = "Content-Type: text/plain; charset=\"\"",
            Danger = "An empty charset stopped Exchange 5.5 (CVE-2000-1006); UTF-7 hides markup from filters.",
            Repair = "Declare utf-8, or whatever the text is in.",
            ReplyText = "Charset empty or not accepted",
            SoftenedForNullSender = true,
        },
        new(RuleCode.ExternalBody, "external-body", Quarantine)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2046 5.2.3; RFC 2017",
            Summary = "A message/external-body: content that the reader is to fetch from elsewhere.",
            Grades = "quarantine when the access type or what it needs is missing, and for local-file and afs; tag otherwise",
            Example = "Content-Type: message/external-body; access-type=local-file; name=\"/etc/passwd\"",
            Danger = "A client that follows it reads local files, or fetches what nobody scanned.",
            Repair = "Attach the content, or write a link.",
            ReplyText = "External body not accepted",
        },
        new(RuleCode.AttachmentSizeMismatch, "attachment-size-mismatch", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "RFC 2183 2.7",
            Summary = "A size parameter or Content-Length that is no number of 31 bits, or a size that differs from the part's by more than a factor of sixteen.",
            Example = "Content-Disposition: attachment; filename=a.pdf; size=-1",
            Danger = "Readers that allocate by it run out of memory, or stop before the end.",
            Repair = "Leave the size out, or write the octets of the decoded content.",
            ReplyText = "Attachment size is not true",
        },
    ];
}
