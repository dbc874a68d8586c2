namespace Gateway.Mime;

/// <content>Policies laid over each other, and several of them at once.</content>
public sealed partial class RulePolicy
{
    private RulePolicy[]? _members;
    private RuleExemption?[]? _exemptions;
    private bool _warnOnly;

    /// <summary>This policy with layers laid over it.</summary>
    /// <remarks>Fails: <see cref="ArgumentException"/> for a layer with <see cref="RuleLayer.Mistakes"/> in its settings.</remarks>
    public RulePolicy With(IEnumerable<RuleLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        RulePolicy made = new();
        _actions.CopyTo(made._actions, 0);
        _thresholds.CopyTo(made._thresholds, 0);
        made._exemptions = (RuleExemption?[]?)_exemptions?.Clone();
        made._warnOnly = _warnOnly;
        foreach (RuleLayer layer in layers)
        {
            made._warnOnly |= layer.WarnOnly;
            foreach ((string name, RuleSetting setting) in layer.Settings)
            {
                string? mistake = RuleCatalogue.TryGet(name, out Rule? rule) ? made.Apply(rule, setting) : $"unknown rule '{name}'";
                // Limits of two layers need not rise together; each layer for itself was looked at before.
                if (mistake is not null && !mistake.Contains("must rise", StringComparison.Ordinal))
                {
                    throw new ArgumentException(mistake, nameof(layers));
                }
            }

            foreach (RuleExemption exemption in layer.Exemptions)
            {
                made._exemptions ??= new RuleExemption?[RuleCatalogue.CodeSpace];
                // Of two for one rule the more generous counts.
                if (made._exemptions[(int)exemption.Rule] is not { } other || other.Action > exemption.Action)
                {
                    made._exemptions[(int)exemption.Rule] = exemption;
                }
            }
        }

        return made;
    }

    /// <summary>The policy that asks of each finding the strongest action that any of these asks for.</summary>
    public static RulePolicy Strictest(IReadOnlyList<RulePolicy> policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        if (policies.Count == 1)
        {
            return policies[0];
        }

        RulePolicy made = new() { _members = [.. policies] };
        foreach (Rule rule in RuleCatalogue.All)
        {
            if (rule.Thresholds is not null)
            {
                RuleThresholds[] all = [.. policies.Select(p => p._thresholds[(int)rule.Code]!)];
                made._thresholds[(int)rule.Code] = rule.Thresholds with
                {
                    Tag = all.Min(t => t.Tag), Quarantine = all.Min(t => t.Quarantine), Reject = all.Min(t => t.Reject),
                };
            }
        }

        return made;
    }

    /// <summary>What a finding of the given grade does under this policy.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="grade">What the catalogue does about this grade of it.</param>
    /// <param name="nullSender">True for a bounce.</param>
    /// <param name="firm">True when a hard bound was met, so that the message was not read to its end: no exception softens that.</param>
    /// <param name="used">The exception that softened it, or null.</param>
    internal RuleAction Resolve(Rule rule, RuleAction grade, bool nullSender, bool firm, out RuleExemption? used)
    {
        if (_members is not null)
        {
            return ResolveStrictest(rule, grade, nullSender, firm, out used);
        }

        used = null;
        RuleAction action = Resolve(rule, grade, nullSender);
        if (action == RuleAction.Allow || (!_warnOnly && _exemptions is null) || firm || grade >= rule.FirmFrom)
        {
            return action;
        }

        if (_exemptions?[(int)rule.Code] is { } exemption && exemption.Action < action)
        {
            used = exemption;
            return exemption.Action;
        }

        return _warnOnly && action > RuleAction.Tag ? RuleAction.Tag : action;
    }

    private RuleAction ResolveStrictest(Rule rule, RuleAction grade, bool nullSender, bool firm, out RuleExemption? used)
    {
        RuleAction strongest = RuleAction.Allow;
        RuleAction without = RuleAction.Allow;
        used = null;
        foreach (RulePolicy member in _members!)
        {
            RuleAction action = member.Resolve(rule, grade, nullSender, firm, out RuleExemption? exemption);
            RuleAction plain = exemption is null ? action : member.Resolve(rule, grade, nullSender);
            strongest = (RuleAction)Math.Max((int)strongest, (int)action);
            without = (RuleAction)Math.Max((int)without, (int)plain);
            used ??= exemption;
        }

        // An exception that another recipient's policy overrides was of no use.
        used = strongest < without ? used : null;
        return strongest;
    }
}
