using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Lanes;

/// <content>How it stands, in words.</content>
internal sealed partial class Destination
{
    /// <summary>Why all of its mail waits; null while it moves.</summary>
    public LineReason? Reason
    {
        get
        {
            if (Pause is RoutePause pause)
            {
                return new LineReason($"route {pause}", "paused");
            }

            if (Standing == HostStanding.Up)
            {
                return null;
            }

            (DownstreamHost Host, HostTrouble Trouble)[] down = [.. Hosts.Select(h => (Host: h, Trouble: Health.TroubleOf(h))).Where(h => h.Trouble is not null).Select(h => (h.Host, h.Trouble!))];
            return down.Length == 0
                ? new LineReason("the route has no host", "never")
                // The one that is tried first says when the line may go on.
                : down.MinBy(h => h.Trouble.IsTried ? TimeSpan.Zero : h.Trouble.UntilProbe) is var (host, trouble)
                    ? new LineReason($"{host} is down{(trouble.Reason.Length > 0 ? $": {trouble.Reason}" : string.Empty)}", trouble.Next)
                    : null;
        }
    }

    private RouteHostStatus Describe(DownstreamHost host)
    {
        HostTrouble? trouble = Health.TroubleOf(host);
        return new RouteHostStatus(host.ToString(), Health.StateAt(host).ToString())
        {
            State = trouble?.ToString() ?? "up",
            Reason = trouble?.Reason ?? string.Empty,
            DownSeconds = trouble?.DownFor.TotalSeconds,
            ProbeSeconds = trouble?.UntilProbe.TotalSeconds,
        };
    }
}
