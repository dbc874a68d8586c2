using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about multiparts of particular kinds, and about delimiters that are odd but clear.</summary>
internal static class CompositeRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.MultipartSignedMangled, "multipart-signed-mangled", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 1847 2.1",
            Summary = "A multipart/signed that has not exactly two parts, or no protocol parameter.",
            Danger = "The signature cannot be checked, and what it would cover is anybody's guess.",
            Example = @"Content-Type: multipart/signed; boundary=x\r\n",
            Repair = "Append list footers outside of the signed part, never inside of it.",
            ReplyText = "Mangled multipart/signed",
        },
        new(RuleCode.MultipartReportMalformed, "multipart-report-malformed", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 6522 3",
            Summary = "A multipart/report without a part of the type that its report-type names.",
            Danger = "Software that counts bounces reads the text for people instead, or fails.",
            Example = @"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
            Repair = "Send the machine-readable part second, as message/ and its report-type.",
            ReplyText = "multipart/report without report",
        },
        new(RuleCode.MultipartUnknownSubtype, "multipart-unknown-subtype", Allow)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2046 5.1.7",
            Summary = "A multipart subtype that is not registered; readers take it for multipart/mixed.",
            Danger = "None known.",
            Example = @"Content-Type: multipart/foo; boundary=x\r\n",
            Repair = "Use a registered subtype.",
            ReplyText = "Unknown multipart subtype",
        },
        new(RuleCode.AlternativeWithAttachment, "alternative-with-attachment", Tag)
        {
            Category = RuleCategory.Ambiguity,
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
            Clause = "RFC 2046 5.1",
            Summary = "A part of a multipart without header fields and without a body.",
            Danger = "None known; some readers number the parts behind it differently.",
            Example = @"--x\r\n\r\n\r\n--x\r\n",
            Repair = "Write a delimiter only in front of a part.",
            ReplyText = "Empty part",
        },
        new(RuleCode.DuplicateClose, "duplicate-close", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2046 5.1.1",
            Summary = "The close delimiter of a multipart again behind it.",
            Danger = "None where nothing stands between them; software that wraps messages wrote it twice.",
            Example = @"--x--\r\n--x--\r\n",
            Repair = "Write the close delimiter once.",
            ReplyText = "Close delimiter twice",
        },
        new(RuleCode.DelimiterTrailingSpace, "delimiter-trailing-space", Allow)
        {
            Category = RuleCategory.MimeStructure,
            Clause = "RFC 2046 5.1.1",
            Summary = "White space behind a delimiter on its line: transport padding, which the grammar allows.",
            Danger = "Readers that compare whole lines miss the delimiter; none of the common ones does.",
            Example = @"--x \t\r\n",
            Repair = "Write nothing behind a delimiter.",
            ReplyText = "White space behind a delimiter",
        },
        new(RuleCode.HtmlRfc822Attached, "html-rfc822-attached", Quarantine)
        {
            Category = RuleCategory.Ambiguity,
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
