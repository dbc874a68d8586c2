using Gateway.Mime.Rules.Body;
using Gateway.Mime.Rules.Body.Reading;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about what leaves hold: encodings, charsets, sizes.</summary>
internal static class BodyRules
{
    public static Rule[] All =>
    [
        new(RuleCode.MalformedBase64, "malformed-base64", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(Base64Body)],
            Clause = "RFC 2045 6.8; RFC 4648 12; RFC 7103 8.2",
            Summary = "A base64 body with characters outside the alphabet, padding before the end, data behind the padding, or a length that is no multiple of four.",
            Grades = "quarantine; tag for up to three padding characters too many behind whole groups, which every decoder ignores, and for a wrong length from the null sender",
            Danger = "Decoders stop, skip or garble, so a scanner and a client see different files (CVE-2006-6405, CVE-2004-2619).",
            Repair = "Encode each body once, as a whole, with padding at the end only; append nothing to encoded bodies.",
            Example = "SGVsbG8=!!d29ybGQ=",
            ReplyText = "Malformed base64 content",
        },
        new(RuleCode.MalformedQuotedPrintable, "malformed-quoted-printable", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(QuotedPrintableBody)],
            Clause = "RFC 2045 6.7",
            Summary = "Quoted-printable with an equals sign that escapes nothing, lines over 76, lower-case digits, 8-bit characters or blanks at the end of a line.",
            Grades = "quarantine for an equals sign that escapes nothing or is cut off by a delimiter; tag for a run of equals signs up to the end of a line; allow otherwise",
            Example = "100 =% sure",
            Danger = "Decoders keep, drop or decode what follows the equals sign: five contents of one body among thirteen parsers.",
            Repair = "Write every equals sign as =3D and wrap lines at 76.",
            ReplyText = "Malformed quoted-printable content",
        },
        new(RuleCode.UuencodeOrBinhexInline, "uuencode-or-binhex-inline", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(InlineEncodings)],
            Clause = "RFC 2045 6.3; RFC 1741",
            Summary = "uuencoded, yEnc or BinHex data in a text part, a part in such an encoding, or application/mac-binhex40 in base64.",
            Grades = "quarantine for mac-binhex40 in base64; tag otherwise",
            Example = "begin 644 a.exe",
            Danger = "Old clients open a file that scanners of MIME never saw; BinHex in base64 is refused by Exchange as corrupt.",
            Repair = "Attach files as MIME parts in base64.",
            ReplyText = "BinHex within base64 is not accepted",
        },
        new(RuleCode.CharsetInvalid, "charset-invalid", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(Charsets)],
            Clause = "RFC 2046 4.1.2; RFC 7103 7.6",
            Summary = "A charset parameter that is empty, no name, unknown, UTF-7, or UTF-16 or UTF-32 for text.",
            Grades = "quarantine for UTF-7, and for an empty charset of what is no text; tag otherwise",
            Example = "Content-Type: text/plain; charset=\"\"",
            Danger = "An empty charset stopped Exchange 5.5 (CVE-2000-1006); UTF-7 hides markup from filters.",
            Repair = "Declare utf-8, or whatever the text is in.",
            ReplyText = "Charset empty or not accepted",
            SoftenedForNullSender = true,
        },
        new(RuleCode.EightBitBodyUndeclared, "8bit-body-undeclared", Allow)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(TextOctets)],
            Clause = "RFC 2045 2.7, 6.2; RFC 2046 4.1.2",
            Summary = "Octets above 127 in a body without encoding 8bit or binary, or in text declared as US-ASCII or not at all.",
            Example = "Content-Type: text/plain\\r\\n\\r\\nGr\\xfc\\xdfe",
            Danger = "Readers guess the charset: unreadable letters, nothing worse.",
            Repair = "Declare the charset and Content-Transfer-Encoding: 8bit.",
            ReplyText = "Undeclared 8-bit content",
        },
        new(RuleCode.Utf8InvalidBody, "utf8-invalid-body", Allow)
        {
            Category = RuleCategory.Encodings,
            Triggers = [typeof(TextOctets)],
            Clause = "RFC 3629 3, 4; RFC 2046 4.1.2",
            Summary = "Text declared as UTF-8 and sent without base64 that is not UTF-8: stray octets, overlong forms, surrogates.",
            Example = "Content-Type: text/plain; charset=utf-8\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n\\xc0\\xaf",
            Danger = "Decoders stop with an error, or read overlong forms as other characters.",
            Repair = "Declare the charset the text is in.",
            ReplyText = "Text is not UTF-8",
        },
        new(RuleCode.AttachmentSizeMismatch, "attachment-size-mismatch", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(SizeClaims)],
            Clause = "RFC 2183 2.7",
            Summary = "A size parameter or Content-Length that is no number of 31 bits, or a size that differs from the part's by more than a factor of sixteen.",
            Example = "Content-Disposition: attachment; filename=a.pdf; size=-1",
            Danger = "Readers that allocate by it run out of memory, or stop before the end.",
            Repair = "Leave the size out, or write the octets of the decoded content.",
            ReplyText = "Attachment size is not true",
        },
        new(RuleCode.AlternativeWithAttachment, "alternative-with-attachment", Tag)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(LeafBodies)],
            Clause = "RFC 2046 5.1.4",
            Summary = "A program, by type or by the end of its file name, as a direct part of a multipart/alternative.",
            Danger = "Clients show one alternative and some hide the others; scanners look at the one they expect to be shown.",
            Example = @"Content-Type: application/octet-stream; name=invoice.exe\r\n",
            Repair = "Attach files beside the alternatives, in a multipart/mixed.",
            ReplyText = "Program among alternatives",
        },
        new(RuleCode.EmptyPart, "empty-part", Allow)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(LeafBodies)],
            Clause = "RFC 2046 5.1",
            Summary = "A part of a multipart without header fields and without a body.",
            Danger = "None known; some readers number the parts behind it differently.",
            Example = @"--x\r\n\r\n\r\n--x\r\n",
            Repair = "Write a delimiter only in front of a part.",
            ReplyText = "Empty part",
        },
        new(RuleCode.ApplicationOctetSniff, "application-octet-sniff", Tag)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(LeafBodies)],
            Clause = "RFC 2046 4.1, 4.5.1",
            Summary = "A part declared as text that starts like a program or a ZIP file, or a text in base64 that decodes to binary.",
            Danger = "Filters by type let it pass, and clients that look at the content open it as what it is.",
            Example = @"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA//8AALgAAAA\r\n",
            Repair = "Declare files by their type, or as application/octet-stream.",
            ReplyText = "Binary content declared as text",
        },
        new(RuleCode.HtmlPartOversize, "html-part-oversize", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(LargeHtml)],
            Clause = "none: no bound given",
            Summary = "An HTML part larger than any reader expects, or with one tag of more than 1 MiB.",
            Thresholds = new RuleThresholds(10 * 1024 * 1024, null, null, "octets"),
            Danger = "HTML readers keep a whole tag, and often the whole tree, in memory.",
            Example = @"<img src=""data:image/png;base64,iVBOR... (1 MiB and more)"">",
            Repair = "Attach pictures as related parts instead of data: links.",
            ReplyText = "HTML too large",
        },
        new(RuleCode.HtmlRfc822Attached, "html-rfc822-attached", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
            Triggers = [typeof(LeafBodies)],
            Clause = "RFC 2046 5.2.1; RFC 2045 6.4",
            Summary = "A message/rfc822 in base64 with a file name that ends in .eml: what encoded-composite-part is for the other composite types.",
            Danger = "One reader opens the embedded message, the other sees an opaque file.",
            Example = "Content-Type: message/rfc822; name=\"original.eml\"\\r\\nContent-Transfer-Encoding: base64\\r\\n",
            Repair = "Send embedded messages as message/rfc822 without encoding, or as application/octet-stream.",
            ReplyText = "Encoded embedded message",
            SoftenedForNullSender = true,
            ExplainsStructure = true,
        },
    ];
}
