using System.Collections.Frozen;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Multiparts of particular kinds that lack what makes them that kind.</summary>
internal sealed class CompositeKinds : RuleFamily
{
    private static readonly FrozenSet<string> Registered = new[]
    {
        "alternative", "appledouble", "byteranges", "digest", "encrypted", "example", "form-data", "header-set", "mixed", "multilingual", "parallel",
        "related", "report", "signed", "vnd.bint.med-plus", "voice-message", "x-mixed-replace",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // One bit for each open level: the part that the kind of the level asks for was seen.
    private ulong _fulfilled;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        ReadOnlySpan<PartNode> open = inspection.Open;
        if (part.Kind == PartKind.Multipart)
        {
            _fulfilled &= ~Bit(open.Length);
            if (!Registered.Contains(part.ContentType.MediaSubtype))
            {
                inspection.Report(
                    RuleCode.MultipartUnknownSubtype, RuleAction.Allow, part.TypeOffset, part.TypeLength, "a multipart of an unregistered kind", part.TypeLine);
            }
        }

        if (open.Length > 1 && open[^2] is { Kind: PartKind.Multipart } parent && Fulfils(parent.ContentType, part))
        {
            _fulfilled |= Bit(open.Length - 1);
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (part.Kind != PartKind.Multipart)
        {
            return;
        }

        ContentType type = part.ContentType;
        bool fulfilled = (_fulfilled & Bit(inspection.Open.Length)) != 0;
        if (Is(type, "signed") && (part.Children != 2 || string.IsNullOrEmpty(type.Parameters["protocol"])))
        {
            Report(inspection, RuleCode.MultipartSignedMangled, part, part.Children == 2 ? "no protocol parameter" : $"{part.Children} parts instead of two");
        }
        else if (Is(type, "report") && !fulfilled)
        {
            Report(inspection, RuleCode.MultipartReportMalformed, part, "no part of the type that report-type names");
        }
        else if (Is(type, "appledouble") && (part.Children != 2 || !fulfilled))
        {
            Report(inspection, RuleCode.Appledouble, part, part.Children == 2 ? "the first part is no application/applefile" : $"{part.Children} parts instead of two");
        }
    }

    /// <summary>True for the report of a report, whose subtype report-type names, and for the resource fork of a Macintosh file.</summary>
    private static bool Fulfils(ContentType parent, PartNode part)
    {
        ContentType type = part.ContentType;
        if (Is(parent, "report"))
        {
            // message/global-delivery-status and application/tlsrpt+json are reports too.
            return parent.Parameters["report-type"] is { Length: > 0 } kind
                ? type.MediaSubtype.Contains(kind, StringComparison.OrdinalIgnoreCase)
                : type.MediaType.Equals("message", StringComparison.OrdinalIgnoreCase) && part.Kind == PartKind.Leaf;
        }

        return Is(parent, "appledouble") && part.Index == 1 && type.IsMimeType("application", "applefile");
    }

    private static bool Is(ContentType type, string subtype) => type.MediaSubtype.Equals(subtype, StringComparison.OrdinalIgnoreCase);

    private static ulong Bit(int level) => 1ul << (level & 63);

    private static void Report(Inspection inspection, RuleCode code, PartNode part, string detail) =>
        inspection.Report(code, RuleAction.Tag, part.TypeOffset, part.TypeLength, detail, part.TypeLine);
}
