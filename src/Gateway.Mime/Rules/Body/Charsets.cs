using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Body;

/// <summary>The charset parameter: empty, junk, unknown, or one that hides text.</summary>
internal sealed class Charsets : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        if (inspection.Header.ContentType is not { } type || inspection.Header.ContentTypeField is not { } field)
        {
            return;
        }

        int at = type.Find("charset"u8);
        if (at < 0)
        {
            return;
        }

        ref readonly MimeParameter parameter = ref type.Parameters[at];
        if (parameter.Flaws.HasFlag(FieldFlaws.MissingEquals))
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[128];
        ReadOnlySpan<byte> name = buffer[..type.Unquote(parameter, buffer)];
        if (!parameter.IsPlain && name.LastIndexOf((byte)'\'') is var quote and >= 0)
        {
            name = name[(quote + 1)..];
        }

        (RuleAction grade, string? flaw) = CharsetNames.Judge(name) switch
        {
            // Nothing of today fails on it; a text is the same to all.
            CharsetKind.Empty when type.IsType("text"u8) => (RuleAction.Tag, "the charset is empty"),
            CharsetKind.Empty => (RuleAction.Quarantine, "the charset is empty"),
            CharsetKind.Utf7 => (RuleAction.Quarantine, "UTF-7"),
            CharsetKind.Wide when type.IsType("text"u8) => (RuleAction.Tag, "a charset no text part may be in"),
            CharsetKind.Junk => (RuleAction.Tag, "characters no charset name has"),
            CharsetKind.Unknown => (RuleAction.Tag, "a charset nobody knows"),
            _ => (RuleAction.Allow, null),
        };
        if (flaw is not null)
        {
            inspection.Report(
                RuleCode.CharsetInvalid, grade, field.ValueOffset + parameter.NameStart, parameter.ValueStart + parameter.ValueLength - parameter.NameStart, flaw);
        }
    }
}
