using Gateway.Relay.Telemetry;

namespace Gateway.Relay.Quarantine.Room;

/// <summary>Shows what the quarantine takes.</summary>
internal static class QuarantineGauges
{
    public static void Register(GatewayMetrics metrics, QuarantineUsage held, QuarantineQuota room)
    {
        metrics.Gauge("gateway.quarantine.messages", "{message}", "Messages quarantined or being released.", () => held.All.Messages);
        metrics.Gauge("gateway.quarantine.stored", "By", "Octets the quarantine's database has in use.", () => held.StoredBytes);
        metrics.Gauge("gateway.quarantine.limit", "By", "Octets the quarantine's database may use; 0 for no limit.", () => room.Limits.Bytes);
        metrics.Gauge("gateway.quarantine.messages_limit", "{message}", "Messages that may be quarantined; 0 for no limit.", () => room.Limits.Messages);
        metrics.Gauge("gateway.quarantine.fill", "1", "The part of the nearest limit that is taken; malformed mail is put off at 1.", () => room.Fill);
    }
}
