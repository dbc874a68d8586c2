using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>How many messages each rule was found in, by what it did there, and how many it decided.</summary>
internal sealed class RuleTally
{
    private readonly Dictionary<(RuleCode Rule, RuleAction Action), (int Messages, int Decided)> _counts = [];

    /// <summary>The rows by rank and action.</summary>
    public IEnumerable<(RuleCode Rule, RuleAction Action, int Messages, int Decided)> Rows =>
        _counts.OrderBy(row => row.Key).Select(row => (row.Key.Rule, row.Key.Action, row.Value.Messages, row.Value.Decided));

    /// <summary>Counts one message.</summary>
    public void Add(InspectionReport report)
    {
        foreach ((RuleCode rule, RuleAction action) in report.Findings.Select(finding => (finding.Rule, finding.Action)).Distinct())
        {
            (int messages, int decided) = _counts.GetValueOrDefault((rule, action));
            bool decides = report.Decisive is { } decisive && decisive.Rule == rule && decisive.Action == action && action > RuleAction.Allow;
            _counts[(rule, action)] = (messages + 1, decided + (decides ? 1 : 0));
        }
    }
}
