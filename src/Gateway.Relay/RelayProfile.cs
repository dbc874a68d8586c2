using System.Collections.Frozen;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Intake;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Quarantine.Room;

namespace Gateway.Relay;

/// <summary>The relay's settings as one immutable snapshot; a reload swaps the whole.</summary>
/// <remarks>Each room sees its own part of it; only the top names the whole.</remarks>
public sealed record RelayProfile : IDeliveryProfile, IQuarantineProfile, IIntakeProfile
{
    /// <summary>Our name in trace fields and bounces.</summary>
    public required string HostName { get; init; }

    /// <summary>Who may relay.</summary>
    public required RelayControl Control { get; init; }

    /// <summary>Who may relay at listeners by name, where they say so themselves.</summary>
    public FrozenDictionary<string, ListenerAccess> Listeners { get; init; } = FrozenDictionary<string, ListenerAccess>.Empty;

    /// <summary>Who may relay at a listener, and whom the limits of single clients do not concern there.</summary>
    public ListenerAccess AccessAt(string listener) => Listeners.TryGetValue(listener, out ListenerAccess own) ? own : new ListenerAccess(Control, ExemptClients);

    /// <summary>True for a client that may relay anywhere at one listener at least.</summary>
    public bool IsAllowed(System.Net.IPAddress client) => Control.IsAllowed(client) || Listeners.Values.Any(l => l.Control.IsAllowed(client));

    /// <summary>Where mail goes.</summary>
    public required RouteTable Routes { get; init; }

    /// <summary>DNS servers that routes by MX ask; empty for those of the system.</summary>
    public IReadOnlyList<System.Net.IPEndPoint> DnsServers { get; init; } = [];

    /// <summary>What the rules do.</summary>
    public required RulePolicy Rules { get; init; }

    /// <summary>What the rules do to particular mail, laid over <see cref="Rules"/>; null for nothing.</summary>
    public PolicyTable? Policies { get; init; }

    /// <summary>When deferred mail is tried again.</summary>
    public RetrySchedule Retry { get; init; } = new();

    /// <summary>How old a message grows before its sender is told that it is late; zero for never.</summary>
    public TimeSpan DelayWarning { get; init; }

    /// <summary>Which notifications are made.</summary>
    public BouncePolicy Bounces { get; init; } = new();

    /// <summary>When mail for an address is tried again.</summary>
    public RetrySchedule RetryFor(string address) => Routes.Find(address) is Route route ? RetryOf(route) : Retry;

    /// <summary>When mail of a route is tried again: as the route has it, or as all mail.</summary>
    public RetrySchedule RetryOf(Route route) => route.Terms.Retry ?? Retry;

    /// <summary>How old mail of a route grows before its sender is told that it is late.</summary>
    public TimeSpan DelayWarningOf(Route route) => route.Terms.DelayWarning ?? DelayWarning;

    /// <summary>How many messages the gateway may call poison by itself in an hour; beyond that it alerts and goes on trying. Default 100.</summary>
    public int PoisonPerHour { get; init; } = 100;

    /// <summary>Inspection time that one client may take in a minute; zero for no limit.</summary>
    public TimeSpan InspectionTime { get; init; }

    /// <summary>Whom the limits of single clients do not concern: inspection time, share of the quarantine.</summary>
    public NetworkList ExemptClients { get; init; } = NetworkList.Loopback;

    /// <summary>How much malformed mail is quarantined, and for how long.</summary>
    public QuarantineLimits Quarantine { get; init; } = new();

    /// <summary>Octets of a message kept in memory while it is received; larger ones go to a file. Default 2 MiB.</summary>
    public int MemoryBytes { get; init; } = 2 * 1024 * 1024;
}
