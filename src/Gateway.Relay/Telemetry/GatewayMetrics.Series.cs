using System.Diagnostics.Metrics;
using Gateway.Mime;
using Gateway.Relay.Blocks;
using Gateway.Relay.Delivery;
using Gateway.Relay.Quarantine.Room;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Telemetry;

/// <content>Series that are there before anything happens, and those of routes.</content>
public sealed partial class GatewayMetrics
{
    private static readonly string[] Poisons = ["quarantined", "limited", "group"];
    private static readonly string[] Bounces = ["made", "delayed", "postmaster", "withheld", "stranger", "limit"];
    private static readonly string[] Answers = ["accepted", "held", "rejected", "failed"];
    private static readonly string[] Lookups = ["answered", "partial", "failed", "stale"];
    private static readonly string[] Mechanisms = ["PLAIN", "LOGIN", "SCRAM-SHA-256"];
    private static readonly string[] Refusals = [RelayDenied, NoRoute, LoopsBack];

    /// <summary>A recipient refused because mail for its domain is not taken from this client.</summary>
    public const string RelayDenied = "relay_denied";

    /// <summary>A recipient refused because no route leads there.</summary>
    public const string NoRoute = "no_route";

    /// <summary>A recipient refused because its address is our own.</summary>
    public const string LoopsBack = "loops_back";

    /// <summary>Begins every counter at 0 for all values of its catalogue.</summary>
    /// <remarks>A series that appears with its first event has risen from nothing for Prometheus, so that an alert on the rise misses the first poison message.</remarks>
    public void BeginAtZero()
    {
        string[] ends = Enum.GetNames<SessionEnd>();
        (Counter<long> Counter, string Tag, IEnumerable<string> Values)[] counters =
        [
            (_connections, "result", ends), (_rejected, "reason", SessionNoteNames.AllRefusals.Append("proxy_header")), (_records, "result", ["written", "dropped"]),
            (_received, "result", Answers), (_verdicts, "action", Enum.GetValues<RuleAction>().Select(Verdicts.ActionName)),
            (_attempts, "result", Enum.GetNames<DeliveryOutcome>().Append(nameof(DeliveryStatus.Expired)).Append("Returned")), (_poison, "result", Poisons),
            (_bounces, "result", Bounces), (_suspects, "step", Enum.GetNames<DeliveryStep>()), (_decisions, "action", ["release", "discard"]),
            (_denied, "reason", ["token", "host"]),
            (_putOff, "reason", Enum.GetValues<QuarantineShortage>().Where(static s => s != QuarantineShortage.None).Select(static s => s.Name())),
            (_expired, "rule", RuleCatalogue.All.Select(static r => r.Name)), (_lookups, "result", Lookups), (_refusedRecipients, "reason", Refusals),
        ];
        foreach ((Counter<long> counter, string tag, IEnumerable<string> values) in counters)
        {
            foreach (string value in values)
            {
                counter.Add(0, new KeyValuePair<string, object?>(tag, value));
            }
        }

        foreach (string mechanism in Mechanisms)
        {
            _authentications.Add(0, new KeyValuePair<string, object?>("mechanism", mechanism), new KeyValuePair<string, object?>("result", "ok"));
            _authentications.Add(0, new KeyValuePair<string, object?>("mechanism", mechanism), new KeyValuePair<string, object?>("result", "failed"));
        }

        foreach ((BlockKind kind, BlockAction action) in Enum.GetValues<BlockKind>().SelectMany(static k => Enum.GetValues<BlockAction>().Select(a => (k, a))))
        {
            _blocked.Add(
                0, new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant()), new KeyValuePair<string, object?>("action", action.ToString().ToLowerInvariant()));
        }

        foreach (Rule rule in RuleCatalogue.All)
        {
            _findings.Add(0, new KeyValuePair<string, object?>("finding", rule.Name), new KeyValuePair<string, object?>("action", Verdicts.ActionName(rule.Default)));
        }

        _stalls.Add(0);
        _connectionsActive.Add(0);
    }

    /// <summary>A recipient was refused.</summary>
    /// <param name="reason"><see cref="RelayDenied"/>, <see cref="NoRoute"/> or <see cref="LoopsBack"/>.</param>
    public void RecipientRefused(string reason) => _refusedRecipients.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Shows how the routes stand. Labels are names of the configuration; domains that DNS found are counted with their route.</summary>
    public void Observe(Func<IReadOnlyList<RouteStatus>> routes)
    {
        Meter.CreateObservableGauge("gateway.route.paused", () => ByRoute(routes(), static r => r.Paused ? 1 : 0, Math.Max), null, "1 while a route is paused.");
        Meter.CreateObservableGauge(
            "gateway.route.hosts_down", () => ByRoute(routes(), static r => r.Hosts.Count(static h => h.DownSeconds is not null), static (a, b) => a + b), "{host}", "Hosts of a route that get no mail now.");
        Meter.CreateObservableGauge(
            "gateway.route.waiting", () => ByRoute(routes(), static r => r.Waiting + r.Suspects + r.Deferred, static (a, b) => a + b), "{message}", "Mail of a route in line or waiting for its next try.");
        Meter.CreateObservableGauge("gateway.host.up", () => routes().Where(static r => r.Origin is null).SelectMany(OfHosts), null, "1 while a host of the configuration gets mail, 0 while it is down.");
    }

    private static IEnumerable<Measurement<int>> OfHosts(RouteStatus route) => route.Hosts.Select(h => new Measurement<int>(
        h.DownSeconds is null ? 1 : 0, new KeyValuePair<string, object?>("route", route.Name), new KeyValuePair<string, object?>("host", h.Host)));

    private static IEnumerable<Measurement<int>> ByRoute(IReadOnlyList<RouteStatus> routes, Func<RouteStatus, int> value, Func<int, int, int> join) =>
        routes.GroupBy(static r => r.Origin ?? r.Name, StringComparer.Ordinal)
            .Select(g => new Measurement<int>(g.Select(value).Aggregate(join), new KeyValuePair<string, object?>("route", g.Key)));
}
