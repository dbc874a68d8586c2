using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Intake;

/// <summary>An administrator's order to take no more mail and to end when the queue is empty; it does not outlive the process.</summary>
/// <remarks>
/// Promises: from the order on every greeting and every MAIL is answered 421, so that clients go to another host of the site; what was begun before is finished.
/// Threads: any.
/// </remarks>
public sealed class DrainOrder(TimeProvider time, ILogger log)
{
    private Order? _order;

    /// <summary>True while no mail is taken.</summary>
    public bool IsOn => Volatile.Read(ref _order) is not null;

    /// <summary>Who ordered it, when and why, in one sentence; null when nobody did.</summary>
    public string? Text => Volatile.Read(ref _order) is Order order
        ? $"ordered by {order.Actor} at {order.Since:u}" + (order.Reason.Length > 0 ? $": {order.Reason}" : string.Empty)
        : null;

    /// <summary>Begins it, or takes it back.</summary>
    /// <returns>False when it was so already.</returns>
    public bool Set(bool on, string actor, string reason)
    {
        Order? order = on ? new Order(actor, LogText.Escape(reason), time.GetUtcNow()) : null;
        if (on == IsOn)
        {
            return false;
        }

        Volatile.Write(ref _order, order);
        if (on)
        {
            GatewayLog.DrainBegun(log, actor, LogText.Escape(reason));
        }
        else
        {
            GatewayLog.DrainCancelled(log, actor, LogText.Escape(reason));
        }

        return true;
    }

    private sealed record Order(string Actor, string Reason, DateTimeOffset Since);
}
