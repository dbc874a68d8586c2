using Gateway.Api;
using Gateway.Api.Requests;
using Gateway.Relay.Delivery;

namespace Gateway.Hosting;

/// <content>The gateway takes no more mail and ends when the queue is empty.</content>
internal sealed partial class GatewayHost
{
    private static readonly TimeSpan DrainLook = TimeSpan.FromMilliseconds(250);

    private ITimer? _drainLook;
    private int _quietLooks;

    private void MapDrain(RouteGroupBuilder api)
    {
        api.MapPost("/drain", (HttpContext http) => Set(http, on: true)).TakesOrder();
        api.MapPost("/drain/cancel", (HttpContext http) => Set(http, on: false)).TakesOrder();
        _drainLook = _settings.Time.CreateTimer(_ => LookWhetherDrained(), null, DrainLook, DrainLook);

        IResult Set(HttpContext http, bool on) => ManagementApi.Count(Relay.Drain.Set(on, OrderGiver.Of(http), http.Order().Reason) ? 1 : 0);
    }

    /// <summary>Ends the process when nothing is under way or waits for a try, and no session can bring more; what is on hold stays in the spool.</summary>
    private void LookWhetherDrained()
    {
        if (!Relay.Drain.IsOn)
        {
            _quietLooks = 0;
            return;
        }

        QueueTotals queue = Relay.Delivery.Totals();
        // Twice, because a message of a session that has just ended is for a moment in neither.
        _quietLooks = queue.Active + queue.Deferred == 0 && _sessions.Count == 0 ? _quietLooks + 1 : 0;
        if (_quietLooks == 2)
        {
            HostLog.Drained(_app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("gateway/master"), queue.OnHold);
            _app.Lifetime.StopApplication();
        }
    }
}
