using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about what bodies hold and how their lines end.</summary>
internal static class BodyRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.ApplicationOctetSniff, "application-octet-sniff", Tag)
        {
            Category = RuleCategory.Ambiguity,
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
            Clause = "none: no bound given",
            Summary = "An HTML part larger than any reader expects, or with one tag of more than 1 MiB.",
            Thresholds = new RuleThresholds(10 * 1024 * 1024, null, null, "octets"),
            Danger = "HTML readers keep a whole tag, and often the whole tree, in memory.",
            Example = @"<img src=""data:image/png;base64,iVBOR... (1 MiB and more)"">",
            Repair = "Attach pictures as related parts instead of data: links.",
            ReplyText = "HTML too large",
        },
        new(RuleCode.BoundaryLinebreakMixed, "boundary-linebreak-mixed", Tag)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 2.3.8; RFC 2046 4.1.1",
            Summary = "Lines of one part end partly in CRLF and partly in LF. It shows where bare-lf is switched off.",
            Danger = "Readers disagree which lines are delimiters.",
            Example = @"one\r\ntwo\nthree\r\n",
            Repair = "Convert all line ends before encoding and signing.",
            ReplyText = "Mixed line ends in one part",
        },
        new(RuleCode.MissingFinalCrlf, "missing-final-crlf", Allow)
        {
            Category = RuleCategory.SmtpFraming,
            Clause = "RFC 5321 4.1.1.4",
            Summary = "The last line of the message has no CRLF; only BDAT and files can carry that. It is forwarded exactly.",
            Danger = "A relay that adds the missing line end breaks signatures.",
            Example = @"last line",
            Repair = "End the last line as all others.",
            ReplyText = "Last line without CRLF",
        },
        new(RuleCode.Appledouble, "appledouble", Tag)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "RFC 1740 5; RFC 1741",
            Summary = "A multipart/appledouble that is not an application/applefile and a data part, an application/applefile without its magic number, or an application/macbinary without a MacBinary header.",
            Danger = "Converters in mail stores trust the lengths in these headers (Exchange refuses to store such mail).",
            Example = @"Content-Type: application/applefile\r\n\r\nno AppleDouble header\r\n",
            Repair = "Send files as application/octet-stream.",
            ReplyText = "Damaged Macintosh file",
        },
        new(RuleCode.RtfInTnef, "rtf-in-tnef", Tag)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "MS-OXRTFCP 2.1.3.1",
            Summary = "Compressed RTF inside a TNEF body whose size, kind or checksum does not fit its content.",
            Danger = "Decompressors of Outlook and Exchange trust the header.",
            Example = @"winmail.dat with PidTagRtfCompressed: LZFu header, checksum 0, content cut off",
            Repair = "Send standard MIME instead of Outlook rich text.",
            ReplyText = "Damaged compressed RTF",
        },
        new(RuleCode.NestedTnef, "nested-tnef", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "MS-OXTNEF 2.1",
            Summary = "TNEF messages embedded in TNEF deeper than three levels.",
            Danger = "Decoders recurse (CVE-2008-7105 killed Exchange edge servers).",
            Example = @"winmail.dat with a message that holds a message that holds a message that holds a message",
            Repair = "Forward as message/rfc822 instead of Outlook items.",
            ReplyText = "TNEF nested too deep",
        },
    ];
}
