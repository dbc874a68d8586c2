using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Reflection;
using Gateway.Api;
using Gateway.Api.Door;
using Gateway.Configuration;
using Gateway.Logging;
using Gateway.Relay;
using Gateway.Relay.Delivery;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using OpenTelemetry.Metrics;

namespace Gateway.Hosting;

/// <summary>What a host is started with: settings that stay, and snapshots that a reload can swap.</summary>
internal sealed record GatewayHostSettings
{
    public required MailRelaySettings Relay { get; init; }

    public required Func<RelayProfile> RelayProfile { get; init; }

    public required Func<SmtpServerProfile> ServerProfile { get; init; }

    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    /// <summary>Who may authenticate; null or empty for nobody.</summary>
    public string? UsersFile { get; init; }

    /// <summary><c>ip:port</c> or <c>unix:/path</c>.</summary>
    public required string Management { get; init; }

    /// <summary>Names that health and metrics answer to besides our own.</summary>
    public IReadOnlyList<string> ManagementNames { get; init; } = [];

    /// <summary>Bounds of the management interface.</summary>
    public ManagementLimits ManagementLimits { get; init; } = new();

    /// <summary>Reads the configuration again; null where there is none to read.</summary>
    public Reloading? Reloading { get; init; }

    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The clock of everything but the log: drills put it forward.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The running process: Kestrel with the SMTP listeners and the management API, the relay behind them.</summary>
/// <remarks>
/// Stops from the outside in: listeners close and sessions drain (421 at a command boundary, a running DATA finishes), then deliveries
/// end, then storage closes.
/// </remarks>
internal sealed partial class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SessionRegistry _sessions;
    private readonly GatewayHostSettings _settings;
    private readonly long _started = Stopwatch.GetTimestamp();

    private GatewayHost(WebApplication app, MailRelay relay, SessionRegistry sessions, GatewayHostSettings settings)
    {
        _app = app;
        Relay = relay;
        _sessions = sessions;
        _settings = settings;
    }

    /// <summary>The relay.</summary>
    public MailRelay Relay { get; }

    /// <summary>Where SMTP is really listened to.</summary>
    public IReadOnlyList<IPEndPoint> SmtpEndPoints { get; private set; } = [];

    /// <summary>Where the management API really is, in the form of the configuration.</summary>
    public string Management { get; private set; } = string.Empty;

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(GatewayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Starts everything; when it returns, mail is taken.</summary>
    public static async Task<GatewayHost> StartAsync(GatewayHostSettings settings, GatewayLoggerProvider logging, LogOptions log, CancellationToken ct)
    {
        TimeProvider time = settings.Time;
        MakePrivateDirectory(settings.Relay.DataDirectory);
        WebApplicationBuilder builder = PlainBuilder.Create();
        builder.Logging.UseGatewayLog(logging, log);
        builder.Host.UseSystemd();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.DrainTimeout + TimeSpan.FromSeconds(5));
        // 64 KiB receive blocks: 5.5 times the throughput on large messages, measured.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPoolFactory>();
        builder.Services.AddOpenTelemetry().WithMetrics(m => m
            .AddMeter(GatewayMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter(o => o.ScopeInfoEnabled = false));
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));

        // Logging and metrics exist before Kestrel does, so that the relay can be opened first and a failure has nothing to undo.
        GatewayHost? host = null;
        SessionRegistry sessions = new(time);
        builder.WebHost.UseSockets(o =>
        {
            o.Backlog = 4096;
            // A session goes on where its socket was found ready: 6 to 8 % more messages, measured. Not unsafe on Linux, where the runtime
            // hands ready sockets to the thread pool and starts another worker for the rest; what may take long (reading a message) hops anyway.
            o.UnsafePreferInlineScheduling = true;
        });
        NewcomerPace pace = new(time);
        EndPoint management = AddManagementTransport(builder.Services, settings.Management, pace);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            for (int i = 0; i < settings.Listeners.Count; i++)
            {
                int number = i;
                kestrel.Listen(settings.Listeners[i].EndPoint, l => l.Run(c => host!.ServeAsync(c, number)));
            }

            ListenForManagement(kestrel, settings.Management, management, new ConnectionRoom(settings.ManagementLimits.Connections, pace));
        });
        WebApplication app = builder.Build();
        ILoggerFactory logs = app.Services.GetRequiredService<ILoggerFactory>();
        // Until the listeners are open their ports are those of the configuration; 0 is nobody's.
        OwnAddresses own = settings.Relay.Downstream.Own ??= new OwnAddresses([.. settings.Listeners.Select(static l => l.EndPoint).Where(static e => e.Port != 0)], time);
        settings.Relay.Downstream.HelloName = () => settings.RelayProfile().HostName;
        MailRelay relay = await MailRelay.OpenAsync(
            settings.Relay, settings.RelayProfile, logs, app.Services.GetRequiredService<IMeterFactory>(), time, ct);
        host = new GatewayHost(app, relay, sessions, settings);
        try
        {
            host._secrets = HostSecrets.Open(settings.Listeners, settings.UsersFile, logs.CreateLogger("gateway/master"), time);
            host._handlers = [.. settings.Listeners.Select((l, i) => new SmtpConnectionHandler(
                relay.Receivers.Of(l.Name), settings.ServerProfile, sessions, time, host._secrets.Listeners[i], new ProxyProtocol(l.ProxyNetworks)))];
            host.ObserveGauges();
            ILogger master = logs.CreateLogger("gateway/master");
            host.GuardManagement(await ManagementToken.CreateAsync(settings.Relay.DataDirectory, ct), master);
            RouteGroupBuilder api = ManagementApi.Map(app, relay, host.StatusAsync, () => host.Warning);
            host.MapReload(api);
            ExceptionsApi.Map(api, relay, settings.RelayProfile);
            host.CountReloads();
            await app.StartAsync(ct);
            await host.AnnounceAsync(ct);
            own.Listeners = host.SmtpEndPoints;
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for SIGTERM, SIGINT or the token.</summary>
    public Task WaitForShutdownAsync(CancellationToken ct) => _app.WaitForShutdownAsync(ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await (_denied?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Relay.StopAsync(_settings.DrainTimeout);
        await Relay.DisposeAsync();
        await _sessions.DisposeAsync();
        _secrets?.Dispose();
        await _app.DisposeAsync();
        File.Delete(Path.Combine(_settings.Relay.DataDirectory, ManagementEndPoint.FileName));
        File.Delete(Path.Combine(_settings.Relay.DataDirectory, ManagementToken.FileName));
    }

    /// <summary>How the gateway is.</summary>
    public async Task<StatusReport> StatusAsync()
    {
        QueueTotals queue = Relay.Delivery.Totals();
        QuarantineTotals held = await Relay.Quarantine.Store.TotalsAsync(CancellationToken.None);
        return new StatusReport
        {
            Version = Version,
            HostName = _settings.RelayProfile().HostName,
            Pid = Environment.ProcessId,
            UptimeSeconds = Stopwatch.GetElapsedTime(_started).TotalSeconds,
            Listeners = [.. SmtpEndPoints.Select(e => e.ToString())],
            Ready = Relay.UnavailableReason is null,
            Reason = Relay.UnavailableReason ?? string.Empty,
            Sessions = _sessions.Count,
            Active = queue.Active,
            Deferred = queue.Deferred,
            OnHold = queue.Held,
            OldestSeconds = queue.OldestAge?.TotalSeconds ?? 0,
            Warning = Warning ?? string.Empty,
            Generation = _settings.Reloading?.Generation ?? 1,
            NeedRestart = _settings.Reloading?.Last.NeedRestart ?? [],
            Refused = _settings.Reloading?.Last.Problems ?? [],
            Unusable = _secrets?.Faults ?? [],
            Held = held.Items.GetValueOrDefault(QuarantineState.Held),
            QuarantineBytes = held.StoredBytes,
            QuarantineFill = Relay.Quarantine.Room.Fill,
            Exceptions = _settings.RelayProfile().Policies?.Entries.Count(e => e.Layer.Exemptions.Count > 0 && e.Expires > _settings.Time.GetUtcNow()) ?? 0,
            ExceptionUses = Relay.Exemptions.Total,
        };
    }

    private SmtpConnectionHandler[]? _handlers;
    private HostSecrets? _secrets;

    /// <summary>What a person should look after although clean mail is taken, or null.</summary>
    private string? Warning
    {
        get
        {
            // The files themselves are named in the log and the answer of a reload: health is readable for everyone.
            string? files = _secrets?.Faults.Count is > 0 and int count
                ? string.Create(CultureInfo.InvariantCulture, $"FilesUnusable: {count} certificates or users files cannot be used; the log names them")
                : null;
            return Relay.Warning is string other && files is not null ? $"{other}. {files}" : Relay.Warning ?? files;
        }
    }

    private Task ServeAsync(ConnectionContext connection, int listener) =>
        _handlers?[listener].OnConnectedAsync(connection) ?? throw new InvalidOperationException("A connection came before the relay was open.");

    /// <summary>Learns the real ports (0 asks for a free one) and leaves the management address where the commands look for it.</summary>
    private async Task AnnounceAsync(CancellationToken ct)
    {
        IServerAddressesFeature addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()
            ?? throw new InvalidOperationException("Kestrel does not tell its addresses.");
        List<string> bound = [.. addresses.Addresses];
        SmtpEndPoints = [.. bound.Take(_settings.Listeners.Count).Select(a => IPEndPoint.Parse(new Uri(a).Authority))];
        Management = ManagementEndPoint.IsUnixSocket(_settings.Management, out _) ? _settings.Management : new Uri(bound[^1]).Authority;
        await File.WriteAllTextAsync(Path.Combine(_settings.Relay.DataDirectory, ManagementEndPoint.FileName), Management, ct);
    }

    private void ObserveGauges()
    {
        Meter meter = Relay.Metrics.Meter;
        meter.CreateObservableGauge(
            "gateway.queue.messages",
            () =>
            {
                QueueTotals queue = Relay.Delivery.Totals();
                return new[]
                {
                    new Measurement<int>(queue.Active, new KeyValuePair<string, object?>("state", "active")),
                    new Measurement<int>(queue.Deferred, new KeyValuePair<string, object?>("state", "deferred")),
                    new Measurement<int>(queue.Held, new KeyValuePair<string, object?>("state", "held")),
                };
            },
            "{message}",
            "Messages in the queue.");
        meter.CreateObservableGauge(
            "gateway.queue.oldest_age",
            () => Relay.Delivery.Totals().OldestAge?.TotalSeconds ?? 0,
            "s",
            "How long the oldest message in the queue has waited.");
        meter.CreateObservableGauge(
            "gateway.certificate.expiry",
            () => _secrets?.Ends.Select(e => new Measurement<long>(e.End.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("file", e.File))) ?? [],
            "s",
            "When each certificate expires, in Unix time.");
        meter.CreateObservableGauge(
            "gateway.certificate.faults", () => _secrets?.Faults.Count ?? 0, "{file}", "Certificates and users files whose newest content cannot be used.");
        meter.CreateObservableGauge("gateway.ready", () => Relay.UnavailableReason is null ? 1 : 0, null, "1 when mail is taken.");
        meter.CreateObservableGauge(
            "gateway.build_info",
            () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", Version)),
            null,
            "Always 1; the version is its label.");
    }

    private static void MakePrivateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
