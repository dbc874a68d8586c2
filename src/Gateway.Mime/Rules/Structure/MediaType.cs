using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Content-Type and Content-Disposition outside their grammar, and parameters given twice in them.</summary>
internal sealed class MediaType : RuleFamily
{
    /// <summary>Flaws that make a Content-Type malformed. Comments, blanks around '=' and a trailing semicolon do not.</summary>
    private const FieldFlaws Malformed = GrammarFlaws.OfParameters | FieldFlaws.Empty | FieldFlaws.NoSlash | FieldFlaws.DoubleSlash;

    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        if (block.ContentType is { } type && block.ContentTypeField is { } field)
        {
            if ((type.Flaws & Malformed) == FieldFlaws.NameGoesOn)
            {
                inspection.Report(
                    RuleCode.MalformedContentType, RuleAction.Tag, field.Offset, field.Length, GrammarFlaws.Describe(FieldFlaws.NameGoesOn), field.Line);
            }
            else if ((type.Flaws & Malformed) != FieldFlaws.None)
            {
                inspection.Report(
                    RuleCode.MalformedContentType, Grade(type, part.ContentType, field.Value), field.Offset, field.Length, GrammarFlaws.Describe(type.Flaws & Malformed), field.Line);
            }

            Duplicates(inspection, type, field);
        }

        if (block.Disposition is { } disposition && block.DispositionField is { } dispositionField)
        {
            Disposition(inspection, disposition, dispositionField);
            Duplicates(inspection, disposition, dispositionField);
        }
    }

    /// <summary>Harmless when it concerns a plain leaf that every reading takes for the same thing.</summary>
    private static RuleAction Grade(MimeField strict, ContentType strictKit, byte[] value)
    {
        // The result of TryParse is not asked: as MimeReader does, a type with unreadable parameters counts as the type alone.
        _ = ContentType.TryParse(HardenedOptions.Lenient, value, 0, value.Length, out ContentType? loose);
        if (loose is null)
        {
            return RuleAction.Quarantine;
        }

        bool structural = IsStructural(strict.Type) || IsStructural(Encoding.ASCII.GetBytes(loose.MediaType))
            || IsStructural(Encoding.ASCII.GetBytes(strictKit.MediaType));
        bool same = Same(strict.Type, loose.MediaType) && Same(strict.Subtype, loose.MediaSubtype)
            && SameValue(strict, "boundary"u8, loose.Boundary) && SameValue(strict, "name"u8, loose.Name);
        return structural || !same ? RuleAction.Quarantine : RuleAction.Tag;
    }

    private static bool IsStructural(ReadOnlySpan<byte> type) =>
        Ascii.EqualsIgnoreCase(type, "multipart"u8) || Ascii.EqualsIgnoreCase(type, "message"u8) || Ascii.EqualsIgnoreCase(type, "application"u8);

    private static bool Same(ReadOnlySpan<byte> octets, string text) => Ascii.EqualsIgnoreCase(octets, text);

    private static bool SameValue(MimeField strict, ReadOnlySpan<byte> name, string? loose)
    {
        int at = strict.Find(name);
        if (at < 0)
        {
            return loose is null;
        }

        Span<byte> value = stackalloc byte[512];
        int length = strict.Unquote(strict.Parameters[at], value);
        return loose is not null && Ascii.Equals(value[..length], loose);
    }

    /// <summary>Quarantined where the field swallows what follows or a name cannot be told; what the readings of a name make of the rest is filename-ambiguity.</summary>
    private static void Disposition(Inspection inspection, MimeField disposition, in HeaderField field)
    {
        FieldFlaws flaws = disposition.Flaws & GrammarFlaws.OfParameters;
        if (flaws != FieldFlaws.None)
        {
            RuleAction grade = (flaws & GrammarFlaws.Swallowing) != FieldFlaws.None ? RuleAction.Quarantine : RuleAction.Tag;
            inspection.Report(RuleCode.MalformedContentDisposition, grade, field.Offset, field.Length, GrammarFlaws.Describe(flaws), field.Line);
        }
    }

    private static void Duplicates(Inspection inspection, MimeField field, in HeaderField header)
    {
        ReadOnlySpan<MimeParameter> parameters = field.Parameters;
        for (int later = 1; later < parameters.Length; later++)
        {
            for (int earlier = 0; earlier < later; earlier++)
            {
                ref readonly MimeParameter a = ref parameters[earlier];
                ref readonly MimeParameter b = ref parameters[later];
                if (a.BaseLength == b.BaseLength && a.BaseLength > 0
                    && Ascii.EqualsIgnoreCase(field.NameOf(a), field.NameOf(b)) && !AreSections(a, b))
                {
                    inspection.Report(
                        RuleCode.DuplicateMimeParameter,
                        DuplicateGrade(field, a, b),
                        header.ValueOffset + b.NameStart,
                        b.ValueStart + b.ValueLength - b.NameStart,
                        a.IsPlain == b.IsPlain ? "the same parameter twice" : "the same parameter in plain and in extended form",
                        line: 0);
                    break;
                }
            }
        }
    }

    /// <summary>Two pieces of one RFC 2231 value.</summary>
    private static bool AreSections(in MimeParameter a, in MimeParameter b) => a.Section >= 0 && b.Section >= 0 && a.Section != b.Section;

    private static RuleAction DuplicateGrade(MimeField field, in MimeParameter a, in MimeParameter b)
    {
        Span<byte> left = stackalloc byte[512];
        Span<byte> right = stackalloc byte[512];
        int leftLength = field.Unquote(a, left);
        int rightLength = field.Unquote(b, right);
        bool sameForm = a.IsPlain == b.IsPlain;

        // A boundary that stands twice is none at all to readers that refuse the field then.
        bool boundary = Ascii.EqualsIgnoreCase(field.NameOf(a), "boundary"u8);
        if (!boundary && sameForm && leftLength < left.Length && left[..leftLength].SequenceEqual(right[..rightLength]))
        {
            return RuleAction.Tag;
        }

        ReadOnlySpan<byte> name = field.NameOf(a);
        bool decisive = boundary || Ascii.EqualsIgnoreCase(name, "charset"u8);
        return decisive || (FileName.IsFileName(name) && sameForm) ? RuleAction.Quarantine : RuleAction.Tag;
    }
}
