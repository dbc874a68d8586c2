using Gateway.Relay.Message;
using Gateway.Spool;

namespace Gateway.Relay.Queue;

/// <summary>Says the spool's faults in the words of the queue.</summary>
internal static class SpoolFaults
{
    public static QueueUnavailableException Of(SpoolUnavailableException fault) => new(Of(fault.Reason), fault.Message, fault);

    public static QueueDamagedException Of(SpoolCorruptException fault) => new(fault.Message, fault);

    /// <remarks>Cost: nothing while the spool is healthy.</remarks>
    public static QueueHealth Of(SpoolHealth health) => health.IsHealthy ? QueueHealth.Healthy : new QueueHealth(Of(health.Reason), health.Detail);

    private static QueueFault Of(SpoolUnavailableReason reason) => reason switch
    {
        SpoolUnavailableReason.None => QueueFault.None,
        SpoolUnavailableReason.DiskFull => QueueFault.DiskFull,
        SpoolUnavailableReason.WriteFailed => QueueFault.WriteFailed,
        SpoolUnavailableReason.Stalled => QueueFault.Stalled,
        _ => QueueFault.Closed,
    };
}
