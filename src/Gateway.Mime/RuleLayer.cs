namespace Gateway.Mime;

/// <summary>What is laid over a policy for some mail: settings of rules, a roll-out that only warns, exceptions.</summary>
/// <remarks>
/// Layers are laid in order; a later one replaces what an earlier one says about the same rule. What <see cref="Rule.FirmFrom"/> protects is
/// softened by none of them. Threads: immutable.
/// </remarks>
public sealed record RuleLayer
{
    /// <summary>Actions and limits by rule name.</summary>
    public IReadOnlyList<KeyValuePair<string, RuleSetting>> Settings { get; init; } = [];

    /// <summary>Nothing is quarantined or refused, only tagged: how a stricter policy is tried out.</summary>
    public bool WarnOnly { get; init; }

    /// <summary>Exceptions.</summary>
    public IReadOnlyList<RuleExemption> Exemptions { get; init; } = [];

    /// <summary>What is wrong with the layer; empty when it may be used.</summary>
    public IReadOnlyList<string> Mistakes()
    {
        _ = RulePolicy.TryCreate(Settings, out RulePolicy _, out IReadOnlyList<string> errors);
        List<string> mistakes = [.. errors];
        foreach ((string name, RuleSetting setting) in Settings)
        {
            if (RuleCatalogue.TryGet(name, out Rule? rule) && rule.FirmFrom is RuleAction firm
                && setting.Action < (RuleAction)Math.Max((int)firm, (int)rule.Default))
            {
                mistakes.Add($"rule '{rule.Name}' can be softened for the whole gateway only (Gateway:Rules:{rule.Name}), not for some mail");
            }
        }

        foreach (RuleExemption exemption in Exemptions)
        {
            Rule rule = RuleCatalogue.Get(exemption.Rule);
            if (rule.FirmFrom == RuleAction.Allow)
            {
                mistakes.Add($"rule '{rule.Name}' has no exceptions: what it finds is dangerous to whoever is behind the gateway");
            }
        }

        return mistakes;
    }
}
