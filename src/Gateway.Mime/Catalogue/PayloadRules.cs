using Gateway.Mime.Rules.Payload;
using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about formats inside of bodies: calendars, TNEF, S/MIME, compressed files.</summary>
internal static class PayloadRules
{
    public static Rule[] All =>
    [
        new(RuleCode.MalformedTnef, "malformed-tnef", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(TnefBody)],
            Clause = "MS-OXTNEF 2.1",
            Summary = "A TNEF body (application/ms-tnef, winmail.dat) that breaks its format, is cut off, or nests deeper than five levels.",
            Danger = "Exchange decodes TNEF in transport: CVE-2006-0002, CVE-2009-0098, CVE-2008-7105.",
            Repair = "Send standard MIME instead of Outlook rich text.",
            Example = "winmail.dat whose attribute is longer than the file",
            ReplyText = "Malformed TNEF content",
        },
        new(RuleCode.MalformedIcalendar, "malformed-icalendar", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(CalendarBody)],
            Clause = "RFC 5545 3.1, 3.3.10, 3.4; RFC 6047",
            Summary = "A calendar part whose components do not balance or nest over ten deep, with a property over 64 KB, a recurrence without bound, or MODPROPS twice.",
            Grades = "quarantine; allow for odd dates, stray text and bare CR",
            Example = "BEGIN:VCALENDAR\\r\\nBEGIN:VEVENT\\r\\nEND:VCALENDAR",
            Danger = "Exchange reads calendars in transport: CVE-2006-0027 (code execution), CVE-2007-0039 (MODPROPS stops it).",
            Repair = "End every component that begins; bound every recurrence.",
            ReplyText = "Malformed calendar content",
        },
        new(RuleCode.DecodedSizeRatio, "decoded-size-ratio", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Triggers = [typeof(CompressedBody)],
            Clause = "none: the gateway's own bound",
            Summary = "A gzip part that unpacks to over a megabyte and to many times its size; the first 4 MB are unpacked, the rest is judged by the size it claims.",
            Example = "Content-Type: application/gzip, 50 KB that unpack to 50 MB",
            Thresholds = new RuleThresholds(100, null, null, "times the size"),
            Danger = "Who unpacks it in memory runs out of memory.",
            Repair = "Send the content by other means.",
            ReplyText = "Content unpacks to many times its size",
        },
        new(RuleCode.SmimeStructure, "smime-structure", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(SmimeBody)],
            Clause = "RFC 8551 3; X.690 8.1",
            Summary = "An application/pkcs7 part whose ASN.1 lengths run over what holds them, nest over 32 deep, or never end.",
            Grades = "quarantine; tag for a detached signature that is cut or garbled, without which the message reads the same",
            Example = "\\x30\\x84\\xff\\xff\\xff\\xff\\x06\\x09",
            Danger = "Decoders read beyond their buffer or loop (CVE-2003-0564, CVE-2018-15453 Cisco ESA).",
            Repair = "Sign or encrypt the message anew; something cut or changed the part.",
            ReplyText = "Malformed S/MIME content",
        },
        new(RuleCode.RtfInTnef, "rtf-in-tnef", Tag)
        {
            Category = RuleCategory.DownstreamCrasher,
            Triggers = [typeof(TnefBody)],
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
            Triggers = [typeof(TnefBody)],
            Clause = "MS-OXTNEF 2.1",
            Summary = "TNEF messages embedded in TNEF deeper than three levels.",
            Danger = "Decoders recurse (CVE-2008-7105 killed Exchange edge servers).",
            Example = @"winmail.dat with a message that holds a message that holds a message that holds a message",
            Repair = "Forward as message/rfc822 instead of Outlook items.",
            ReplyText = "TNEF nested too deep",
        },
    ];
}
