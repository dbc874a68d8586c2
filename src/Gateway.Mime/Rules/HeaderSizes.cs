using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules;

/// <summary>How large a header block is, and how many hops it tells of.</summary>
internal sealed class HeaderSizes : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        inspection.Measure(
            RuleCode.HeaderBlockTooLarge, block.End - block.Begin, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        inspection.Measure(
            RuleCode.HeaderCountExceeded, block.Fields.Count, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        int received = 0;
        HeaderField last = default;
        HeaderField largest = default;
        foreach (HeaderField field in block.Fields)
        {
            if (largest.Name is null || field.Length > largest.Length)
            {
                largest = field;
            }

            if (field.Id == HeaderId.Received)
            {
                received++;
                last = field;
            }
        }

        if (largest.Name is not null)
        {
            inspection.Measure(RuleCode.HeaderFieldTooLarge, largest.Length, hard: false, largest.Offset, largest.Length, largest.Line);
        }

        if (block.IsTop && received > 0)
        {
            inspection.Measure(RuleCode.MailLoop, received, hard: false, last.Offset, last.Length, last.Line);
        }
    }
}
