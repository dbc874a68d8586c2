using System.Buffers.Text;
using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>What one pass over the fields of a block shows: empty, missing, repeated, and what should have stayed at home.</summary>
internal sealed class FieldTags : RuleFamily
{
    private readonly RepeatedFields _repeated = new();

    [Flags]
    private enum Seen
    {
        None = 0,
        Recipient = 1,
        Resent = 2,
        ResentFrom = 4,
        ResentDate = 8,
    }

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        Seen seen = Seen.None;
        int empty = 0;
        int firstEmpty = -1;
        int resent = -1;
        ReadOnlySpan<HeaderField> fields = block.Fields;
        for (int i = 0; i < fields.Length; i++)
        {
            ref readonly HeaderField field = ref fields[i];
            if (IsEmpty(field) && !IsNamedElsewhere(field.Id, block.IsTop))
            {
                firstEmpty = empty++ == 0 ? i : firstEmpty;
            }

            Seen found = Of(field.Id);
            resent = found > Seen.Recipient && resent < 0 ? i : resent;
            seen |= found;
            if (!block.IsTop)
            {
                continue;
            }

            if (field.Id == HeaderId.Bcc && !IsEmpty(field))
            {
                inspection.Report(RuleCode.BccPresent, RuleAction.Tag, field.Offset, field.Length, "a Bcc field in transit", field.Line, string.Empty);
            }
            else if (field.Id == HeaderId.ContentLength)
            {
                ContentLength(inspection, block, field);
            }
        }

        if (empty > 0)
        {
            HeaderField field = fields[firstEmpty];
            string detail = empty == 1 ? "a field without content" : $"{empty} fields without content";
            inspection.Report(RuleCode.EmptyHeaderField, RuleAction.Allow, field.Offset, field.Length, detail, field.Line);
        }

        if (resent >= 0 && block.IsMessage && (seen & (Seen.ResentFrom | Seen.ResentDate)) != (Seen.ResentFrom | Seen.ResentDate))
        {
            HeaderField field = fields[resent];
            string detail = seen.HasFlag(Seen.ResentFrom) ? "no Resent-Date" : "no Resent-From";
            inspection.Report(RuleCode.ResentBlockAnomaly, RuleAction.Tag, field.Offset, field.Length, detail, field.Line);
        }

        if (block.IsTop && fields.Length > 0 && !seen.HasFlag(Seen.Recipient))
        {
            inspection.Report(
                RuleCode.RecipientHeaderMissing, RuleAction.Allow, block.Begin, block.End - block.Begin, "none of To, Cc and Bcc", block.BeginLine, string.Empty);
        }

        _repeated.Look(inspection, block);
    }

    private static Seen Of(HeaderId id) => id switch
    {
        HeaderId.To or HeaderId.Cc or HeaderId.Bcc => Seen.Recipient,
        HeaderId.ResentFrom => Seen.Resent | Seen.ResentFrom,
        HeaderId.ResentDate => Seen.Resent | Seen.ResentDate,
        HeaderId.ResentTo or HeaderId.ResentCc or HeaderId.ResentBcc or HeaderId.ResentSender or HeaderId.ResentMessageId or HeaderId.ResentReplyTo => Seen.Resent,
        _ => Seen.None,
    };

    /// <summary>The second octet of nearly every value is its first letter: most fields are decided there.</summary>
    private static bool IsEmpty(in HeaderField field) =>
        field.Valid && (field.Value.Length < 2 || field.Value[1] <= (byte)' ') && field.Value.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;

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
