using Gateway.Mime;

namespace Gateway.Relay.Tests.House;

/// <summary>Rule policies for tests.</summary>
internal static class Policies
{
    /// <summary>Nothing is held or refused.</summary>
    public static RulePolicy AllowAll { get; } = RulePolicy.TryCreate(
        RuleCatalogue.All.Select(r => KeyValuePair.Create(r.Name, new RuleSetting { Action = RuleAction.Allow })), out RulePolicy policy, out IReadOnlyList<string> errors)
        ? policy
        : throw new InvalidOperationException(string.Join("; ", errors));
}
