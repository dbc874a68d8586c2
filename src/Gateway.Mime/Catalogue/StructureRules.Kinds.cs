using Gateway.Mime.Rules.Body;
using Gateway.Mime.Rules.Structure;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <content>Rows about multiparts of particular kinds.</content>
internal static partial class StructureRules
{
    private static Rule[] Kinds =>
    [
        new(RuleCode.MultipartSignedMangled, "multipart-signed-mangled", Tag)
        {
            Category = RuleCategory.MimeStructure,
            Triggers = [typeof(CompositeKinds)],
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
            Triggers = [typeof(CompositeKinds)],
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
            Triggers = [typeof(CompositeKinds)],
            Clause = "RFC 2046 5.1.7",
            Summary = "A multipart subtype that is not registered; readers take it for multipart/mixed.",
            Danger = "None known.",
            Example = @"Content-Type: multipart/foo; boundary=x\r\n",
            Repair = "Use a registered subtype.",
            ReplyText = "Unknown multipart subtype",
        },
        new(RuleCode.Appledouble, "appledouble", Tag)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(CompositeKinds), typeof(LeafBodies)],
            Clause = "RFC 1740 5; RFC 1741",
            Summary = "A multipart/appledouble that is not an application/applefile and a data part, an application/applefile without its magic number, or an application/macbinary without a MacBinary header.",
            Danger = "Converters in mail stores trust the lengths in these headers (Exchange refuses to store such mail).",
            Example = @"Content-Type: application/applefile\r\n\r\nno AppleDouble header\r\n",
            Repair = "Send files as application/octet-stream.",
            ReplyText = "Damaged Macintosh file",
        },
    ];
}
