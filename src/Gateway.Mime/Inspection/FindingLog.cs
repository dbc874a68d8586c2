namespace Gateway.Mime;

/// <summary>Collects the findings of one message: keeps the strongest few, counts all.</summary>
internal sealed class FindingLog
{
    private readonly List<Finding> _kept = [];
    private readonly int[] _keptOfRule = new int[RuleCatalogue.CodeSpace];
    private InspectionLimits _limits = InspectionLimits.Default;
    private int _seen;

    /// <summary>The strongest action seen.</summary>
    public RuleAction Verdict { get; private set; }

    /// <summary>A finding was made that explains why readers disagree about the structure.</summary>
    public bool StructureExplained { get; private set; }

    public int Suppressed => _seen - _kept.Count;

    public void Begin(InspectionLimits limits)
    {
        if (_kept.Count > 0)
        {
            _kept.Clear();
            Array.Clear(_keptOfRule);
        }

        _limits = limits;
        _seen = 0;
        Verdict = RuleAction.Allow;
        StructureExplained = false;
    }

    /// <summary>Counts a finding; true when its evidence is worth collecting, because there is room or a weaker one to replace.</summary>
    public bool Count(Rule rule, RuleAction action)
    {
        _seen++;
        Verdict = (RuleAction)Math.Max((int)Verdict, (int)action);
        StructureExplained |= rule.ExplainsStructure;
        return _keptOfRule[(int)rule.Code] < _limits.FindingsPerRule && _kept.Count < _limits.Findings || Weakest(rule, action) >= 0;
    }

    /// <summary>Keeps a finding that <see cref="Count"/> wanted.</summary>
    public void Keep(Finding finding)
    {
        Rule rule = RuleCatalogue.Get(finding.Rule);
        if (_keptOfRule[(int)rule.Code] >= _limits.FindingsPerRule || _kept.Count >= _limits.Findings)
        {
            int weakest = Weakest(rule, finding.Action);
            if (weakest < 0)
            {
                return;
            }

            _keptOfRule[(int)_kept[weakest].Rule]--;
            _kept.RemoveAt(weakest);
        }

        _keptOfRule[(int)rule.Code]++;
        _kept.Add(finding);
    }

    /// <summary>The findings kept, by offset.</summary>
    public Finding[] ToArray()
    {
        if (_kept.Count == 0)
        {
            return [];
        }

        // Stable, so that findings at one place stay in the order they were made; they are few, and nearly in order.
        Finding[] findings = [.. _kept];
        for (int i = 1; i < findings.Length; i++)
        {
            Finding finding = findings[i];
            int at = i;
            for (; at > 0 && findings[at - 1].Offset > finding.Offset; at--)
            {
                findings[at] = findings[at - 1];
            }

            findings[at] = finding;
        }

        return findings;
    }

    /// <summary>Index of the kept finding to give way to a stronger one: of the same rule if that one is full, else of any.</summary>
    private int Weakest(Rule rule, RuleAction action)
    {
        bool ruleFull = _keptOfRule[(int)rule.Code] >= _limits.FindingsPerRule;
        int weakest = -1;
        for (int i = 0; i < _kept.Count; i++)
        {
            if (_kept[i].Action < action && (!ruleFull || _kept[i].Rule == rule.Code)
                && (weakest < 0 || _kept[i].Action < _kept[weakest].Action))
            {
                weakest = i;
            }
        }

        return weakest;
    }
}
