using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Inspection;

/// <summary>Shows what messages being received and inspected take.</summary>
internal static class InspectionGauges
{
    public static void Register(GatewayMetrics metrics, MessageMemory memory, InspectionScheduler inspection)
    {
        metrics.Gauge("gateway.message.memory", "By", "Memory that messages being received take.", () => memory.Used);
        metrics.Gauge("gateway.message.memory_limit", "By", "Memory that messages being received may take.", () => memory.Total);
        metrics.Gauge("gateway.inspection.waiting", "{message}", "Heavy messages that wait for inspection.", () => inspection.Waiting);
        metrics.Gauge("gateway.inspection.stuck", "{thread}", "Inspections that were given up and have not come back.", () => inspection.Watch.Stuck);
        metrics.Gauge(
            "gateway.inspection.suspects", "{message}", "Messages that are quarantined without inspection, because the process died with them.",
            () => inspection.Watch.Suspects?.Count ?? 0);
    }
}
