namespace Gateway.Mime;

/// <summary>An immutable snapshot of what each rule does: the catalogue's defaults with the site's settings laid over them.</summary>
/// <remarks>
/// Threads: shared freely; a reload makes a new one and swaps it whole.
/// Cost: two array reads for each finding, none for clean mail.
/// </remarks>
public sealed partial class RulePolicy
{
    private readonly RuleAction?[] _actions = new RuleAction?[RuleCatalogue.CodeSpace];
    private readonly RuleThresholds?[] _thresholds = new RuleThresholds?[RuleCatalogue.CodeSpace];

    private RulePolicy()
    {
        foreach (Rule rule in RuleCatalogue.All)
        {
            _thresholds[(int)rule.Code] = rule.Thresholds;
        }
    }

    /// <summary>The catalogue's defaults.</summary>
    public static RulePolicy Default { get; } = new();

    /// <summary>Makes a policy from settings by rule name.</summary>
    /// <remarks>Promises: either every setting is in the policy, or none is and every mistake is named.</remarks>
    /// <param name="settings">Rule name to setting; names are compared without case.</param>
    /// <param name="policy">The policy, or <see cref="Default"/> when there are errors.</param>
    /// <param name="errors">One sentence for each mistake; empty on success.</param>
    public static bool TryCreate(
        IEnumerable<KeyValuePair<string, RuleSetting>> settings, out RulePolicy policy, out IReadOnlyList<string> errors)
    {
        List<string> mistakes = [];
        RulePolicy made = new();
        foreach ((string name, RuleSetting setting) in settings)
        {
            if (!RuleCatalogue.TryGet(name, out Rule? rule))
            {
                string? nearest = RuleCatalogue.Nearest(name);
                mistakes.Add(nearest is null ? $"unknown rule '{name}'" : $"unknown rule '{name}'; did you mean '{nearest}'?");
            }
            else if (made.Apply(rule, setting) is { } mistake)
            {
                mistakes.Add(mistake);
            }
        }

        errors = mistakes;
        policy = mistakes.Count == 0 ? made : Default;
        return mistakes.Count == 0;
    }

    /// <summary>The action a finding of full strength gets under this policy.</summary>
    public RuleAction ActionOf(Rule rule) => _members is null ? _actions[(int)rule.Code] ?? rule.Default : _members.Max(m => m.ActionOf(rule));

    /// <summary>The limits of a measuring rule under this policy; null for the others.</summary>
    public RuleThresholds? ThresholdsOf(Rule rule) => _thresholds[(int)rule.Code];

    /// <summary>True when a message with a line over the hard bound is refused, and neither an exception nor what else is found can change that.</summary>
    /// <param name="nullSender">True for a bounce.</param>
    public bool RefusesOverlongLine(bool nullSender)
    {
        Rule rule = RuleCatalogue.Get(RuleCode.LineTooLong);
        RuleAction grade = Grade(rule, InspectionLimits.Default.LineBytes + 1L, hard: true);
        return Resolve(rule, grade, nullSender, firm: true, out _) == RuleAction.Reject;
    }

    /// <summary>What a measured value is worth under the limits of this policy.</summary>
    /// <param name="rule">A rule with limits.</param>
    /// <param name="value">What was measured, in the unit of the rule.</param>
    /// <param name="hard">True when a hard bound was met: then it is at least what the catalogue does about the value, and about the rule.</param>
    internal RuleAction Grade(Rule rule, long value, bool hard)
    {
        RuleAction grade = ThresholdsOf(rule)?.Grade(value) ?? RuleAction.Allow;
        if (!hard)
        {
            return grade;
        }

        RuleAction least = (RuleAction)Math.Max((int)rule.Thresholds!.Grade(value), (int)rule.Default);
        return grade < least ? least : grade;
    }

    /// <summary>What a finding of the given grade does under this policy.</summary>
    /// <remarks>
    /// A setting replaces the rule's default and everything stronger; milder grades stay what they are unless the setting is milder
    /// still. An explicit setting is the site's word and is not softened for bounces.
    /// </remarks>
    internal RuleAction Resolve(Rule rule, RuleAction grade, bool nullSender)
    {
        if (_actions[(int)rule.Code] is { } action)
        {
            return grade >= rule.Default || action < grade ? action : grade;
        }

        return nullSender && rule.SoftenedForNullSender && grade > RuleAction.Tag ? RuleAction.Tag : grade;
    }

    private static long? Limit(long? setting, long? current) => setting switch
    {
        null => current,
        RuleSetting.Off => null,
        _ => setting,
    };

    private string? Apply(Rule rule, RuleSetting setting)
    {
        if (setting.Action < rule.Mildest)
        {
            return $"rule '{rule.Name}' cannot be milder than {rule.Mildest.Name()}";
        }

        _actions[(int)rule.Code] = setting.Action ?? _actions[(int)rule.Code];
        if (!setting.HasLimits)
        {
            return null;
        }

        if (_thresholds[(int)rule.Code] is not { } limits)
        {
            return $"rule '{rule.Name}' measures nothing and has no limits; give it an action";
        }

        limits = limits with
        {
            Tag = Limit(setting.Tag, limits.Tag),
            Quarantine = Limit(setting.Quarantine, limits.Quarantine),
            Reject = Limit(setting.Reject, limits.Reject),
        };
        _thresholds[(int)rule.Code] = limits;
        bool ordered = (limits.Tag ?? 0) <= (limits.Quarantine ?? long.MaxValue)
            && (limits.Quarantine ?? limits.Tag ?? 0) <= (limits.Reject ?? long.MaxValue);
        return ordered ? null : $"rule '{rule.Name}': the limits must rise from tag to quarantine to reject";
    }
}
