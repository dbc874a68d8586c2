using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Delivery;

/// <content>Which route mail takes: as the configuration has it now, or as a person ordered.</content>
public sealed partial class DeliveryQueue
{
    private RouteTable _routes;

    /// <summary>The routes that are configured now.</summary>
    public IEnumerable<string> RouteNames => _profile().Routes.All.Select(static r => r.Name);

    private Destination DestinationOf(RouteTable routes, QueuedMessage message, string recipient)
    {
        Route? ordered = message.Route is string name ? routes.Named(name, recipient) : null;
        // A route that new settings took away leaves a destination without hosts: its mail waits and shows up in the listing.
        return DestinationOf(ordered ?? routes.Find(recipient, message.IsNotification) ?? new Route("(no route)", []));
    }

    private Destination DestinationOf(Route route)
    {
        Destination destination = _destinations.GetOrAdd(
            route.Name, static (_, made) => made.queue.Open(made.route), (route, queue: this));
        if (!ReferenceEquals(destination.Route, route))
        {
            destination.Route = route;
        }

        return destination;
    }

    /// <summary>After a reload what waits goes to the new hosts of its route, or to the new route of its domain, also when no new mail comes.</summary>
    private void TakeRoutes(RouteTable routes)
    {
        if (ReferenceEquals(routes, _routes))
        {
            return;
        }

        _routes = routes;
        foreach (Route route in routes.All)
        {
            if (!route.ByMx && _destinations.TryGetValue(route.Name, out Destination? destination))
            {
                destination.Route = route;
                destination.Health.EndPauses();
            }
        }

        Run(() =>
        {
            RerouteAll();
            return Task.CompletedTask;
        });
    }

    private void RerouteAll()
    {
        int moved = 0;
        foreach ((_, QueuedMessage message) in _messages)
        {
            lock (message)
            {
                moved += Reroute(message) ? 1 : 0;
            }
        }

        if (moved > 0)
        {
            GatewayLog.Rerouted(_log, moved);
            StartWorkers();
        }
    }

    /// <summary>Moves to another destination what belongs there and is not under way; caller holds the message.</summary>
    private bool Reroute(QueuedMessage message)
    {
        RouteTable routes = _profile().Routes;
        bool moved = false;
        foreach (Parcel parcel in message.Open.ToArray())
        {
            if (parcel.Recipients.All(r => DestinationOf(routes, message, r) == parcel.Destination) || !parcel.Destination.Withdraw(parcel))
            {
                continue;
            }

            moved = true;
            message.Open.Remove(parcel);
            foreach (IGrouping<Destination, string> group in parcel.Recipients.GroupBy(r => DestinationOf(routes, message, r)).ToArray())
            {
                Reopen(message, parcel, group.Key, [.. group]);
            }
        }

        return moved;
    }

    private void Reopen(QueuedMessage message, Parcel before, Destination destination, IReadOnlyList<string> recipients)
    {
        while (!destination.TryEnlist())
        {
            destination = DestinationOf(destination.Route);
        }

        Parcel parcel = before.To(destination, recipients);
        message.Open.Add(parcel);
        if (message.Hold is not null || message.Quarantine is not null)
        {
            destination.HoldDone(parcel);
        }
        else
        {
            PutInLine(parcel);
        }
    }
}
