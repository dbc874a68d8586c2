using Gateway.Relay.Delivery.Dns;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <content>Routes by MX.</content>
public sealed partial class DeliveryWorker
{
    /// <summary>Finds mail hosts in DNS; null where no route is by MX.</summary>
    internal MxLookup? Mx { get; init; }

    /// <summary>The hosts of a parcel's domain, or the report of an attempt that ended for want of them.</summary>
    private async ValueTask<(IReadOnlyList<DownstreamHost> Hosts, DeliveryReport? Report)> LookUpAsync(Parcel parcel, CancellationToken stop)
    {
        Route route = parcel.Destination.Route;
        MxLookup lookup = Mx ?? throw new InvalidOperationException("A route is by MX, and there is no DNS.");
        long start = _time.GetTimestamp();
        MxRoute found = await lookup.FindAsync(route, _profile().HostName, Draw, stop);
        if (found.Hosts.Count > 0)
        {
            parcel.Destination.Found(found.Hosts);
            return (found.Hosts, null);
        }

        // Refused by the domain's owner, by way of DNS; what may change is a matter of this message's schedule, not of a host.
        DeliveryOutcome outcome = found.Status.Class == 5 ? DeliveryOutcome.Refused : DeliveryOutcome.Deferred;
        return ([], new DeliveryReport
        {
            Recipients = [.. parcel.Recipients.Select(r => new RecipientOutcome(r, outcome, null) { Status = found.Status, Step = DeliveryStep.Mail })],
            // Nobody was spoken to, yet the answer is about this mail.
            Reached = DeliveryStep.Mail,
            Host = new DownstreamHost(route.Name, route.Port),
            ConnectTime = _time.GetElapsedTime(start),
            Detail = found.Detail,
        });
    }

    private int Draw()
    {
        lock (_random)
        {
            return _random.Next();
        }
    }
}
