using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Address;

/// <summary>Comments nested so deep that recursive readers run out of stack.</summary>
/// <remarks>Cost: a vectorised count in each field that holds parentheses; only one with as many as may be nested is read.</remarks>
internal sealed class CommentDepth : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.Parenthesis))
        {
            ref readonly HeaderField field = ref fields[i];
            int parentheses = field.Value.AsSpan().Count((byte)'(');
            if (parentheses < 2 || inspection.GradeOf(RuleCode.NestedCommentBomb, parentheses) == RuleAction.Allow || !IsStructured(field.Id))
            {
                continue;
            }

            (int depth, int at) = Comments.Deepest(field.Value);
            if (depth > 1 && inspection.GradeOf(RuleCode.NestedCommentBomb, depth) is var grade and > RuleAction.Allow)
            {
                inspection.Report(RuleCode.NestedCommentBomb, grade, field.ValueOffset + at, field.Value.Length - at, $"comments nested {depth} deep");
            }
        }
    }

    private static bool IsStructured(HeaderId id) => id is HeaderId.From or HeaderId.To or HeaderId.Cc or HeaderId.Bcc or HeaderId.ReplyTo or HeaderId.Sender
        or HeaderId.ResentFrom or HeaderId.ResentTo or HeaderId.ResentCc or HeaderId.ResentBcc or HeaderId.ResentSender or HeaderId.ResentReplyTo or HeaderId.ResentDate
        or HeaderId.ResentMessageId or HeaderId.Date or HeaderId.MessageId or HeaderId.InReplyTo or HeaderId.References or HeaderId.Received or HeaderId.ReturnPath
        or HeaderId.MimeVersion or HeaderId.ContentType or HeaderId.ContentTransferEncoding or HeaderId.ContentDisposition or HeaderId.ContentId
        or HeaderId.ContentLanguage or HeaderId.AuthenticationResults or HeaderId.ReceivedSPF or HeaderId.ListId;
}
