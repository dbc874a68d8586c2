using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about the bodies of parts.</summary>
internal static class ContentRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.MalformedBase64, "malformed-base64", Quarantine)
        {
            Category = RuleCategory.Encodings,
            Clause = "RFC 2045 6.8; RFC 4648 12; RFC 7103 8.2",
            Summary = "A base64 body with characters outside the alphabet, padding before the end, data behind the padding, or a length that is no multiple of four.",
            Grades = "quarantine; tag for up to three padding characters too many behind whole groups, which every decoder ignores, and for a wrong length from the null sender",
            Danger = "Decoders stop, skip or garble, so a scanner and a client see different files (CVE-2006-6405, CVE-2004-2619).",
            Repair = "Encode each body once, as a whole, with padding at the end only; append nothing to encoded bodies.",
            Example = "SGVsbG8=!!d29ybGQ=",
            ReplyText = "Malformed base64 content",
        },
        new(RuleCode.MalformedTnef, "malformed-tnef", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "MS-OXTNEF 2.1",
            Summary = "A TNEF body (application/ms-tnef, winmail.dat) that breaks its format, is cut off, or nests deeper than five levels.",
            Danger = "Exchange decodes TNEF in transport: CVE-2006-0002, CVE-2009-0098, CVE-2008-7105.",
            Repair = "Send standard MIME instead of Outlook rich text.",
            Example = "winmail.dat whose attribute is longer than the file",
            ReplyText = "Malformed TNEF content",
        },
    ];
}
