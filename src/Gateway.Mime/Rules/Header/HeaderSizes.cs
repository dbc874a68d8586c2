using Gateway.Mime.Fields;

namespace Gateway.Mime.Rules.Header;

/// <summary>How large a header block is, and how many hops it tells of.</summary>
internal sealed class HeaderSizes : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        inspection.Measure(
            RuleCode.HeaderBlockTooLarge, block.End - block.Begin, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        inspection.Measure(
            RuleCode.HeaderCountExceeded, block.Fields.Length, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        if (block.Fields.IsEmpty)
        {
            return;
        }

        HeaderField largest = block.Largest;
        inspection.Measure(RuleCode.HeaderFieldTooLarge, largest.Length, hard: false, largest.Offset, largest.Length, largest.Line);
        if (block.IsTop)
        {
            inspection.Measure(RuleCode.MailLoop, block.Hops, hard: false, block.Begin, block.End - block.Begin, block.BeginLine);
        }
    }
}
