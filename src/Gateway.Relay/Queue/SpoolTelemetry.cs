using Gateway.Relay.Telemetry;
using Gateway.Spool;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Queue;

/// <summary>Carries what the spool reports into metrics and log.</summary>
internal sealed class SpoolTelemetry(GatewayMetrics metrics, ILoggerFactory logs) : ISpoolObserver
{
    private readonly ILogger _log = logs.CreateLogger(LogCategories.Spool);

    /// <inheritdoc/>
    public void BatchWritten(in SpoolBatch batch)
    {
        if (batch.Messages > 0)
        {
            metrics.Commit(batch.Messages, batch.Write + batch.Flush);
        }
    }

    /// <inheritdoc/>
    public void HealthChanged(SpoolHealth health)
    {
        // Closed is the end of the process, nothing to wake anyone for.
        if (health.Reason != SpoolUnavailableReason.Closed)
        {
            GatewayLog.SpoolHealth(_log, health.IsHealthy ? "healthy again, mail is taken" : $"mail is refused for now: {health.Reason}, {health.Detail}");
        }
    }

    /// <inheritdoc/>
    public void SegmentRetired(string segment, long offset, string reason) => GatewayLog.SegmentRetired(_log, segment, offset, reason);

    /// <inheritdoc/>
    public void HousekeepingFailed(string what) => GatewayLog.HousekeepingFailed(_log, what);
}
