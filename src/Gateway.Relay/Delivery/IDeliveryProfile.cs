using System.Net;
using Gateway.Mime;
using Gateway.Relay.Delivery.Routes;

namespace Gateway.Relay.Delivery;

/// <summary>What delivery is told to do, as one immutable snapshot.</summary>
public interface IDeliveryProfile
{
    /// <summary>Our name in trace fields and bounces.</summary>
    string HostName { get; }

    /// <summary>Where mail goes.</summary>
    RouteTable Routes { get; }

    /// <summary>What the rules do; asked about poison.</summary>
    RulePolicy Rules { get; }

    /// <summary>When deferred mail is tried again.</summary>
    RetrySchedule Retry { get; }

    /// <summary>How old a message grows before its sender is told that it is late; zero for never.</summary>
    TimeSpan DelayWarning { get; }

    /// <summary>Which notifications are made.</summary>
    BouncePolicy Bounces { get; }

    /// <summary>How many messages the gateway may call poison by itself in an hour; beyond that it alerts and goes on trying.</summary>
    int PoisonPerHour { get; }

    /// <summary>When mail for an address is tried again.</summary>
    RetrySchedule RetryFor(string address);

    /// <summary>When mail of a route is tried again: as the route has it, or as all mail.</summary>
    RetrySchedule RetryOf(Route route);

    /// <summary>How old mail of a route grows before its sender is told that it is late.</summary>
    TimeSpan DelayWarningOf(Route route);

    /// <summary>True for a client that may relay anywhere at one listener at least.</summary>
    bool IsAllowed(IPAddress client);
}
