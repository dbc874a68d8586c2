using System.Buffers;
using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>The boundary parameter of multiparts: missing, malformed, or not to be told from another one.</summary>
internal sealed class Boundaries : RuleFamily
{
    private const int LongBoundary = 70;

    // Readers with a buffer for it cut it: the shortest seen holds 124 characters. In good mail none has more than 70.
    private const int AbsurdBoundary = 120;

    /// <summary>RFC 2046 5.1.1 bchars; the blank is allowed inside, not at the end.</summary>
    private static readonly SearchValues<byte> BoundaryOctets =
        SearchValues.Create(" '()+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        if (part.Kind != PartKind.Multipart || inspection.Header.ContentType is not { } type || inspection.Header.ContentTypeField is not { } field)
        {
            return;
        }

        int at = type.Find("boundary"u8);
        if (at < 0 || type.Parameters[at].ValueLength == 0)
        {
            inspection.Report(
                RuleCode.MissingBoundary, RuleAction.Quarantine, field.Offset, field.Length, at < 0 ? "no boundary parameter" : "the boundary is empty", field.Line);
            return;
        }

        Collision(inspection, part);
        foreach (ref readonly MimeParameter parameter in type.Parameters)
        {
            if (Ascii.EqualsIgnoreCase(type.NameOf(parameter), "boundary"u8))
            {
                (RuleAction grade, string? flaw) = Judge(type, parameter);
                if (flaw is not null)
                {
                    inspection.Report(
                        RuleCode.MalformedBoundary, grade, field.ValueOffset + parameter.ValueStart, parameter.ValueLength, flaw);
                }
            }
        }
    }

    private static (RuleAction Grade, string? Flaw) Judge(MimeField type, in MimeParameter parameter)
    {
        ReadOnlySpan<byte> raw = type.RawValueOf(parameter);
        Span<byte> buffer = stackalloc byte[AbsurdBoundary + 1];
        ReadOnlySpan<byte> value = buffer[..type.Unquote(parameter, buffer)];
        if (!parameter.IsPlain)
        {
            return (RuleAction.Quarantine, "boundary in an RFC 2231 form");
        }

        if (parameter.Flaws.HasFlag(FieldFlaws.Comment))
        {
            return (RuleAction.Quarantine, "comment beside the boundary");
        }

        if (raw.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || raw.IndexOfAnyInRange((byte)0x7F, (byte)0xFF) >= 0)
        {
            return (RuleAction.Quarantine, "control or 8-bit character, or a fold, in the boundary");
        }

        if (value.IndexOf("=?"u8) is var word and >= 0 && value[word..].IndexOf("?="u8) > 2)
        {
            return (RuleAction.Quarantine, "encoded word in the boundary");
        }

        if (value.Length > AbsurdBoundary)
        {
            return (RuleAction.Quarantine, "boundary of more than 120 characters");
        }

        if (value.EndsWith(" "u8))
        {
            return (RuleAction.Quarantine, "blank at the end of the boundary");
        }

        if (value.Contains((byte)'"'))
        {
            return (RuleAction.Quarantine, "a quotation mark in the boundary, which some readers take off");
        }

        if (value.StartsWith("<"u8) && value.EndsWith(">"u8))
        {
            return (RuleAction.Quarantine, "boundary in angle brackets, which some readers take off");
        }

        if (value.Length > LongBoundary)
        {
            return (RuleAction.Tag, $"boundary of {value.Length} characters");
        }

        if (value.IndexOfAnyExcept(BoundaryOctets) >= 0)
        {
            return (RuleAction.Tag, "character outside the grammar in the boundary");
        }

        return parameter.Flaws.HasFlag(FieldFlaws.UnquotedSpecials) ? (RuleAction.Tag, "boundary needs quotes") : (RuleAction.Allow, null);
    }

    private static void Collision(Inspection inspection, PartNode part)
    {
        if (string.IsNullOrEmpty(part.Boundary))
        {
            return;
        }

        ReadOnlySpan<PartNode> open = inspection.Open;
        for (int i = 0; i < open.Length - 1; i++)
        {
            if (open[i].Boundary is { Length: > 0 } outer
                && (outer.StartsWith(part.Boundary, StringComparison.Ordinal) || part.Boundary.StartsWith(outer, StringComparison.Ordinal)))
            {
                inspection.Report(
                    RuleCode.BoundaryCollision,
                    RuleAction.Quarantine,
                    part.TypeOffset,
                    part.TypeLength,
                    outer.Length == part.Boundary.Length ? "the boundary of an open multipart again" : "one boundary is the beginning of another",
                    part.TypeLine);
                return;
            }
        }
    }
}
