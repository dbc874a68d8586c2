using System.Buffers;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Body.Reading;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Body;

/// <summary>Leaves that are not what they are declared as, or not where they belong.</summary>
/// <remarks>Cost: for each leaf a few comparisons, for text one read of its start; only HTML over 1 MiB is read whole.</remarks>
internal sealed class LeafBodies : RuleFamily
{
    private const int LargestHead = 144;

    private static readonly string[] Programs =
    [
        ".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".jse", ".lnk", ".msi", ".pif", ".ps1", ".scr", ".vbe", ".vbs", ".wsf", ".wsh",
    ];

    private static readonly string[] Messages = [".eml"];

    private static readonly string[] ProgramTypes =
    [
        "x-msdownload", "x-msdos-program", "x-dosexec", "x-executable", "vnd.microsoft.portable-executable", "x-sh", "hta", "java-archive",
    ];

    /// <summary>Octets no text has: C0 without TAB, LF, FF, CR and ESC.</summary>
    private static readonly SearchValues<byte> BinaryOctets =
        SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31]);

    private readonly LargeHtml _html = new();

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        if (part.Kind != PartKind.Leaf)
        {
            return;
        }

        ReadOnlySpan<PartNode> open = inspection.Open;
        HeaderBlock block = inspection.Header;
        if (open.Length > 1 && open[^2] is { Kind: PartKind.Multipart } parent && parent.ContentType.IsMimeType("multipart", "alternative") && IsProgram(part.ContentType, block))
        {
            inspection.Report(
                RuleCode.AlternativeWithAttachment, RuleAction.Tag, part.TypeOffset, part.TypeLength, "a program among alternatives", part.TypeLine);
        }

        if (part.Encoding == BodyEncoding.Base64 && IsMessageFile(block))
        {
            inspection.Report(
                RuleCode.HtmlRfc822Attached, RuleAction.Quarantine, part.TypeOffset, part.TypeLength, "an embedded message as an encoded file", part.TypeLine);
        }
    }

    /// <summary>An embedded message that is named as a file.</summary>
    public static bool IsMessageFile(HeaderBlock block) =>
        block.ContentType is { } type && type.IsType("message"u8) && type.IsSubtype("rfc822"u8) && NameEnds.EndsWith(block, Messages);

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (part.Kind != PartKind.Leaf)
        {
            return;
        }

        ContentType type = part.ContentType;
        if (type.MediaType.Equals("text", StringComparison.OrdinalIgnoreCase))
        {
            Text(inspection, part, end);
        }
        else if (type.MediaType.Equals("application", StringComparison.OrdinalIgnoreCase))
        {
            Macintosh(inspection, part, end);
        }

        if (end <= part.BodyBegin && inspection.Header.Fields.IsEmpty && inspection.Open.Length > 1)
        {
            inspection.Report(RuleCode.EmptyPart, RuleAction.Allow, part.Begin, 0, "a part without header and body");
        }
    }

    private static bool IsProgram(ContentType type, HeaderBlock block)
    {
        if (type.IsMimeType("text", "plain") || type.IsMimeType("text", "html"))
        {
            return false;
        }

        bool byType = type.MediaType.Equals("application", StringComparison.OrdinalIgnoreCase) && ProgramTypes.Contains(type.MediaSubtype, StringComparer.OrdinalIgnoreCase);
        return byType || NameEnds.EndsWith(block, Programs);
    }

    private void Text(Inspection inspection, PartNode part, long end)
    {
        Span<byte> buffer = stackalloc byte[LargestHead];
        ReadOnlySpan<byte> head = buffer[..BodyHead.Read(inspection.Content, part, end, buffer)];
        bool binary = head.IndexOfAny(BinaryOctets) >= 0 && !IsWide(part.ContentType, head);
        string? flaw = head.StartsWith("PK\u0003\u0004"u8) ? "a text that is a ZIP file"
            : binary && head.StartsWith("MZ"u8) ? "a text that is a program"
            : binary && part.Encoding == BodyEncoding.Base64 ? "a text in base64 that is binary"
            : null;
        if (flaw is not null)
        {
            inspection.Report(RuleCode.ApplicationOctetSniff, RuleAction.Tag, part.BodyBegin, Math.Min(64, end - part.BodyBegin), flaw);
        }

        if (part.ContentType.MediaSubtype.Equals("html", StringComparison.OrdinalIgnoreCase))
        {
            _html.Look(inspection, part, end);
        }
    }

    /// <summary>UTF-16 and UTF-32 by name or by byte order mark.</summary>
    private static bool IsWide(ContentType type, ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])
        || (type.Charset is { } charset && (charset.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) || charset.StartsWith("utf-32", StringComparison.OrdinalIgnoreCase)));

    /// <summary>AppleSingle and AppleDouble start with a magic number, MacBinary with a zero and the length of a name.</summary>
    private static void Macintosh(Inspection inspection, PartNode part, long end)
    {
        bool apple = part.ContentType.MediaSubtype.Equals("applefile", StringComparison.OrdinalIgnoreCase);
        bool binary = part.ContentType.MediaSubtype.Equals("macbinary", StringComparison.OrdinalIgnoreCase)
            || part.ContentType.MediaSubtype.Equals("x-macbinary", StringComparison.OrdinalIgnoreCase);
        if ((!apple && !binary) || part.Encoding is not (BodyEncoding.Identity or BodyEncoding.Base64))
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[LargestHead];
        ReadOnlySpan<byte> head = buffer[..BodyHead.Read(inspection.Content, part, end, buffer)];
        bool damaged = apple
            ? !head.StartsWith((ReadOnlySpan<byte>)[0x00, 0x05, 0x16, 0x07]) && !head.StartsWith((ReadOnlySpan<byte>)[0x00, 0x05, 0x16, 0x00])
            : head.Length < 128 || head[0] != 0 || head[1] is 0 or > 63 || head[74] != 0 || head[82] != 0;
        if (damaged)
        {
            inspection.Report(
                RuleCode.Appledouble, RuleAction.Tag, part.BodyBegin, Math.Min(64, end - part.BodyBegin), apple ? "no AppleDouble header" : "no MacBinary header");
        }
    }
}
