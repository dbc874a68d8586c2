using System.Diagnostics.Metrics;
using Gateway.Api;

namespace Gateway.Hosting;

/// <content>The configuration is read again on SIGHUP and <c>POST /api/reload</c>.</content>
internal sealed partial class GatewayHost
{
    private readonly Lock _reloading = new();
    private Counter<long>? _reloads;

    /// <summary>Reads the configuration and the files beside it again; a second reload waits for the first.</summary>
    /// <param name="origin">Who asked, for the log.</param>
    public ReloadReport Reload(string origin)
    {
        lock (_reloading)
        {
            return _settings.Reloading is Reloading reloading
                ? Reload(reloading, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("gateway/master"), origin)
                : throw new InvalidOperationException("There is no configuration to read again.");
        }
    }

    private void CountReloads()
    {
        if (_settings.Reloading is not Reloading reloading)
        {
            return;
        }

        _reloads = Relay.Metrics.Meter.CreateCounter<long>("gateway.config.reload", "{reload}", "Reloads of the configuration by result.");
        Relay.Metrics.Gauge("gateway.config.generation", null, "1 at the start, one more with each reload that succeeded.", () => reloading.Generation);
    }

    private void MapReload(RouteGroupBuilder api)
    {
        if (_settings.Reloading is not null)
        {
            api.MapPost("/reload", (HttpContext http) => TypedResults.Json(Reload(OrderGiver.Of(http)), AnswerJson.Context.ReloadReport));
        }
    }

    private ReloadReport Reload(Reloading reloading, ILogger log, string origin)
    {
        _stamp.Note();
        ReloadReport report = reloading.Reload();
        // Certificates and users are files of their own: one that is bad keeps its old content and stops nothing else.
        report = report with { Unusable = _secrets?.Reload() ?? [] };
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
