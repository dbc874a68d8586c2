using System.Diagnostics;
using System.Diagnostics.Metrics;
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
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;

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

    /// <summary>systemd's runtime directory of the service, where a shell finds the way to the data directory; null for none.</summary>
    public string? RuntimeDirectory { get; init; }

    /// <summary>The file that was read; null where there was none.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Reads the configuration again; null where there is none to read.</summary>
    public Reloading? Reloading { get; init; }

    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The clock of everything but the log: drills put it forward.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The running process: Kestrel with the SMTP listeners and the management API, the relay behind them.</summary>
/// <remarks>
/// Starts from the outside in as well: files and addresses are had before storage is opened, and storage before anything is delivered, so that a start
/// that fails has spoken to no host. Stops from the outside in: listeners close and sessions drain (421 at a command boundary, a running DATA finishes), then deliveries
/// end, then storage closes.
/// </remarks>
internal sealed partial class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SessionRegistry _sessions;
    private readonly GatewayHostSettings _settings;
    private readonly long _started = Stopwatch.GetTimestamp();

    private readonly BoundSockets _sockets;
    private readonly HostSecrets _secrets;
    private readonly InstanceFiles _files;

    private GatewayHost(WebApplication app, SessionRegistry sessions, GatewayHostSettings settings, HostSecrets secrets, BoundSockets sockets)
    {
        _app = app;
        _sessions = sessions;
        _settings = settings;
        _secrets = secrets;
        _sockets = sockets;
        _stamp = new ConfigurationStamp(settings.ConfigurationFile);
        _files = new InstanceFiles(settings.Relay.DataDirectory, settings.RuntimeDirectory);
    }

    /// <summary>The relay.</summary>
    public MailRelay Relay { get; private set; } = null!;

    /// <summary>Where SMTP is really listened to.</summary>
    public IReadOnlyList<IPEndPoint> SmtpEndPoints => _sockets.Smtp;

    /// <summary>Where the management API really is, in the form of the configuration.</summary>
    public string Management => _sockets.Management;

    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(GatewayHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Starts everything; when it returns, mail is taken.</summary>
    /// <exception cref="IOException">A file or an address cannot be had; the message is a sentence for the administrator.</exception>
    public static async Task<GatewayHost> StartAsync(GatewayHostSettings settings, GatewayLoggerProvider logging, LogOptions log, CancellationToken ct)
    {
        MakePrivateDirectory(settings.Relay.DataDirectory);
        GatewayHost? host = null;
        BoundSockets? sockets = null;
        WebApplication app = Build(settings, logging, log, wanted => sockets!.Take(wanted), (c, listener) => host!.ServeAsync(c, listener), out EndPoint management);
        HostSecrets? secrets = null;
        try
        {
            secrets = HostSecrets.Open(settings.Listeners, settings.UsersFile, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("gateway/master"), settings.Time);
            sockets = Bind(settings, management);
            host = new GatewayHost(app, new SessionRegistry(settings.Time), settings, secrets, sockets);
        }
        catch
        {
            secrets?.Dispose();
            await app.DisposeAsync();
            throw;
        }

        try
        {
            await host.StartAsync(ct);
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
        await (_drainLook?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _app.StopAsync();
        await (_denied?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (Relay is not null)
        {
            await Relay.StopAsync(_settings.DrainTimeout);
            // While the data directory is still ours: the next process writes its own.
            _files.Dispose();
            await Relay.DisposeAsync();
        }

        await _sessions.DisposeAsync();
        _secrets.Dispose();
        await _app.DisposeAsync();
        _sockets.Dispose();
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
            Engines = [.. _settings.Listeners.Select(l => l.Engine.Name())],
            Ready = Relay.UnavailableReason is null,
            Reason = Relay.UnavailableReason ?? string.Empty,
            Sessions = _sessions.Count,
            Active = queue.Active,
            Deferred = queue.Deferred,
            OnHold = queue.OnHold,
            OldestSeconds = queue.OldestAge?.TotalSeconds ?? 0,
            Warnings = Warnings,
            Generation = _settings.Reloading?.Generation ?? 1,
            NeedRestart = _settings.Reloading?.Last.NeedRestart ?? [],
            Refused = _settings.Reloading?.Last.Problems ?? [],
            Unusable = _secrets?.Faults ?? [],
            Quarantined = held.Items.GetValueOrDefault(QuarantineState.Quarantined),
            QuarantineBytes = held.StoredBytes,
            QuarantineFill = Relay.Quarantine.Room.Fill,
            Blocks = Relay.Blocks.List().Count,
            Exceptions = _settings.RelayProfile().Policies?.Entries.Count(e => e.Layer.Exemptions.Count > 0 && e.Expires > _settings.Time.GetUtcNow()) ?? 0,
            ExceptionUses = Relay.Exemptions.Total,
        };
    }

    private SmtpConnectionHandler[]? _handlers;

    private Task ServeAsync(ConnectionContext connection, int listener) =>
        _handlers?[listener].OnConnectedAsync(connection) ?? throw new InvalidOperationException("A connection came before the relay was open.");

    private void ObserveGauges()
    {
        GatewayMetrics metrics = Relay.Metrics;
        metrics.Gauge(
            "gateway.certificate.expiry_timestamp", "s", "When each certificate expires, in Unix time.",
            () => _secrets.Ends.Select(e => new Measurement<long>(e.End.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("file", e.File))));
        metrics.Gauge(
            "gateway.certificate.faults", "{file}", "Certificates and users files whose newest content cannot be used.", () => _secrets.Faults.Count);
        metrics.Gauge("gateway.ready", null, "1 when mail is taken.", () => Relay.UnavailableReason is null ? 1 : 0);
        metrics.Gauge(
            "gateway.build_info", null, "Always 1; the version is its label.",
            static () => (IEnumerable<Measurement<int>>)[new Measurement<int>(1, new KeyValuePair<string, object?>("version", Version))]);
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
