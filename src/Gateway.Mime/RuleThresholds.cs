namespace Gateway.Mime;

/// <summary>The limits of a rule that measures something; a value strictly above a limit triggers its action.</summary>
/// <remarks>The unit is the rule's: octets, parts, levels, fields. Null means that the action is never reached.</remarks>
/// <param name="Tag">Above this the message is tagged.</param>
/// <param name="Quarantine">Above this the message is quarantined.</param>
/// <param name="Reject">Above this the message is refused.</param>
/// <param name="Unit">What is counted, in the plural: <c>octets</c>.</param>
public sealed record RuleThresholds(long? Tag, long? Quarantine, long? Reject, string Unit)
{
    /// <summary>The strongest action whose limit lies below the value.</summary>
    public RuleAction Grade(long value)
    {
        if (value > Reject)
        {
            return RuleAction.Reject;
        }

        if (value > Quarantine)
        {
            return RuleAction.Quarantine;
        }

        return value > Tag ? RuleAction.Tag : RuleAction.Allow;
    }
}
