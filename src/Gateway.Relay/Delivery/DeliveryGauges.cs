using System.Diagnostics.Metrics;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <summary>Shows how much waits to leave, and how the routes stand.</summary>
/// <remarks>Labels are names of the configuration; domains that DNS found are counted with their route.</remarks>
internal static class DeliveryGauges
{
    public static void Register(GatewayMetrics metrics, DeliveryQueue queue)
    {
        metrics.Gauge(
            "gateway.queue.messages",
            "{message}",
            "Messages in the queue.",
            () =>
            {
                QueueTotals totals = queue.Totals();
                return (IEnumerable<Measurement<int>>)[OfState(RelayState.Active, totals.Active), OfState(RelayState.Deferred, totals.Deferred), OfState(RelayState.OnHold, totals.OnHold)];
            });
        metrics.Gauge(
            "gateway.queue.oldest_age", "s", "How long the oldest message in the queue has waited.", () => queue.Totals().OldestAge?.TotalSeconds ?? 0);
        metrics.Gauge("gateway.route.paused", null, "1 while a route is paused.", () => ByRoute(queue, static r => r.Paused ? 1 : 0, Math.Max));
        metrics.Gauge(
            "gateway.route.hosts_down", "{host}", "Hosts of a route that get no mail now.",
            () => ByRoute(queue, static r => r.Hosts.Count(static h => h.DownSeconds is not null), static (a, b) => a + b));
        metrics.Gauge(
            "gateway.route.waiting", "{message}", "Mail of a route in line or waiting for its next try.",
            () => ByRoute(queue, static r => r.Waiting + r.Suspects + r.Deferred, static (a, b) => a + b));
        metrics.Gauge(
            "gateway.host.up", null, "1 while a host of the configuration gets mail, 0 while it is down.",
            () => queue.Routes().Where(static r => r.Origin is null).SelectMany(OfHosts));
    }

    private static Measurement<int> OfState(RelayState state, int count) => new(count, new KeyValuePair<string, object?>("state", MemberName.Of(state)));

    private static IEnumerable<Measurement<int>> OfHosts(RouteStatus route) => route.Hosts.Select(h => new Measurement<int>(
        h.DownSeconds is null ? 1 : 0, new KeyValuePair<string, object?>("route", route.Name), new KeyValuePair<string, object?>("host", h.Host)));

    private static IEnumerable<Measurement<int>> ByRoute(DeliveryQueue queue, Func<RouteStatus, int> value, Func<int, int, int> join) =>
        queue.Routes().GroupBy(static r => r.Origin ?? r.Name, StringComparer.Ordinal)
            .Select(g => new Measurement<int>(g.Select(value).Aggregate(join), new KeyValuePair<string, object?>("route", g.Key)));
}
