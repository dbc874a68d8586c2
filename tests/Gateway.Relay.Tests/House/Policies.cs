using Gateway.Mime;

namespace Gateway.Relay.Tests.House;

/// <summary>Rule policies for tests.</summary>
internal static class Policies
{
    /// <summary>Nothing is quarantined or refused but what no site can allow.</summary>
    public static RulePolicy AllowAll { get; } = Of(RuleAction.Allow, RuleCatalogue.All.Where(r => r.Mildest == RuleAction.Allow).Select(r => r.Name));

    /// <summary>These rules do this, the others what they do.</summary>
    public static RulePolicy Of(RuleAction action, params IEnumerable<string> rules) => RulePolicy.TryCreate(
        rules.Select(rule => KeyValuePair.Create(rule, new RuleSetting { Action = action })), out RulePolicy policy, out IReadOnlyList<string> errors)
        ? policy
        : throw new InvalidOperationException(string.Join("; ", errors));
}
