using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>Lines that one reader takes for a delimiter and another does not, and delimiters of multiparts that are over.</summary>
internal sealed class Delimiters : RuleFamily
{
    public override RuleMoments Moments => RuleMoments.DashLine;

    public override void DashLine(Inspection inspection, in DashLine line)
    {
        foreach (OpenMultipart level in line.Walk.Open)
        {
            if (level.Boundary is { } boundary && line.Text.StartsWith(boundary))
            {
                inspection.Report(
                    RuleCode.DelimiterTrailingText,
                    RuleAction.Quarantine,
                    line.Offset,
                    line.Text.Length + 2,
                    "text behind the delimiter of an open multipart",
                    line: 0,
                    line.Walk.Path());
                return;
            }
        }

        ReadOnlySpan<byte> text = line.Text.TrimEnd(" \t"u8);
        foreach (EndedMultipart ended in line.Walk.Ended)
        {
            bool closes = text.Length == ended.Boundary.Length + 2 && text.EndsWith("--"u8) && text.StartsWith(ended.Boundary);
            if (closes && ended.Closed)
            {
                inspection.Report(
                    RuleCode.DuplicateClose, RuleAction.Tag, line.Offset, text.Length + 2, "the close delimiter again", line: 0, line.Walk.Path());
                return;
            }

            if (closes || text.SequenceEqual(ended.Boundary))
            {
                (RuleCode rule, string detail) = ended.Closed
                    ? (RuleCode.ContentAfterClose, "a delimiter after the close of its multipart")
                    : (RuleCode.MissingCloseDelimiter, "a delimiter of a multipart that an outer one has ended");
                inspection.Report(rule, RuleAction.Quarantine, line.Offset, text.Length + 2, detail, line: 0, line.Walk.Path());
                return;
            }
        }
    }
}
