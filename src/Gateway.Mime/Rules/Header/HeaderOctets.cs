using System.Buffers;
using System.Text.Unicode;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>Octets and lines no header field may have: beyond US-ASCII, controls, lines of blanks, lines too long.</summary>
/// <remarks>Cost: nothing for a block whose fields hold nothing of the kind.</remarks>
internal sealed class HeaderOctets : RuleFamily
{
    private const int LongestLine = 998;

    private static readonly byte[] ControlOctets =
        [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127];

    private static readonly SearchValues<byte> Controls = SearchValues.Create(ControlOctets);
    private static readonly SearchValues<byte> ControlsAndNul = SearchValues.Create([0, .. ControlOctets]);

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        if (inspection.Wire.FirstEightBit >= 0)
        {
            foreach (int i in block.With(FieldTraits.OddName))
            {
                FieldName(inspection, block, fields[i]);
            }
        }

        foreach (int i in block.With(FieldTraits.Unusual))
        {
            if (fields[i].Valid)
            {
                Control(inspection, block, fields[i]);
                EightBit(inspection, block, fields[i]);
            }
        }

        foreach (int i in block.With(FieldTraits.BlankEnd))
        {
            if (fields[i].Valid)
            {
                BlankLine(inspection, fields[i]);
            }
        }

        if (block.IsTop && !fields.IsEmpty && block.Largest.Length > LongestLine)
        {
            LongLines(inspection, fields);
        }
    }

    /// <summary>Also of a line that MimeKit takes for no field because of its name; the name is what stands before the colon.</summary>
    private static void FieldName(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        int high = field.Name.AsSpan().IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        if (high < 0)
        {
            return;
        }

        inspection.EightBitHeader = true;
        int colon = field.Valid ? field.Name.Length : field.Name.AsSpan().IndexOf((byte)':');
        if (high < colon && field.Name.AsSpan(0, colon).TrimEnd(" \t"u8).IndexOfAny((byte)' ', (byte)'\t') < 0)
        {
            inspection.Report(
                RuleCode.EightBitInHeader, Soften(inspection, block, RuleAction.Quarantine), field.Offset + high, 1, "8-bit character in a field name", field.Line);
        }
    }

    private static void Control(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        // NUL is nul-byte, which is silent about what follows the header of binary content.
        int at = field.Value.AsSpan().IndexOfAny(inspection.Binary && !block.IsTop ? ControlsAndNul : Controls);
        if (at < 0)
        {
            return;
        }

        bool decisive = (field.Id == HeaderId.From && block.IsTop) || field.Id is HeaderId.ContentType or HeaderId.ContentDisposition;
        inspection.Report(
            RuleCode.ControlCharInHeader, decisive ? Soften(inspection, block, RuleAction.Quarantine) : RuleAction.Tag, field.ValueOffset + at, 1,
            $"control character {field.Value[at]:X2} in {Name(field)}");
    }

    private static void EightBit(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        int at = value.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        if (at < 0)
        {
            return;
        }

        inspection.EightBitHeader = true;
        bool utf8 = Utf8.IsValid(value);
        if (utf8 && inspection.Utf8)
        {
            return;
        }

        RuleAction grade = field.Id == HeaderId.ContentType && !(utf8 && InFileName(block, field, at)) ? Soften(inspection, block, RuleAction.Quarantine) : RuleAction.Tag;
        inspection.Report(
            RuleCode.EightBitInHeader, grade, field.ValueOffset + at, 1, $"{(utf8 ? "undeclared UTF-8" : "8-bit characters that are no UTF-8")} in {Name(field)}");
    }

    /// <summary>Everything from the first 8-bit octet on stands in the name of a file, which decides nothing about the structure.</summary>
    private static bool InFileName(HeaderBlock block, in HeaderField field, int at)
    {
        if (block.ContentType is not { } type || block.ContentTypeField is not { } first || first.Offset != field.Offset)
        {
            return false;
        }

        int name = type.Find("name"u8);
        if (name < 0)
        {
            return false;
        }

        ref readonly MimeParameter parameter = ref type.Parameters[name];
        int end = parameter.ValueStart + parameter.ValueLength;
        return at >= parameter.ValueStart && at < end && field.Value.AsSpan(end).IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
    }

    private static void LongLines(Inspection inspection, ReadOnlySpan<HeaderField> fields)
    {
        foreach (ref readonly HeaderField field in fields)
        {
            if (field.Valid && field.Length > LongestLine)
            {
                LongLine(inspection, field);
            }
        }
    }

    private static void LongLine(Inspection inspection, in HeaderField field)
    {
        // The name and its colon stand on the first line.
        int before = field.Name.Length + 1;
        int start = 0;
        ReadOnlySpan<byte> value = field.Value;
        while (start < value.Length)
        {
            int feed = value[start..].IndexOf((byte)'\n');
            int end = feed < 0 ? value.Length : start + feed;
            ReadOnlySpan<byte> line = value[start..end].TrimEnd((byte)'\r');
            if (line.Length + before > LongestLine)
            {
                inspection.Measure(
                    RuleCode.HeaderLineTooLong, line.Length + before, hard: false, field.ValueOffset + start - before, line.Length + before, start == 0 ? field.Line : 0);
                return;
            }

            start = end + 1;
            before = 0;
        }
    }

    /// <summary>A continuation that holds only blanks: the end of the header to a reader that takes it for the empty line. Twelve of thirteen go on when more of the field follows.</summary>
    private static void BlankLine(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        for (int start = value.IndexOf((byte)'\n') + 1; start > 0 && start < value.Length;)
        {
            // Nearly every continuation shows what it is with its second octet.
            int text = start;
            while (text < value.Length && value[text] is (byte)' ' or (byte)'\t' or (byte)'\r')
            {
                text++;
            }

            if (text == value.Length || value[text] == (byte)'\n')
            {
                int end = text;
                bool ends = IsContentField(field.Id) && value[end..].Trim(" \t\r\n"u8).IsEmpty;
                inspection.Report(
                    RuleCode.WhitespaceOnlyContinuation, ends ? RuleAction.Quarantine : RuleAction.Tag, field.ValueOffset + start, end - start,
                    ends ? $"a line of blanks at the end of {Name(field)}" : $"a line of blanks in {Name(field)}");
                return;
            }

            int feed = value[text..].IndexOf((byte)'\n');
            start = feed < 0 ? value.Length : text + feed + 1;
        }
    }

    /// <summary>To some readers a line of blanks is a line more of the value, and the encoding then one they do not know; others end the header there.</summary>
    private static bool IsContentField(HeaderId id) => id is HeaderId.ContentType or HeaderId.ContentTransferEncoding or HeaderId.ContentDisposition;

    /// <summary>A bounce returns the header of a message that others wrote.</summary>
    private static RuleAction Soften(Inspection inspection, HeaderBlock block, RuleAction grade) =>
        inspection.NullSender && block.IsMessage && !block.IsTop ? RuleAction.Tag : grade;

    private static string Name(in HeaderField field) => field.Id == HeaderId.Unknown ? "a field" : field.Id.ToHeaderName();
}
