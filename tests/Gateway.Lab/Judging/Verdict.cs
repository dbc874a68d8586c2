using Gateway.Mime;

namespace Gateway.Lab.Judging;

/// <summary>What the gateway says about a message: the inspector as <c>gateway check</c> calls it, default policy, a sender.</summary>
internal sealed record Verdict(RuleAction Action, string Rules)
{
    /// <summary>The message is not passed on: held or rejected.</summary>
    public bool Caught => Action >= RuleAction.Quarantine;

    public static Verdict Of(byte[] octets)
    {
        using MessageBytes content = MessageBytes.FromMemory(octets);
        InspectionReport report = new MimeInspector().Inspect(content, default, CancellationToken.None);
        string rules = string.Join(", ", report.Findings.Where(finding => finding.Action == report.Verdict).Select(finding => finding.RuleName).Distinct());
        return new Verdict(report.Verdict, rules);
    }

    public override string ToString() => Rules.Length == 0 ? $"{Action}" : $"{Action} ({Rules})";
}
