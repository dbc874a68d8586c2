using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime.Rules.Structure;

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
            Encoding(inspection, block.Fields[encoding], block.TransferEncoding);
        }
    }

    private static void Encoding(Inspection inspection, in HeaderField field, in TransferEncoding encoding)
    {
        ReadOnlySpan<byte> value = field.Value;
        int comment = field.Traits.HasFlag(FieldTraits.Parenthesis) ? value.IndexOf((byte)'(') : -1;
        if (comment >= 0)
        {
            // Valid (RFC 2045 6.1, RFC 822 3.4.3), but five of thirteen readers do not decode then. One that does not end is unknown-transfer-encoding.
            RuleAction grade = encoding.Encoding == BodyEncoding.Identity ? RuleAction.Tag : RuleAction.Quarantine;
            Report(inspection, RuleCode.CommentInContentField, grade, field, comment, value.Length - comment, "a comment beside the encoding", CommentViews(value, grade));
        }

        if (field.Traits.HasFlag(FieldTraits.WordStart) && EncodedWord.TryFind(value, 0, Strictness.Clients, out EncodedWord word))
        {
            Report(
                inspection, RuleCode.EncodedWordInStructuralField, RuleAction.Quarantine, field, word.Start, word.Length, "an encoded word as the encoding");
        }
    }

    private static void Judge(Inspection inspection, MimeField field, in HeaderField header, bool isType)
    {
        ReadOnlySpan<byte> raw = field.Raw;
        if (field.Flaws.HasFlag(FieldFlaws.Comment))
        {
            Comment(inspection, field, header, isType);
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
                RuleAction grade = boundary || FileName.IsFileName(field.NameOf(parameter)) ? RuleAction.Quarantine : RuleAction.Tag;
                Whole(inspection, RuleCode.UnstructuredJunkAfterQuoted, grade, header, parameter, "text behind a quoted value");
            }

            if (value.Contains((byte)'\n'))
            {
                RuleAction grade = boundary ? RuleAction.Quarantine : RuleAction.Tag;
                Whole(inspection, RuleCode.LineTerminatorInStructuralToken, grade, header, parameter, "a fold inside a value");
            }

            if (words && EncodedWord.TryFind(value, 0, Strictness.Clients, out EncodedWord word))
            {
                RuleAction grade = boundary ? RuleAction.Quarantine : RuleAction.Tag;
                Report(
                    inspection, RuleCode.EncodedWordInStructuralField, grade, header, parameter.ValueStart + word.Start, word.Length, "an encoded word in a parameter");
            }
        }
    }

    /// <summary>A comment is valid; quarantined is one that stands where readers are known to go apart, or that was written for a reader that fails on it.</summary>
    private static void Comment(Inspection inspection, MimeField field, in HeaderField header, bool isType)
    {
        ReadOnlySpan<byte> raw = field.Raw;
        int at = CommentAt(raw);
        int close = raw[at..].IndexOf((byte)')');
        string? held = isType && HoldsBoundary(raw[at..]) ? "a comment with a boundary in it"
            : isType && field.CommentAtType && (field.IsMultipart || field.IsType("message"u8)) ? "a comment beside the type of a multipart or message"
            : IsBesideName(field) ? "a comment beside a file name"
            : null;
        Report(
            inspection, RuleCode.CommentInContentField, held is null ? RuleAction.Tag : RuleAction.Quarantine, header, at, close < 0 ? raw.Length - at : close + 1,
            held ?? "a comment", CommentViews(raw, held is null ? RuleAction.Tag : RuleAction.Quarantine));
    }

    private static ReaderView[]? CommentViews(ReadOnlySpan<byte> value, RuleAction grade) => grade < RuleAction.Quarantine
        ? null
        : [new("that takes comments away", Comments.Without(value)), new("that takes the value as it stands", value.Trim(" \t\r\n"u8).ToArray())];

    private static bool IsBesideName(MimeField field)
    {
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            if (parameter.Flaws.HasFlag(FieldFlaws.Comment) && FileName.IsFileName(field.NameOf(parameter)))
            {
                return true;
            }
        }

        return false;
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

        if (header.Traits.HasFlag(FieldTraits.WordStart) && EncodedWord.TryFind(head, 0, Strictness.Clients, out EncodedWord word))
        {
            Report(
                inspection, RuleCode.EncodedWordInStructuralField, RuleAction.Quarantine, header, word.Start, word.Length, "an encoded word in the type");
        }
    }

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

    private static void Report(
        Inspection inspection, RuleCode code, RuleAction grade, in HeaderField header, int start, int length, string detail, ReaderView[]? readings = null) =>
        inspection.Report(code, grade, header.ValueOffset + start, length, detail, readings: readings);
}
