using System.Globalization;
using Gateway.Mime;

namespace Gateway.Commands;

/// <summary>What a policy does about a rule, in words.</summary>
internal static class Policies
{
    /// <summary>The action, or the limits of a rule that measures.</summary>
    public static string Describe(RulePolicy policy, Rule rule)
    {
        RuleAction action = policy.ActionOf(rule);
        string limits = Describe(action, policy.ThresholdsOf(rule));
        return rule.Thresholds is null || action == rule.Default ? limits : $"{Describe(action, null)} ({limits})";
    }

    /// <summary>What the catalogue does about it.</summary>
    public static string DescribeDefault(Rule rule) => Describe(rule.Default, rule.Thresholds);

    private static string Describe(RuleAction action, RuleThresholds? limits)
    {
        if (limits is null)
        {
            return action.Name();
        }

        (string Name, long? Limit)[] steps = [("tag", limits.Tag), ("quarantine", limits.Quarantine), ("reject", limits.Reject)];
        return string.Join(", ", steps.Where(s => s.Limit is >= 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} > {s.Limit} {limits.Unit}")));
    }
}
