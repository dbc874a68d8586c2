using static Gateway.Mime.RuleAction;

namespace Gateway.Mime.Catalogue;

/// <summary>Catalogue rows about bodies: calendars, S/MIME, text, and what unpacks to more than it is.</summary>
internal static class PayloadRules
{
    public static Rule[] All { get; } =
    [
        new(RuleCode.MalformedIcalendar, "malformed-icalendar", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "RFC 5545 3.1, 3.3.10, 3.4; RFC 6047",
            Summary = "A calendar part whose components do not balance or nest over ten deep, with a property over 64 KB, a recurrence without bound, or MODPROPS twice.",
            Grades = "quarantine; allow for odd dates, stray text and bare CR",
            Example = "BEGIN:VCALENDAR\\r\\nBEGIN:VEVENT\\r\\nEND:VCALENDAR",
            Danger = "Exchange reads calendars in transport: CVE-2006-0027 (code execution), CVE-2007-0039 (MODPROPS stops it).",
            Repair = "End every component that begins; bound every recurrence.",
            ReplyText = "Malformed calendar content",
        },
        new(RuleCode.MalformedQuotedPrintable, "malformed-quoted-printable", Quarantine)
        {
            Category = RuleCategory.Encodings,
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
            Clause = "RFC 2045 6.3; RFC 1741",
            Summary = "uuencoded, yEnc or BinHex data in a text part, a part in such an encoding, or application/mac-binhex40 in base64.",
            Grades = "quarantine for mac-binhex40 in base64; tag otherwise",
            Example = "begin 644 a.exe",
            Danger = "Old clients open a file that scanners of MIME never saw; BinHex in base64 is refused by Exchange as corrupt.",
            Repair = "Attach files as MIME parts in base64.",
            ReplyText = "BinHex within base64 is not accepted",
        },
        new(RuleCode.DecodedSizeRatio, "decoded-size-ratio", Tag)
        {
            Category = RuleCategory.ResourceBomb,
            Clause = "none: the gateway's own bound",
            Summary = "A gzip part that unpacks to over a megabyte and to many times its size; the first 4 MB are unpacked, the rest is judged by the size it claims.",
            Example = "Content-Type: application/gzip, 50 KB that unpack to 50 MB",
            Thresholds = new RuleThresholds(100, null, null, "times the size"),
            Danger = "Who unpacks it in memory runs out of memory.",
            Repair = "Send the content by other means.",
            ReplyText = "Content unpacks to many times its size",
        },
        new(RuleCode.EightBitBodyUndeclared, "8bit-body-undeclared", Allow)
        {
            Category = RuleCategory.Encodings,
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
            Clause = "RFC 3629 3, 4; RFC 2046 4.1.2",
            Summary = "Text declared as UTF-8 and sent without base64 that is not UTF-8: stray octets, overlong forms, surrogates.",
            Example = "Content-Type: text/plain; charset=utf-8\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n\\xc0\\xaf",
            Danger = "Decoders stop with an error, or read overlong forms as other characters.",
            Repair = "Declare the charset the text is in.",
            ReplyText = "Text is not UTF-8",
        },
        new(RuleCode.SmimeStructure, "smime-structure", Quarantine)
        {
            Category = RuleCategory.DownstreamCrasher,
            Clause = "RFC 8551 3; X.690 8.1",
            Summary = "An application/pkcs7 part whose ASN.1 lengths run over what holds them, nest over 32 deep, or never end.",
            Grades = "quarantine; tag for a detached signature that is cut or garbled, without which the message reads the same",
            Example = "\\x30\\x84\\xff\\xff\\xff\\xff\\x06\\x09",
            Danger = "Decoders read beyond their buffer or loop (CVE-2003-0564, CVE-2018-15453 Cisco ESA).",
            Repair = "Sign or encrypt the message anew; something cut or changed the part.",
            ReplyText = "Malformed S/MIME content",
        },
    ];
}
