using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Gateway.Api;

namespace Gateway.Hosting;

/// <content>The configuration is read again on SIGHUP and <c>POST /api/reload</c>.</content>
internal sealed partial class GatewayHost
{
    private PosixSignalRegistration? _hangUp;
    private Counter<long>? _reloads;

    private void ListenForReload(ILogger log)
    {
        if (_settings.Reloading is not Reloading reloading)
        {
            return;
        }

        Meter meter = Relay.Metrics.Meter;
        _reloads = meter.CreateCounter<long>("gateway.config.reload", "{reload}", "Reloads of the configuration by result.");
        meter.CreateObservableGauge(
            "gateway.config.generation", () => reloading.Generation, null, "1 at the start, one more with each reload that succeeded.");
        if (!OperatingSystem.IsWindows())
        {
            _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                Reload(reloading, log, "SIGHUP");
            });
        }
    }

    private void MapReload(RouteGroupBuilder api, ILogger log)
    {
        if (_settings.Reloading is Reloading reloading)
        {
            api.MapPost("/reload", () =>
            {
                ReloadReport report = Reload(reloading, log, "api");
                return TypedResults.Json(report, ApiJson.Default.ReloadReport);
            });
        }
    }

    private ReloadReport Reload(Reloading reloading, ILogger log, string origin)
    {
        ReloadReport report = reloading.Reload();
        // Certificates and users are files of their own: one that is bad keeps its old content and stops nothing else.
        report = report with { Warnings = [.. report.Warnings, .. ReloadSecrets()] };
        _reloads?.Add(1, new KeyValuePair<string, object?>("result", report.Accepted ? "accepted" : "refused"));
        foreach (string problem in report.Problems)
        {
            HostLog.ReloadProblem(log, problem);
        }

        foreach (string warning in report.Warnings)
        {
            HostLog.ReloadWarning(log, warning);
        }

        if (report.Accepted)
        {
            HostLog.ConfigurationReloaded(log, origin, report.Generation, report.NeedRestart.Count == 0 ? "nothing" : string.Join(", ", report.NeedRestart));
        }
        else
        {
            HostLog.ConfigurationRefused(log, origin, report.Problems.Count, report.Generation);
        }

        return report;
    }
}
