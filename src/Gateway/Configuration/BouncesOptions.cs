using Gateway.Relay.Delivery;

namespace Gateway.Configuration;

/// <summary>Which notifications are made, and what becomes of them.</summary>
internal sealed class BouncesOptions
{
    [Setting("Whose mail may cause a notification to its sender: `all`; `allowed` for clients that authenticated or are in AllowedNetworks; `none`. "
        + "The sender of a stranger's mail may be forged, and the notification then goes to a victim. One that is not made is logged and counted.")]
    public BounceSenders Senders { get; init; } = BounceSenders.Allowed;

    [Setting("Notifications a minute at the most; 0 for no limit. More wait in the queue for their turn, an hour's worth at the most; beyond that none is made, which is logged and counted.",
        Minimum = "0", Maximum = "100000")]
    public int PerMinute { get; init; } = 100;

    [Setting("The address that is told when a notification cannot be delivered itself (a double bounce); empty for the log only.", DefaultText = "none", MayBeEmpty = true)]
    public string Postmaster { get; init; } = "";

    [Setting("Where notifications go whose recipient has no route of its own: the default route unless it has hosts or is of kind `mx`.")]
    public BounceRouteOptions Route { get; init; } = new();
}

/// <summary>Where notifications go.</summary>
internal sealed class BounceRouteOptions : RouteConnectionOptions
{
    [Setting("Mail hosts as `host:port` (port 25 if left out), in the order of preference; the next is used when one is down.")]
    public IReadOnlyList<HostAndPort> Hosts { get; init; } = [];

    [Setting("Shares of the mail, one number for each host; a host with 0 stands by. Empty: the first host that is up gets all.")]
    public IReadOnlyList<int> Weights { get; init; } = [];
}
