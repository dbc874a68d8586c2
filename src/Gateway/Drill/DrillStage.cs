using System.Globalization;
using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Logging;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Quarantine;
using Gateway.Smtp.Client;

namespace Gateway.Drill;

/// <summary>What a drill plays on: a real gateway on a real disk, the mail system behind it, the traffic, and the book that is kept.</summary>
internal sealed class DrillStage : IAsyncDisposable
{
    private const string Warm = "warm-up";

    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(30);

    private readonly FileStream _logFile;
    private readonly List<DrillPromise> _promises = [];
    private readonly List<DelaySummary> _delays = [];
    private GatewayLoggerProvider? _log;

    /// <summary>Makes an empty stage in a directory of its own.</summary>
    [Excused("GW0005", "files of a drill in a directory of its own, which is deleted with it")]
    public DrillStage(DrillOptions options, TimeProvider time, Action<TimelineEntry> show)
    {
        Options = options;
        Time = time;
        Directory = System.IO.Directory.CreateTempSubdirectory("gateway-drill-").FullName;
        _logFile = new FileStream(Path.Combine(Directory, "gateway.log"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        Timeline = new Timeline(time, show);
        Log = new LogTap(Timeline);
        Ledger = new MailLedger(time);
        Traffic = new TrafficSource(Ledger, time);
        Downstream = new ScriptedDownstream(Ledger, time, options.Downstream);
        // The administrator's own configuration has no part in a drill.
        ConfigurationFile = Path.Combine(Directory, "drill.json");
        File.WriteAllText(ConfigurationFile, "{}");
    }

    /// <summary>How the drill is run.</summary>
    public DrillOptions Options { get; }

    /// <summary>The clock of the gateway, the ledger and the timeline.</summary>
    public TimeProvider Time { get; }

    /// <summary>What happened when.</summary>
    public Timeline Timeline { get; }

    /// <summary>Takes the events of all gateways.</summary>
    public LogTap Log { get; }

    /// <summary>All mail.</summary>
    public MailLedger Ledger { get; }

    /// <summary>The sender.</summary>
    public TrafficSource Traffic { get; }

    /// <summary>The mail system behind.</summary>
    public ScriptedDownstream Downstream { get; }

    /// <summary>Everything of the drill; removed at its end.</summary>
    public string Directory { get; }

    /// <summary>An empty configuration.</summary>
    public string ConfigurationFile { get; }

    /// <summary>The gateway, while it runs in this process.</summary>
    public GatewayHost? Gateway { get; private set; }

    /// <summary>What was promised and how it came out.</summary>
    public IReadOnlyList<DrillPromise> Promises => _promises;

    /// <summary>The delays that were asked for.</summary>
    public IReadOnlyList<DelaySummary> Delays => _delays;

    /// <summary>The configuration of the gateway as arguments: defaults, but for where it is and what the drill needs.</summary>
    public IReadOnlyList<string> Arguments(params IReadOnlyList<string> settings) =>
    [
        .. new[]
        {
            "HostName=gateway.drill.invalid", $"DataDirectory={Path.Combine(Directory, "data")}", "Listeners:0:Endpoint=127.0.0.1:0",
            "Management:Endpoint=127.0.0.1:0", $"Relay:DefaultRoute:Hosts:0={Downstream.EndPoint}", "Shutdown:DrainTimeout=2s",
        }.Concat(settings).Select(static s => $"--Gateway:{s}"),
    ];

    /// <summary>Starts a gateway in this process.</summary>
    /// <param name="arguments">From <see cref="Arguments"/>.</param>
    /// <param name="change">What no configuration can say.</param>
    /// <param name="ct">Stops it.</param>
    public async Task StartGatewayAsync(IReadOnlyList<string> arguments, Func<GatewayHostSettings, GatewayHostSettings>? change, CancellationToken ct)
    {
        GatewayConfiguration configuration = GatewayConfiguration.Load(
            ConfigurationFile, arguments, new Dictionary<string, string>(StringComparer.Ordinal), [.. RuleCatalogue.All.Select(static r => r.Name)]);
        GatewayOptions options = configuration.Options
            ?? throw new InvalidOperationException($"A drill's configuration is wrong: {string.Join("; ", configuration.Problems)}");
        if (!HostSettings.TryMake(options, out GatewayHostSettings settings, out IReadOnlyList<string> errors))
        {
            throw new InvalidOperationException($"A drill's configuration is wrong: {string.Join("; ", errors)}");
        }

        settings = settings with { Time = Time };
        _log = new GatewayLoggerProvider(options.Log, new LogSource("drill", Environment.ProcessId), _logFile, Time, tap: Log.Take);
        Gateway = await GatewayHost.StartAsync(change?.Invoke(settings) ?? settings, _log, options.Log, ct);
        Traffic.Target = DownstreamHost.FromEndPoint(Gateway.SmtpEndPoints[0]);
    }

    /// <summary>Starts the mail system behind and a gateway in this process, and lets the first messages pay for the compiler.</summary>
    /// <param name="ct">Stops it.</param>
    /// <param name="settings">What the drill needs, <c>Key=value</c>.</param>
    public async Task OpenAsync(CancellationToken ct, params IReadOnlyList<string> settings)
    {
        await Downstream.StartAsync();
        await StartGatewayAsync(Arguments(settings), change: null, ct);
        await WarmUpAsync(ct);
    }

    /// <summary>The settings with mail hosts on loopback addresses, which DNS may not name otherwise.</summary>
    public GatewayHostSettings AllowLoopbackMailHosts(GatewayHostSettings settings)
    {
        settings.Relay.Downstream.Own = new OwnAddresses([], Time) { AllowsLoopback = true };
        return settings;
    }

    /// <summary>Sends messages that count only in the account.</summary>
    public async Task WarmUpAsync(CancellationToken ct)
    {
        await Traffic.SendAsync(new TrafficPlan(Warm, 200, static _ => true).For(Options.Seconds(3, 0.5)), ct);
        await Traffic.SettleAsync(TimeSpan.FromSeconds(30), ct);
        await UntilAsync(() => Ledger.All.All(static m => m.Copies > 0), TimeSpan.FromSeconds(10), ct);
    }

    /// <summary>Waits for something; looks often.</summary>
    /// <returns>Whether it came.</returns>
    public static async Task<bool> UntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken ct)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }

        return true;
    }

    /// <summary>Waits until the sender has its answers and the queue is empty.</summary>
    public async Task<bool> DrainAsync(TimeSpan patience, CancellationToken ct) =>
        await Traffic.SettleAsync(patience, ct) && await UntilAsync(() => Gateway!.Relay.Delivery.Count == 0, patience, ct);

    /// <summary>Recipients in the quarantine, each with the rule that decided.</summary>
    public async Task<Dictionary<string, string>> QuarantinedAsync(CancellationToken ct)
    {
        Dictionary<string, string> found = new(StringComparer.OrdinalIgnoreCase);
        QuarantineFilter filter = new() { Limit = QuarantineFilter.MaxLimit };
        for (IReadOnlyList<QuarantineSummary> page; (page = await Gateway!.Relay.Quarantine.Store.ListAsync(filter, ct)).Count > 0;)
        {
            foreach (QuarantineSummary entry in page)
            {
                found[entry.FirstRecipient] = entry.WorstRule;
            }

            filter = filter with { After = page[^1].Cursor };
        }

        return found;
    }

    /// <summary>Where all mail is now. What is on its way from the spool into the quarantine is in neither list for a moment, and is waited for.</summary>
    public async Task<MailAccount> AccountAsync(CancellationToken ct)
    {
        long start = TimeProvider.System.GetTimestamp();
        MailAccount account;
        while ((account = await BalanceAsync(ct)).Lost > 0 && TimeProvider.System.GetElapsedTime(start) < OnTheWay)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
        }

        return account;
    }

    private async Task<MailAccount> BalanceAsync(CancellationToken ct)
    {
        HashSet<string> queued = new(StringComparer.OrdinalIgnoreCase);
        foreach (QueueEntry entry in Gateway!.Relay.Delivery.List(int.MaxValue))
        {
            queued.UnionWith(entry.Recipients);
        }

        return MailAccount.Of(Ledger.All, queued, await QuarantinedAsync(ct));
    }

    /// <summary>Notes whether a promise was kept.</summary>
    public void Promise(string text, bool kept, string found, bool timed = false) => _promises.Add(new DrillPromise(text, kept, found, timed));

    /// <summary>Notes the delays of clean mail in two parts of the drill, for the report.</summary>
    public (DelaySummary Without, DelaySummary With) Compare(string without, string with)
    {
        DelaySummary before = Ledger.Delays("without the incident", Ledger.Of(MailKind.Clean, without));
        DelaySummary during = Ledger.Delays("with the incident", Ledger.Of(MailKind.Clean, with));
        _delays.AddRange([before, during]);
        return (before, during);
    }

    /// <summary>Notes further delays.</summary>
    public DelaySummary AddDelays(string label, IEnumerable<DrillMail> mail)
    {
        DelaySummary summary = Ledger.Delays(label, mail);
        _delays.Add(summary);
        return summary;
    }

    /// <summary>The promise that the incident at most doubles the p99 of clean mail.</summary>
    public void PromiseDelay(DelaySummary without, DelaySummary with)
    {
        const double Floor = 20;
        double limit = Math.Max(2 * without.P99, Floor);
        Promise(
            "the p99 of clean mail's delay is at most twice that without the incident (or 20 ms, where twice is less: below that it is this machine's noise)",
            with.Arrived > 0 && with.P99 <= limit,
            string.Create(CultureInfo.InvariantCulture, $"{with.P99:0.0} ms, allowed {limit:0.0} ms"),
            timed: true);
    }

    /// <summary>Stops the gateway of this process.</summary>
    public async Task StopGatewayAsync()
    {
        Traffic.Target = null;
        GatewayHost? gateway = Gateway;
        Gateway = null;
        await (gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        _log?.Dispose();
        _log = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Traffic.DisposeAsync();
        await Downstream.DisposeAsync();
        await StopGatewayAsync();
        await _logFile.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
