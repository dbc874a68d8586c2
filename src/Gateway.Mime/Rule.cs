namespace Gateway.Mime;

/// <summary>One row of the rule catalogue: what is malformed, by which clause, why it matters, and what is done about it.</summary>
/// <remarks>Threads: immutable.</remarks>
public sealed class Rule
{
    internal Rule(RuleCode code, string name, RuleAction action)
    {
        Code = code;
        Name = name;
        Default = action;
    }

    /// <summary>The stable number of the rule.</summary>
    public RuleCode Code { get; }

    /// <summary>The stable kebab-case name shown to people and used in configuration.</summary>
    public string Name { get; }

    /// <summary>Where the rule looks. Set once, by the catalogue, from the table that holds the row.</summary>
    public RuleGroup Group { get; internal set; }

    /// <summary>What kind of danger the construct is.</summary>
    public required RuleCategory Category { get; init; }

    /// <summary>The clauses that the construct breaks, such as <c>RFC 2046 5.1.1</c>.</summary>
    public required string Clause { get; init; }

    /// <summary>What triggers the rule, in one or two sentences.</summary>
    public required string Summary { get; init; }

    /// <summary>What it looks like: octets of a message with <c>\r\n</c> and other controls escaped, or of a session; never several lines.</summary>
    public string Example { get; init; } = string.Empty;

    /// <summary>Why the construct is dangerous, with the incidents that showed it.</summary>
    public required string Danger { get; init; }

    /// <summary>What the sender has to change.</summary>
    public required string Repair { get; init; }

    /// <summary>The action of the rule's full-strength findings; milder ones of the same rule may ask for less.</summary>
    public RuleAction Default { get; }

    /// <summary>The mildest action that a site may give the rule.</summary>
    public RuleAction Mildest { get; init; } = RuleAction.Allow;

    /// <summary>When the milder or stronger grades apply, in words; empty when there is one grade.</summary>
    public string Grades { get; init; } = string.Empty;

    /// <summary>The default limits of a rule that measures something; null for the others.</summary>
    public RuleThresholds? Thresholds { get; init; }

    /// <summary>True when the rule only tags bounces (null sender), which are dirty in practice.</summary>
    public bool SoftenedForNullSender { get; init; }

    /// <summary>The weakest grade that no exception, no scope and no warn-only roll-out may soften; null when all may be.</summary>
    public RuleAction? FirmFrom { get; init; }

    /// <summary>The types that report the rule, the main one first; empty when it is found outside this assembly only.</summary>
    internal IReadOnlyList<Type> Triggers { get; init; } = [];

    /// <summary>True when the finding is made outside this assembly (SMTP, relay) and only recorded here.</summary>
    public bool External { get; init; }

    /// <summary>True when a finding of this rule explains why two readers of the structure disagree.</summary>
    internal bool ExplainsStructure { get; init; }

    /// <summary>The three-digit SMTP code of a rejection by this rule.</summary>
    public int ReplyCode { get; init; } = 550;

    /// <summary>The enhanced status code of a rejection by this rule (RFC 3463).</summary>
    public string EnhancedCode { get; init; } = "5.6.0";

    /// <summary>The text of a rejection by this rule, without codes: short, US-ASCII, one line.</summary>
    public required string ReplyText { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
