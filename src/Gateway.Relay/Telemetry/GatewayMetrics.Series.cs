using System.Diagnostics.Metrics;
using Gateway.Mime;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Telemetry;

/// <content>Series that are there before anything happens.</content>
public sealed partial class GatewayMetrics
{
    private static readonly string[] Poisons = ["quarantined", "limited", "group"];
    private static readonly string[] Bounces = ["made", "delayed", "postmaster", "withheld", "stranger", "limit"];
    private static readonly string[] Answers = ["accepted", "quarantined", "rejected", "failed"];
    private static readonly string[] Lookups = ["answered", "partial", "failed", "stale"];
    private static readonly string[] Mechanisms = ["PLAIN", "LOGIN", "SCRAM-SHA-256"];
    private static readonly string[] Refusals = [RelayDenied, NoRoute, LoopsBack];

    /// <summary>A recipient refused because mail for its domain is not taken from this client.</summary>
    public const string RelayDenied = "relay_denied";

    /// <summary>A recipient refused because no route leads there.</summary>
    public const string NoRoute = "no_route";

    /// <summary>A recipient refused because its address is our own.</summary>
    public const string LoopsBack = "loops_back";

    /// <summary>Begins the counters at 0 for all values of their catalogues, but for those whose catalogue is in a room above.</summary>
    /// <remarks>A series that appears with its first event has risen from nothing for Prometheus, so that an alert on the rise misses the first poison message.</remarks>
    public void BeginAtZero()
    {
        string[] ends = Enum.GetNames<SessionEnd>();
        (Counter<long> Counter, string Tag, IEnumerable<string> Values)[] counters =
        [
            (_rejected, "reason", SessionNoteNames.AllRefusals.Append("proxy_header")), (_records, "result", ["written", "dropped"]),
            (_received, "result", Answers), (_verdicts, "action", Enum.GetValues<RuleAction>().Select(static a => a.Name())),
            (_attempts, "result", Enum.GetNames<DeliveryOutcome>().Append("Expired").Append("Returned")), (_poison, "result", Poisons),
            (_bounces, "result", Bounces), (_suspects, "step", Enum.GetNames<DeliveryStep>()), (_decisions, "action", ["release", "discard"]),
            (_denied, "reason", ["token", "host"]),
            (_expired, "rule", RuleCatalogue.All.Select(static r => r.Name)), (_lookups, "result", Lookups), (_refusedRecipients, "reason", Refusals),
        ];
        foreach ((Counter<long> counter, string tag, IEnumerable<string> values) in counters)
        {
            foreach (string value in values)
            {
                counter.Add(0, new KeyValuePair<string, object?>(tag, value));
            }
        }

        foreach (string engine in Enum.GetValues<SmtpEngine>().Select(static e => e.Name()))
        {
            _engineMessages.Add(0, new KeyValuePair<string, object?>("engine", engine));
            foreach (string end in ends)
            {
                _connections.Add(0, new KeyValuePair<string, object?>("result", end), new KeyValuePair<string, object?>("engine", engine));
            }
        }

        foreach (string mechanism in Mechanisms)
        {
            _authentications.Add(0, new KeyValuePair<string, object?>("mechanism", mechanism), new KeyValuePair<string, object?>("result", "ok"));
            _authentications.Add(0, new KeyValuePair<string, object?>("mechanism", mechanism), new KeyValuePair<string, object?>("result", "failed"));
        }

        foreach (Rule rule in RuleCatalogue.All)
        {
            _findings.Add(0, new KeyValuePair<string, object?>("finding", rule.Name), new KeyValuePair<string, object?>("action", rule.Default.Name()));
        }

        _stalls.Add(0);
        _connectionsActive.Add(0);
    }

    /// <summary>Begins the counter of blocks at 0.</summary>
    /// <param name="kinds">All that a block can know mail by.</param>
    /// <param name="actions">All that can become of the mail.</param>
    public void BeginBlocked(IEnumerable<string> kinds, IEnumerable<string> actions)
    {
        foreach ((string kind, string action) in kinds.SelectMany(_ => actions, static (k, a) => (k, a)))
        {
            _blocked.Add(0, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("action", action));
        }
    }

    /// <summary>Begins the counter of malformed messages that were put off at 0.</summary>
    /// <param name="shortages">All that can be short.</param>
    public void BeginQuarantineDeferred(IEnumerable<string> shortages)
    {
        foreach (string shortage in shortages)
        {
            _putOff.Add(0, new KeyValuePair<string, object?>("reason", shortage));
        }
    }

    /// <summary>A recipient was refused.</summary>
    /// <param name="reason"><see cref="RelayDenied"/>, <see cref="NoRoute"/> or <see cref="LoopsBack"/>.</param>
    public void RecipientRefused(string reason) => _refusedRecipients.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
