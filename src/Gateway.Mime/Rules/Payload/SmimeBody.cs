using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Payload.Smime;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Payload;

/// <summary>S/MIME objects whose ASN.1 does not hold together: a decoder behind us may read beyond them or never end.</summary>
internal sealed class SmimeBody : RuleFamily
{
    private bool _active;
    private bool _detached;

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _active = part.Kind == PartKind.Leaf && IsSmime(inspection.Header.ContentType);
        _detached = _active && inspection.Header.ContentType!.Subtype.EndsWith("-signature"u8);
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (!_active || part.Kind != PartKind.Leaf)
        {
            return;
        }

        _active = false;
        using PartBody body = new(inspection.Content, part, end);
        DerWalk walk = new(body.Decoded);
        if (walk.Flaw() is { } flaw)
        {
            // Without its detached signature a message reads the same: one that was cut or garbled on the way holds nothing up.
            RuleAction grade = _detached && !walk.TooDeep ? RuleAction.Tag : RuleAction.Quarantine;
            inspection.Report(RuleCode.SmimeStructure, grade, part.BodyBegin, end - part.BodyBegin, flaw);
        }
    }

    private static bool IsSmime(MimeField? type) => type is not null && type.IsType("application"u8)
        && (StartsWith(type.Subtype, "pkcs7-"u8) || StartsWith(type.Subtype, "x-pkcs7-"u8));

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length > start.Length && System.Text.Ascii.EqualsIgnoreCase(text[..start.Length], start);
}
