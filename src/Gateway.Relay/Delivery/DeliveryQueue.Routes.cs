using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>What administrators see of routes and order for them.</content>
public sealed partial class DeliveryQueue
{
    /// <summary>How the routes stand that have or had mail since the start, and those that are configured.</summary>
    public IReadOnlyList<RouteStatus> Routes()
    {
        foreach (Route route in _profile().Routes.All)
        {
            DestinationOf(route);
        }

        return [.. _destinations.Values.Select(static d => d.Status).OrderBy(static s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>Stops a route, or lets it go on; what is under way ends as it would. Survives restarts.</summary>
    /// <param name="route">Its name.</param>
    /// <param name="paused">True to stop it.</param>
    /// <param name="actor">Who orders it, for the log.</param>
    /// <param name="reason">Why, for the log; may be empty.</param>
    /// <returns>False when there is no such route.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing has changed.</exception>
    public bool Pause(string route, bool paused, string actor, string reason = "")
    {
        if (!_destinations.ContainsKey(route) && !_profile().Routes.All.Any(r => r.Name.Equals(route, StringComparison.OrdinalIgnoreCase)) && _pauses.Find(route) is null)
        {
            return false;
        }

        if (paused ? _pauses.Add(new RoutePause(route, _time.GetUtcNow(), LogText.Escape(actor, 100), LogText.Escape(reason))) : _pauses.Remove(route))
        {
            GatewayLog.RouteOrder(_log, LogText.Escape(route), paused ? "paused" : "resumed", LogText.Escape(actor), LogText.Escape(reason));
        }

        foreach (Destination one in _destinations.Values)
        {
            // With a route by MX all its domains stop.
            one.Pause = PauseOf(one.Route);
        }

        StartWorkers();
        return true;
    }
}
