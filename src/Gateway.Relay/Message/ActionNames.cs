using Gateway.Mime;

namespace Gateway.Relay.Message;

/// <summary>The names of the actions of rules, as metrics, the log and the quarantine write them.</summary>
internal static class ActionNames
{
    /// <summary>The name of an action.</summary>
    public static string Of(RuleAction action) => action switch
    {
        RuleAction.Allow => "accept",
        RuleAction.Tag => "tag",
        RuleAction.Quarantine => "quarantine",
        _ => "reject",
    };
}
