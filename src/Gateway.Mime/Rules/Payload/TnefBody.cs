using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Payload.Tnef;
using Gateway.Mime.Structure;
using MimeKit;
using MimeKit.Tnef;

namespace Gateway.Mime.Rules.Payload;

/// <summary>TNEF bodies that break their format: Exchange would decode them in transport.</summary>
internal sealed class TnefBody : RuleFamily
{
    private const int MaxNesting = 5;

    /// <summary>Deeper than this and up to <see cref="MaxNesting"/> is well formed but quarantined under its own name.</summary>
    private const int DeepNesting = 3;

    // An honest TNEF file has a few dozen attributes.
    private const int MaxItems = 100_000;

    // Not damage: a type of property MimeKit does not know, and a code page this machine has no tables for (936 is one).
    private const TnefComplianceStatus Harmless = TnefComplianceStatus.UnsupportedPropertyType | TnefComplianceStatus.InvalidMessageCodepage;

    private bool _active;
    private int _items;
    private int _deepest;
    private string? _rtfFlaw;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part) => _active = part.Kind == PartKind.Leaf && IsTnef(inspection.Header, part.ContentType);

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (!_active || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _active = false;
        _items = 0;
        _deepest = 0;
        _rtfFlaw = null;
        if (Flaw(inspection.Content, part, end) is { } flaw)
        {
            inspection.Report(RuleCode.MalformedTnef, RuleAction.Quarantine, part.BodyBegin, end - part.BodyBegin, flaw);
        }

        if (_deepest > DeepNesting)
        {
            inspection.Report(
                RuleCode.NestedTnef, RuleAction.Quarantine, part.BodyBegin, end - part.BodyBegin, "messages nested deeper than three levels");
        }

        if (_rtfFlaw is not null)
        {
            inspection.Report(RuleCode.RtfInTnef, RuleAction.Tag, part.BodyBegin, end - part.BodyBegin, _rtfFlaw);
        }
    }

    private static bool IsTnef(HeaderBlock block, ContentType type)
    {
        if (type.IsMimeType("application", "ms-tnef") || type.IsMimeType("application", "vnd.ms-tnef"))
        {
            return true;
        }

        int disposition = block.Find(HeaderId.ContentDisposition);
        return IsWinmail(block.ContentTypeField?.Value) || (disposition >= 0 && IsWinmail(block.Fields[disposition].Value));
    }

    private static bool IsWinmail(byte[]? value)
    {
        ReadOnlySpan<byte> rest = value;
        while (rest.IndexOfAny((byte)'w', (byte)'W') is var at and >= 0)
        {
            rest = rest[at..];
            if (rest.Length >= 11 && Ascii.EqualsIgnoreCase(rest[..11], "winmail.dat"u8))
            {
                return true;
            }

            rest = rest[1..];
        }

        return false;
    }

    [CatchesAll("whatever the decoder fails with is what the rule is about; a fault of the content's disk goes on to the caller")]
    private string? Flaw(MessageBytes content, PartNode part, long end)
    {
        using PartBody body = new(content, part, end);
        using TnefReader reader = new(body.Decoded, 0, TnefComplianceMode.Loose);
        try
        {
            return Walk(reader, 1);
        }
        catch (Exception fault) when (fault is EndOfStreamException or not (OperationCanceledException or IOException))
        {
            // An input that ends too early is the decoder's; other input errors are our disk's. Any other failure of the decoder is what the rule is about: a decoder behind us may fail worse.
            return $"the decoder failed: {fault.GetType().Name}";
        }
    }

    private string? Walk(TnefReader reader, int level)
    {
        _deepest = Math.Max(_deepest, level);
        if (level > MaxNesting)
        {
            return "nested deeper than five levels";
        }

        while (reader.ReadNextAttribute())
        {
            if (++_items > MaxItems)
            {
                return "more attributes than any honest file has";
            }

            if (Properties(reader, level) is { } flaw)
            {
                return flaw;
            }
        }

        TnefComplianceStatus status = reader.ComplianceStatus & ~Harmless;
        return status == TnefComplianceStatus.Compliant ? null : $"not compliant: {status}";
    }

    private string? Properties(TnefReader reader, int level)
    {
        string? Embedded(TnefValueStream stream)
        {
            using TnefReader embedded = new(stream, 0, TnefComplianceMode.Loose);
            return Walk(embedded, level + 1);
        }

        // The reader has read the count of properties or rows already; the rest of the attribute is walked here.
        switch (reader.AttributeTag)
        {
            case TnefAttributeTag.MapiProperties or TnefAttributeTag.Attachment:
                MapiProperties properties = new(reader);
                string? found = properties.Walk(reader.TnefPropertyReader.PropertyCount, Embedded);
                _rtfFlaw ??= properties.RtfFlaw;
                return found;
            case TnefAttributeTag.RecipientTable:
                MapiProperties rows = new(reader);
                for (int left = reader.TnefPropertyReader.RowCount; left > 0; left--)
                {
                    if (!rows.TryReadWord(out int count))
                    {
                        return "rows run over their attribute";
                    }

                    if (rows.Walk(count, Embedded) is { } flaw)
                    {
                        return flaw;
                    }
                }

                return null;
            default:
                return null;
        }
    }
}
