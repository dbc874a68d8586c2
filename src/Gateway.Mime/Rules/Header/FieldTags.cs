using System.Buffers.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Rules.Header.Reading;
using MimeKit;

namespace Gateway.Mime.Rules.Header;

/// <summary>What one pass over the fields of a block shows: empty, missing, repeated, and what should have stayed at home.</summary>
internal sealed class FieldTags : RuleFamily
{
    private readonly RepeatedFields _repeated = new();

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        Empty(inspection, block, fields);
        Resent(inspection, block, fields);
        if (block.IsTop && fields.Length > 0)
        {
            Top(inspection, block, fields);
        }

        _repeated.Look(inspection, block);
    }

    private static void Empty(Inspection inspection, HeaderBlock block, ReadOnlySpan<HeaderField> fields)
    {
        int empty = 0;
        int first = -1;
        foreach (int i in block.With(FieldTraits.Empty))
        {
            if (!IsNamedElsewhere(fields[i].Id, block.IsTop))
            {
                first = empty++ == 0 ? i : first;
            }
        }

        if (empty > 0)
        {
            HeaderField field = fields[first];
            string detail = empty == 1 ? "a field without content" : $"{empty} fields without content";
            inspection.Report(RuleCode.EmptyHeaderField, RuleAction.Allow, field.Offset, field.Length, detail, field.Line);
        }
    }

    private static void Resent(Inspection inspection, HeaderBlock block, ReadOnlySpan<HeaderField> fields)
    {
        ReadOnlySpan<int> resent = block.With(FieldTraits.Resent);
        if (resent.IsEmpty || !block.IsMessage)
        {
            return;
        }

        bool from = block.Find(HeaderId.ResentFrom) >= 0;
        if (!from || block.Find(HeaderId.ResentDate) < 0)
        {
            HeaderField field = fields[resent[0]];
            string detail = from ? "no Resent-Date" : "no Resent-From";
            inspection.Report(RuleCode.ResentBlockAnomaly, RuleAction.Tag, field.Offset, field.Length, detail, field.Line);
        }
    }

    private static void Top(Inspection inspection, HeaderBlock block, ReadOnlySpan<HeaderField> fields)
    {
        bool bcc = block.Find(HeaderId.Bcc) >= 0;
        if (bcc || block.Find(HeaderId.ContentLength) >= 0)
        {
            foreach (ref readonly HeaderField field in fields)
            {
                if (field.Id == HeaderId.Bcc && !field.Traits.HasFlag(FieldTraits.Empty))
                {
                    inspection.Report(RuleCode.BccPresent, RuleAction.Tag, field.Offset, field.Length, "a Bcc field in transit", field.Line, string.Empty);
                }
                else if (field.Id == HeaderId.ContentLength)
                {
                    ContentLength(inspection, block, field);
                }
            }
        }

        if (!bcc && block.Find(HeaderId.To) < 0 && block.Find(HeaderId.Cc) < 0)
        {
            inspection.Report(
                RuleCode.RecipientHeaderMissing, RuleAction.Allow, block.Begin, block.End - block.Begin, "none of To, Cc and Bcc", block.BeginLine, string.Empty);
        }
    }

    /// <summary>Whose emptiness is a flaw that another rule names.</summary>
    private static bool IsNamedElsewhere(HeaderId id, bool isTop) =>
        id is HeaderId.ContentType or HeaderId.ContentTransferEncoding
        || (isTop && id is HeaderId.From or HeaderId.Date or HeaderId.MessageId or HeaderId.MimeVersion);

    private static void ContentLength(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        ReadOnlySpan<byte> text = field.Value.AsSpan().Trim(" \t\r\n"u8);
        long body = inspection.Content.Length - block.End;
        // What is no such number is an attachment-size-mismatch.
        if (Utf8Parser.TryParse(text, out int length, out int digits) && digits == text.Length && length >= 0 && length != body)
        {
            inspection.Report(
                RuleCode.ContentLengthHeader, RuleAction.Allow, field.Offset, field.Length, $"the body has {body} octets", field.Line, string.Empty);
        }
    }
}
