using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>What the grammar of MIME fields allows or nearly allows, and readers understand differently.</summary>
/// <remarks>Cost: nothing for a field without comment, encoded word, fold inside a value or other flaw.</remarks>
internal sealed class FieldGrammar : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        if (block.ContentType is { } type && block.ContentTypeField is { } typeField)
        {
            Judge(inspection, type, typeField, isType: true);
        }

        if (block.Disposition is { } disposition && block.DispositionField is { } dispositionField)
        {
            Judge(inspection, disposition, dispositionField, isType: false);
        }

        int encoding = block.Find(HeaderId.ContentTransferEncoding);
        if (encoding >= 0)
        {
            Encoding(inspection, block.Fields[encoding]);
        }
    }

    private static void Encoding(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        int comment = field.Traits.HasFlag(FieldTraits.Parenthesis) ? value.IndexOf((byte)'(') : -1;
        if (comment >= 0)
        {
            // Valid (RFC 2045 6.1, RFC 822 3.4.3); one that does not end is unknown-transfer-encoding.
            Report(inspection, RuleCode.CommentInContentField, RuleAction.Tag, field, comment, value.Length - comment, "a comment beside the encoding");
        }

        if (field.Traits.HasFlag(FieldTraits.WordStart) && WordScan.TryFind(value, 0, out WordScan word))
        {
            Report(
                inspection, RuleCode.EncodedWordInStructuralField, RuleAction.Quarantine, field, word.Start, word.End - word.Start, "an encoded word as the encoding");
        }
    }

    private static void Judge(Inspection inspection, MimeField field, in HeaderField header, bool isType)
    {
        ReadOnlySpan<byte> raw = field.Raw;
        if (field.Flaws.HasFlag(FieldFlaws.Comment))
        {
            int at = CommentAt(raw);
            int close = raw[at..].IndexOf((byte)')');
            int length = close < 0 ? raw.Length - at : close + 1;

            // A comment is valid, and what fails on one is a reader's own defect. One with a boundary in it was written for such a reader.
            bool bait = isType && HoldsBoundary(raw[at..]);
            Report(
                inspection,
                RuleCode.CommentInContentField,
                bait ? RuleAction.Quarantine : RuleAction.Tag,
                header,
                at,
                length,
                bait ? "a comment with a boundary in it" : "a comment");
        }

        Head(inspection, field, header);
        bool blanks = false;
        bool words = header.Traits.HasFlag(FieldTraits.WordStart);
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            bool boundary = isType && Ascii.EqualsIgnoreCase(field.NameOf(parameter), "boundary"u8);
            ReadOnlySpan<byte> value = field.RawValueOf(parameter);
            if (parameter.Flaws.HasFlag(FieldFlaws.BlankAroundEquals) && (!blanks || boundary))
            {
                blanks = true;
                RuleAction grade = boundary && field.IsMultipart ? RuleAction.Quarantine : RuleAction.Allow;
                Whole(inspection, RuleCode.WhitespaceAroundEquals, grade, header, parameter, "white space beside the equals sign");
            }

            if (parameter.Quoted && field.Flaws.HasFlag(FieldFlaws.Junk) && HasJunkBehind(raw, parameter))
            {
                RuleAction grade = boundary || IsFileName(field.NameOf(parameter)) ? RuleAction.Quarantine : RuleAction.Tag;
                Whole(inspection, RuleCode.UnstructuredJunkAfterQuoted, grade, header, parameter, "text behind a quoted value");
            }

            if (value.Contains((byte)'\n'))
            {
                RuleAction grade = boundary ? RuleAction.Quarantine : RuleAction.Tag;
                Whole(inspection, RuleCode.LineTerminatorInStructuralToken, grade, header, parameter, "a fold inside a value");
            }

            if (words && WordScan.TryFind(value, 0, out WordScan word))
            {
                RuleAction grade = boundary ? RuleAction.Quarantine : RuleAction.Tag;
                Report(
                    inspection, RuleCode.EncodedWordInStructuralField, grade, header, parameter.ValueStart + word.Start, word.End - word.Start, "an encoded word in a parameter");
            }
        }
    }

    /// <summary>Tells whether a comment has a boundary in it, from the first comment on.</summary>
    private static bool HoldsBoundary(ReadOnlySpan<byte> raw)
    {
        while (raw.Contains((byte)'('))
        {
            raw = raw[CommentAt(raw)..];
            int end = raw[0] == (byte)'(' ? Comments.Skip(raw, 0).End : -1;
            ReadOnlySpan<byte> comment = end < 0 ? raw : raw[..end];
            while (comment.IndexOfAny((byte)'b', (byte)'B') is var at and >= 0)
            {
                comment = comment[at..];
                if (comment.Length > "boundary".Length && Ascii.EqualsIgnoreCase(comment[.."boundary".Length], "boundary"u8))
                {
                    return true;
                }

                comment = comment[1..];
            }

            raw = end < 0 ? default : raw[end..];
        }

        return false;
    }

    /// <summary>What stands before the first parameter: the type, or the kind of disposition.</summary>
    private static void Head(Inspection inspection, MimeField field, in HeaderField header)
    {
        ReadOnlySpan<byte> raw = field.Raw;
        int end = raw.IndexOf((byte)';');
        ReadOnlySpan<byte> head = (end < 0 ? raw : raw[..end]).TrimEnd(" \t\r\n"u8);
        int start = head.Length - head.TrimStart(" \t\r\n"u8).Length;
        if (head[start..].Contains((byte)'\n'))
        {
            Report(
                inspection, RuleCode.LineTerminatorInStructuralToken, RuleAction.Quarantine, header, start, head.Length - start, "a fold inside the type");
        }

        if (header.Traits.HasFlag(FieldTraits.WordStart) && WordScan.TryFind(head, 0, out WordScan word))
        {
            Report(
                inspection, RuleCode.EncodedWordInStructuralField, RuleAction.Quarantine, header, word.Start, word.End - word.Start, "an encoded word in the type");
        }
    }

    private static bool IsFileName(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "filename"u8) || Ascii.EqualsIgnoreCase(name, "name"u8);

    private static bool HasJunkBehind(ReadOnlySpan<byte> raw, in MimeParameter parameter)
    {
        int behind = parameter.ValueStart + parameter.ValueLength + 1;
        ReadOnlySpan<byte> rest = behind < raw.Length ? raw[behind..].TrimStart(" \t\r\n"u8) : default;
        return !rest.IsEmpty && rest[0] is not ((byte)';' or (byte)'(');
    }

    private static int CommentAt(ReadOnlySpan<byte> raw)
    {
        bool quoted = false;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == (byte)'\\')
            {
                i++;
            }
            else if (raw[i] == (byte)'"')
            {
                quoted = !quoted;
            }
            else if (raw[i] == (byte)'(' && !quoted)
            {
                return i;
            }
        }

        return Math.Max(0, raw.IndexOf((byte)'('));
    }

    private static void Whole(Inspection inspection, RuleCode code, RuleAction grade, in HeaderField header, in MimeParameter parameter, string detail)
    {
        int end = parameter.ValueStart + parameter.ValueLength + (parameter.Quoted ? 1 : 0);
        Report(inspection, code, grade, header, parameter.NameStart, end - parameter.NameStart, detail);
    }

    private static void Report(Inspection inspection, RuleCode code, RuleAction grade, in HeaderField header, int start, int length, string detail) =>
        inspection.Report(code, grade, header.ValueOffset + start, length, detail);
}
