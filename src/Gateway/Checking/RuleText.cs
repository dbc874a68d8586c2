using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>All that is known of a rule, in the words of the reference: <c>rules show</c>, SARIF and docs/rules.md say the same.</summary>
internal static class RuleText
{
    /// <summary>The name of the row that holds octets.</summary>
    public const string Example = "example";

    /// <summary>The rows in the order people ask: what, by which clause, why, how it looks, what to do.</summary>
    public static IEnumerable<(string Name, string Text)> Of(Rule rule)
    {
        yield return ("trigger", rule.Summary);
        yield return ("clause", rule.Clause);
        yield return ("danger", rule.Danger);
        if (rule.Example.Length > 0)
        {
            yield return (Example, rule.Example);
        }

        yield return ("repair", rule.Repair);
        if (rule.Grades.Length > 0)
        {
            yield return ("grades", rule.Grades);
        }

        if (rule.SoftenedForNullSender)
        {
            yield return ("bounces", "only tagged when the envelope sender is null");
        }

        if (rule.External)
        {
            yield return ("found", "by the SMTP server or the relay, never by check");
        }
    }

    /// <summary>The heading of a rule in the published reference.</summary>
    public static string HelpUri(string rulesUrl, Rule rule) => $"{rulesUrl}#{rule.Name}";
}
