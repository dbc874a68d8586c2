using Gateway.Hosting;
using Gateway.Logging;
using Gateway.Relay.Telemetry;

namespace Gateway.Drill;

/// <summary>An event of the log that a drill acts on.</summary>
/// <param name="Id">Its event id.</param>
/// <param name="Name">The log method that writes it; <c>DrillBookTests</c> compares id and name with the code.</param>
/// <param name="Kind">What the timeline calls it; null when the timeline does not show it.</param>
internal sealed record TappedEvent(int Id, string Name, string? Kind);

/// <summary>Takes the events of the gateways of a drill, counts them and puts those that matter in an incident into the timeline.</summary>
/// <remarks>Promises: knows events by their ids only, so that a text of the log may change. Threads: any.</remarks>
/// <param name="timeline">Where the events go.</param>
internal sealed class LogTap(Timeline timeline)
{
    private const int LongestText = 160;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _counts = [];

    /// <summary>DNS failed, and an answer that is over its time was used.</summary>
    public static TappedEvent StaleAnswer { get; } = new(80, nameof(GatewayLog.StaleDns), "stale DNS answer used");

    /// <summary>The wall clock was set.</summary>
    public static TappedEvent ClockLeap { get; } = new(240, nameof(GatewayLog.ClockLeapt), "clock leap");

    /// <summary>A gateway says where it takes mail.</summary>
    public static TappedEvent Listening { get; } = new(201, nameof(HostLog.Listening), null);

    /// <summary>The last event of a start: everything is served from here on.</summary>
    public static TappedEvent Management { get; } = new(203, nameof(HostLog.Management), null);

    /// <summary>All events that drills act on.</summary>
    public static IReadOnlyList<TappedEvent> Events { get; } =
    [
        StaleAnswer,
        ClockLeap,
        Listening,
        Management,
        new(3, nameof(GatewayLog.SessionFault), "FAULT"),
        new(6, nameof(GatewayLog.Quarantined), "malformed mail quarantined"),
        new(7, nameof(GatewayLog.RejectedMessage), "malformed mail refused"),
        new(22, nameof(GatewayLog.DeliveryFault), "FAULT"),
        new(23, nameof(GatewayLog.HostDown), "breaker opens"),
        new(24, nameof(GatewayLog.HostUp), "breaker closes"),
        new(31, nameof(GatewayLog.HostBusy), "fewer connections"),
        new(32, nameof(GatewayLog.Stalled), "standstill"),
        new(33, nameof(GatewayLog.Suspect), "suspect"),
        new(34, nameof(GatewayLog.Poison), "poison quarantined"),
        new(35, nameof(GatewayLog.PoisonLimit), "ALERT"),
        new(36, nameof(GatewayLog.GroupOnHold), "ALERT"),
        new(40, nameof(GatewayLog.Recovered), "recovered"),
        new(42, nameof(GatewayLog.SpoolHealth), "spool"),
        new(81, nameof(GatewayLog.DnsFailed), "DNS fails"),
        new(220, nameof(GatewayLog.SessionFailed), "new connection"),
        new(221, nameof(GatewayLog.NextHost), "next host"),
    ];

    private static readonly Dictionary<int, TappedEvent> s_byId = Events.ToDictionary(static e => e.Id);

    /// <summary>Takes an event of a gateway in this process.</summary>
    public void Take(in LogEvent logged) => Take(logged.Event.Id, logged.Message);

    /// <summary>Takes an event.</summary>
    /// <param name="id">Its event id.</param>
    /// <param name="message">Its text, for the timeline.</param>
    public void Take(int id, string message)
    {
        if (!s_byId.TryGetValue(id, out TappedEvent? tapped))
        {
            return;
        }

        lock (_gate)
        {
            _counts[id] = _counts.GetValueOrDefault(id) + 1;
        }

        if (tapped.Kind is string kind)
        {
            timeline.Event(kind, message.Length > LongestText ? message[..LongestText] + "…" : message);
        }
    }

    /// <summary>How often an event was logged.</summary>
    public int Count(TappedEvent tapped)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(tapped.Id);
        }
    }
}
