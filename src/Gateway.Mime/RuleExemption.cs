namespace Gateway.Mime;

/// <summary>A rule that is softened for some mail: an exception of the configuration, as the inspection sees it.</summary>
/// <remarks>Who it is for, until when and why is the relay's business; what reaches a policy is in force. Threads: immutable.</remarks>
/// <param name="Name">Its name in configuration, metric and log.</param>
/// <param name="Rule">The rule that is softened.</param>
/// <param name="Action">What the rule's findings ask for at the most: <see cref="RuleAction.Tag"/> or <see cref="RuleAction.Allow"/>.</param>
public sealed record RuleExemption(string Name, RuleCode Rule, RuleAction Action);
