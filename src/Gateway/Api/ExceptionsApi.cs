using Gateway.Mime;
using Gateway.Relay;
using Gateway.Relay.Policy;

namespace Gateway.Api;

/// <summary>An exception with its use, as listings show it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rule">The rule it softens.</param>
/// <param name="Action">What is left of the rule.</param>
/// <param name="Scope">Which mail it is for, in words.</param>
/// <param name="Reason">Why.</param>
/// <param name="Author">Who answers for it.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Expired">Whether that is over.</param>
/// <param name="Uses">Messages it softened since the start of the process; null when no process was asked.</param>
/// <param name="LastUsed">The last of them.</param>
public sealed record ExceptionRow(
    string Name, string Rule, string Action, string Scope, string Reason, string Author, DateTimeOffset Expires, bool Expired, long? Uses, DateTimeOffset? LastUsed)
{
    /// <summary>The exceptions of a table.</summary>
    /// <param name="table">The table, or null for none.</param>
    /// <param name="ledger">Their uses, or null when no process was asked.</param>
    /// <param name="now">By which they have expired.</param>
    public static IReadOnlyList<ExceptionRow> Of(PolicyTable? table, ExemptionLedger? ledger, DateTimeOffset now) =>
    [
        .. from entry in table?.Entries ?? []
           from exemption in entry.Layer.Exemptions
           select new ExceptionRow(
               entry.Name, RuleCatalogue.Get(exemption.Rule).Name, exemption.Action.Name(), entry.Scope.ToString(), entry.Reason,
               entry.Author, entry.Expires, entry.Expires <= now, ledger?.Of(entry.Name).Count, ledger?.Of(entry.Name).Last),
    ];
}

/// <summary>The exceptions in force and how often they were used.</summary>
internal static class ExceptionsApi
{
    /// <summary>Adds the route.</summary>
    public static void Map(RouteGroupBuilder api, MailRelay relay, Func<RelayProfile> profile) => api.MapGet(
        "/exceptions",
        () => TypedResults.Json(
            ExceptionRow.Of(profile().Policies, relay.Exemptions, TimeProvider.System.GetUtcNow()), AnswerJson.Context.IReadOnlyListExceptionRow));
}
