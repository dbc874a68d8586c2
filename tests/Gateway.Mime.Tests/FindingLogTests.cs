namespace Gateway.Mime.Tests;

public class FindingLogTests
{
    [Fact]
    public void Keep_WhenFull_LetsTheStrongerReplaceTheWeaker()
    {
        FindingLog log = new();
        log.Begin(new InspectionLimits { Findings = 3, FindingsPerRule = 2 });
        for (int i = 0; i < 4; i++)
        {
            Add(log, RuleCode.NonHeaderLine, RuleAction.Tag, i);
        }

        Add(log, RuleCode.NonHeaderLine, RuleAction.Quarantine, 10);
        Add(log, RuleCode.BareLf, RuleAction.Reject, 11);
        Add(log, RuleCode.BareCr, RuleAction.Reject, 12);

        Assert.Equal([RuleCode.NonHeaderLine, RuleCode.BareLf, RuleCode.BareCr], log.ToArray().Select(finding => finding.Rule));
        Assert.Equal(RuleAction.Reject, log.Verdict);
        Assert.Equal(4, log.Suppressed);
    }

    private static void Add(FindingLog log, RuleCode code, RuleAction action, int offset)
    {
        if (log.Count(RuleCatalogue.Get(code), action))
        {
            log.Keep(new Finding(code, action, offset, 0, 1, string.Empty, default, "detail"));
        }
    }
}
