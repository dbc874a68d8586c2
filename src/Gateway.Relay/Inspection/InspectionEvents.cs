using System.Globalization;
using Gateway.Relay.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Inspection;

/// <summary>Says in the log what the watch over inspections sees.</summary>
internal static class InspectionEvents
{
    /// <summary>Says what the last process left, and from now on what gets stuck.</summary>
    public static void Report(InspectionWatch watch, CrashRing ring, ILogger log)
    {
        if (ring.Found > 0)
        {
            GatewayLog.UncleanExit(log, ring.Found);
            foreach (CrashSuspect suspect in ring.Suspects.All.Take(ring.Found))
            {
                GatewayLog.CrashSuspect(log, suspect.Digest, suspect.Size, suspect.Crashes, suspect.Crashed);
            }
        }

        watch.GivenUp = (job, stuck) =>
        {
            GatewayLog.InspectionStuck(
                log, job.Elapsed.TotalSeconds, job.Size, job.Client.Key.ToString(), job.Digest.ToString("x32", CultureInfo.InvariantCulture), stuck);
            if (watch.IsOverwhelmed)
            {
                GatewayLog.InspectionOverwhelmed(log, stuck);
            }
        };
    }
}
