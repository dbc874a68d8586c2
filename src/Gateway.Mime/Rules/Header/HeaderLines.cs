using System.Text;
using Gateway.Mime.Fields;

namespace Gateway.Mime.Rules.Header;

/// <summary>Lines of a header block that are no fields, names that are none, and blocks without an empty line behind them.</summary>
internal sealed class HeaderLines : RuleFamily
{
    private const int LongName = 77;
    private const int AbsurdName = 1000;

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (block is { IsMessage: true, IsTop: false, HasSeparator: true, Fields.IsEmpty: true })
        {
            // Some readers skip the empty line and take what follows for the header. Bounces return what others wrote.
            inspection.Report(
                RuleCode.EmptyHeaderBlock,
                inspection.NullSender ? RuleAction.Tag : RuleAction.Quarantine,
                block.Begin,
                block.End - block.Begin,
                "an embedded message that starts with an empty line",
                block.BeginLine);
        }

        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.OddName))
        {
            ref readonly HeaderField field = ref fields[i];
            if (field.Valid)
            {
                Name(inspection, field);
            }
            else
            {
                NoField(inspection, block, field, first: i == 0);
            }
        }

        // A message may consist of a header only, and so may an embedded one; a part is there for its content.
        if (!block.HasSeparator && !block.IsMessage)
        {
            // Without a field it is an empty part, as in front of a last delimiter that lacks its hyphens; what fields say is in danger only where there are some.
            inspection.Report(
                RuleCode.MissingBodySeparator, fields.IsEmpty ? RuleAction.Tag : RuleAction.Quarantine, block.Begin, block.End - block.Begin, "no empty line behind the header of the part", block.BeginLine);
        }
    }

    private static void NoField(Inspection inspection, HeaderBlock block, in HeaderField field, bool first)
    {
        ReadOnlySpan<byte> line = field.Name;
        int colon = line.IndexOf((byte)':');
        if (colon > 0 && line[..colon].IndexOfAny(" \t\r\n"u8) < 0)
        {
            inspection.Report(RuleCode.MalformedFieldName, NameGrade(line[..colon]), field.Offset, colon, "control or 8-bit character in the name", field.Line);
            return;
        }

        bool mbox = first && block.IsMessage && (line.StartsWith("From "u8) || line.StartsWith(">From "u8));

        // At the top every reader knows it; in front of an embedded message some end the header there.
        // A bounce returns the header of a message that others wrote, often cut or censored by hand.
        bool returned = inspection.NullSender && block.IsMessage && !block.IsTop;
        inspection.Report(
            RuleCode.NonHeaderLine,
            (mbox && block.IsTop) || returned ? RuleAction.Tag : RuleAction.Quarantine,
            field.Offset,
            field.Name.Length,
            mbox ? "mbox line in front of the header" : "line is neither a field nor a continuation",
            field.Line);
    }

    private static void Name(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> name = field.Name;
        if (name.Length is > 0 and <= LongName && name.IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) < 0)
        {
            return;
        }

        string flaw;
        RuleAction grade = NameGrade(name);
        if (name.TrimEnd(" \t"u8).IsEmpty)
        {
            // The end of the header to some readers, a field without a name to others.
            flaw = "empty name";
            grade = RuleAction.Quarantine;
        }
        else if (name.Length > LongName)
        {
            flaw = $"name of {name.Length} characters";
            grade = name.Length > AbsurdName ? RuleAction.Quarantine : grade;
        }
        else
        {
            flaw = name[^1] is (byte)' ' or (byte)'\t' ? "blank before the colon" : "character outside US-ASCII in the name";
        }

        inspection.Report(RuleCode.MalformedFieldName, grade, field.Offset, field.Name.Length + 1, flaw, field.Line);
    }

    /// <summary>Fields that decide what a message is or who it is from are not to be misread.</summary>
    private static RuleAction NameGrade(ReadOnlySpan<byte> name)
    {
        Span<byte> clean = stackalloc byte[32];
        int length = 0;
        foreach (byte octet in name)
        {
            if (octet is > 0x20 and < 0x7F && length < clean.Length)
            {
                clean[length++] = octet;
            }
        }

        ReadOnlySpan<byte> field = clean[..length];
        bool decisive = (field.Length > 8 && Ascii.EqualsIgnoreCase(field[..8], "Content-"u8))
            || Ascii.EqualsIgnoreCase(field, "MIME-Version"u8) || Ascii.EqualsIgnoreCase(field, "From"u8)
            || Ascii.EqualsIgnoreCase(field, "Sender"u8) || Ascii.EqualsIgnoreCase(field, "Subject"u8)
            || Ascii.EqualsIgnoreCase(field, "To"u8) || Ascii.EqualsIgnoreCase(field, "Date"u8)
            || Ascii.EqualsIgnoreCase(field, "DKIM-Signature"u8);
        return decisive ? RuleAction.Quarantine : RuleAction.Tag;
    }
}
