namespace Gateway.Mime;

/// <summary>The one word for each action, in settings, log, metrics, quarantine, API and documents.</summary>
public static class RuleActionNames
{
    /// <summary>An action as settings spell it.</summary>
    public static string Name(this RuleAction action) => action switch
    {
        RuleAction.Allow => "allow",
        RuleAction.Tag => "tag",
        RuleAction.Quarantine => "quarantine",
        _ => "reject",
    };
}
