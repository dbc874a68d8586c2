using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Framing;

/// <summary>Line ends that are missing at the end of the message, or of two kinds in one part.</summary>
internal sealed class LineEnds : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.Wire | RuleMoments.PartEnd;

    public override void Wire(Inspection inspection, WireFacts facts)
    {
        if (facts.Length > 0 && !facts.EndsWithCrlf)
        {
            inspection.Report(RuleCode.MissingFinalCrlf, RuleAction.Allow, facts.Length - 1, 1, "the last line has no CRLF", line: 0, string.Empty);
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        // The reader calls a part mixed whose CR and LF come in two reads: only with a bare LF is it so.
        if (part is { Kind: PartKind.Leaf, HasMixedLines: true } && inspection.Wire.BareLf.Count > 0)
        {
            inspection.Report(RuleCode.BoundaryLinebreakMixed, RuleAction.Tag, part.BodyBegin, end - part.BodyBegin, "lines end in CRLF and in LF");
        }
    }
}
