using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>One rule that acts otherwise on a message under the second policy.</summary>
/// <param name="Rule">Rule name.</param>
/// <param name="Before">Its strongest action under the first; null when it found nothing.</param>
/// <param name="After">Its strongest action under the second; null when it found nothing.</param>
internal sealed record RuleChange(string Rule, string? Before, string? After);

/// <summary>A message on which two policies differ, as <c>gateway rules diff --format json</c> prints it.</summary>
/// <param name="Path">The file, <c>-</c> for standard input.</param>
/// <param name="Index">The message in it, from 0.</param>
/// <param name="Before">The verdict under the first policy.</param>
/// <param name="After">The verdict under the second.</param>
/// <param name="Rules">Why: the rules whose action differs.</param>
internal sealed record MessageChange(string Path, int Index, string Before, string After, IReadOnlyList<RuleChange> Rules);

/// <summary>Judges messages by two policies.</summary>
/// <remarks>Threads: one at a time.</remarks>
internal sealed class PolicyComparison(RulePolicy first, RulePolicy second, bool nullSender, string hostName)
{
    private readonly MessageCheck _first = new(first, nullSender, hostName);
    private readonly MessageCheck _second = new(second, nullSender, hostName);

    /// <summary>The rules whose action or limits differ, by rank.</summary>
    public IEnumerable<Rule> ChangedRules => RuleCatalogue.All.Where(
        rule => first.ActionOf(rule) != second.ActionOf(rule) || first.ThresholdsOf(rule) != second.ThresholdsOf(rule));

    /// <summary>Judges one message; null when both verdicts are the same.</summary>
    public (RuleAction Before, RuleAction After, MessageChange? Change) Judge(SourceMessage message)
    {
        InspectionReport before = _first.Judge(message).Report;
        InspectionReport after = _second.Judge(message).Report;
        if (before.Verdict == after.Verdict)
        {
            return (before.Verdict, after.Verdict, null);
        }

        return (before.Verdict, after.Verdict, new MessageChange(
            message.Path, message.Index, before.Verdict.Name(), after.Verdict.Name(), Why(before, after)));
    }

    private static List<RuleChange> Why(InspectionReport before, InspectionReport after)
    {
        Dictionary<RuleCode, RuleAction> were = Strongest(before);
        Dictionary<RuleCode, RuleAction> are = Strongest(after);
        return
        [
            .. were.Keys.Union(are.Keys).Order()
                .Select(code => new RuleChange(RuleCatalogue.Get(code).Name, Name(were, code), Name(are, code)))
                .Where(change => change.Before != change.After),
        ];
    }

    private static Dictionary<RuleCode, RuleAction> Strongest(InspectionReport report) =>
        report.Findings.GroupBy(finding => finding.Rule).ToDictionary(group => group.Key, group => group.Max(finding => finding.Action));

    private static string? Name(Dictionary<RuleCode, RuleAction> actions, RuleCode code) =>
        actions.TryGetValue(code, out RuleAction action) ? action.Name() : null;
}
