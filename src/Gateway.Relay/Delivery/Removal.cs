using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <summary>Why mail is in the quarantine that an administrator removed from the queue.</summary>
public static class Removal
{
    /// <summary>What stands in place of a rule's name. No rule has it: nothing was found in the message.</summary>
    public const string Rule = "queue-removed";

    /// <summary>How long the order can be taken back with <c>gateway quarantine release</c>.</summary>
    public static TimeSpan Keep { get; } = TimeSpan.FromDays(1);

    /// <summary>The reason, with who gave the order and why as its only finding.</summary>
    internal static QuarantineReason Of(string actor, string reason) => new()
    {
        WorstRule = Rule,
        Findings =
        [
            new QuarantineFinding(
                Rule, RuleAction.Quarantine.Name(), 0, 0, 1, string.Empty, string.Empty, string.Empty, string.Empty,
                $"removed from the queue by {LogText.Escape(actor)}: {LogText.Escape(reason)}"),
        ],
    };
}
