using System.Globalization;
using System.Net;
using Gateway.Mime;
using Gateway.Relay;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.Smtp.Server.Auth;
using Gateway.Smtp.Transport;
using Gateway.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Route = Gateway.Relay.Delivery.Routes.Route;

namespace Gateway.Fuzz.Protocol;

/// <summary>The whole gateway in this process, real sockets in front, the most gullible mail host behind: what the fuzz attacks.</summary>
internal sealed class FuzzGateway : IAsyncDisposable
{
    /// <summary>The only user, with this name and password.</summary>
    public const string User = "joe";

    private readonly TemporaryDirectory _directory = new();
    private readonly SessionRegistry _sessions = new(TimeProvider.System);
    private readonly Gauges _gauges = new();
    // Delivered before the session even hears of its 250 at times, so who was accepted is looked up only when all is settled.
    private readonly Dictionary<string, (int Times, string What)> _arrived = new(StringComparer.Ordinal);
    private int _nameless;
    private readonly Lock _gate = new();
    private readonly LaxSmtpSink _sink;
    private WebApplication _app = null!;
    private MailRelay _relay = null!;
    private ServerCertificates? _certificates;
    private WatchedFiles<UserList>? _users;
    private int _bounces;

    private FuzzGateway() => _sink = new LaxSmtpSink(Arrived);

    /// <summary>What the sessions and the relay did.</summary>
    public Accounting Accounting { get; private set; } = null!;

    /// <summary>Where each door is.</summary>
    public IReadOnlyList<IPEndPoint> Doors { get; private set; } = [];

    /// <summary>How long a silent client is borne at the doors with small limits.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    public static async Task<FuzzGateway> StartAsync(FaultLog faults, CancellationToken ct)
    {
        FuzzGateway gateway = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddProvider(faults);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(gateway._gauges);
        SmtpConnectionHandler[] handlers = [];
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            foreach (Door door in Enum.GetValues<Door>())
            {
                k.Listen(IPAddress.Loopback, 0, l => l.Run(c => handlers[(int)door].OnConnectedAsync(c)));
            }
        });
        gateway._app = builder.Build();
        RelayProfile profile = new()
        {
            HostName = "gate.test",
            Control = new RelayControl(NetworkList.Loopback, []),
            Routes = new RouteTable([], new Route("default", [DownstreamHost.FromEndPoint(gateway._sink.EndPoint)])),
            Rules = RulePolicy.Default,
            // Small, so that spilling to files is fuzzed too.
            MemoryBytes = 16 * 1024,
        };
        gateway._relay = await MailRelay.OpenAsync(
            new MailRelaySettings
            {
                DataDirectory = gateway._directory["data"],
                SegmentBytes = 8 * 1024 * 1024,
                MinimumFreeBytes = 0,
                Downstream = new DownstreamOptions { HelloName = static () => "gate.test" },
            },
            () => profile,
            gateway._app.Services.GetRequiredService<ILoggerFactory>(),
            gateway._gauges,
            TimeProvider.System,
            ct);
        gateway.Accounting = new Accounting(gateway._relay.Receivers);
        handlers = gateway.MakeHandlers();
        await gateway._app.StartAsync(ct);
        gateway.Doors =
        [
            .. gateway._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
                .Select(static a => new IPEndPoint(IPAddress.Loopback, new Uri(a).Port)),
        ];
        return gateway;
    }

    /// <summary>Waits until everything that was taken is where it belongs, and says what is not.</summary>
    /// <param name="patience">How long that may take.</param>
    public async Task<IReadOnlyList<Find>> SettleAsync(TimeSpan patience)
    {
        DateTime end = DateTime.UtcNow + patience;
        IReadOnlyList<Find> finds = [];
        do
        {
            finds = await UnsettledAsync();
            if (finds.Count == 0)
            {
                return finds;
            }

            await Task.Delay(50);
        }
        while (DateTime.UtcNow < end);
        return finds;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _relay.StopAsync(TimeSpan.FromSeconds(5));
        await _relay.DisposeAsync();
        await _sink.DisposeAsync();
        await _app.DisposeAsync();
        await _sessions.DisposeAsync();
        _certificates?.Dispose();
        _users?.Dispose();
        _gauges.Dispose();
        _directory.Dispose();
    }

    private async Task<IReadOnlyList<Find>> UnsettledAsync()
    {
        List<Find> finds = [];
        if (_sessions.Count != 0)
        {
            finds.Add(new Find("session-leak", $"{_sessions.Count} sessions are still registered"));
        }

        if (_gauges.NotZero() is { Length: > 0 } open)
        {
            finds.Add(new Find("gauge-leak", open));
        }

        (int active, int deferred, _) = _relay.Delivery.Totals();
        if (active + deferred != 0)
        {
            finds.Add(new Find("not-delivered", $"{active} active, {deferred} deferred"));
        }

        QuarantineTotals held = await _relay.Quarantine.Store.TotalsAsync(CancellationToken.None);
        long inQuarantine = held.Items.GetValueOrDefault(QuarantineState.Quarantined);
        lock (_gate)
        {
            string[] strangers = [.. _arrived.Where(a => a.Value.Times > 1 || !Accounting.Queued.ContainsKey(a.Key)).Select(static a => a.Value.What)];
            if (strangers.Length > 0)
            {
                finds.Add(new Find("smuggled", $"{strangers.Length} messages arrived that nobody accepted, or twice; the first: {strangers[0]}"));
            }

            long missing = Accounting.Queued.Count - (_arrived.Count - strangers.Length) - inQuarantine - _bounces;
            if (missing != 0)
            {
                finds.Add(new Find(
                    "count", $"{Accounting.Queued.Count} messages answered 250; {_arrived.Count} arrived, {inQuarantine} held, {_bounces} bounced: {missing} missing"));
            }
        }

        return finds;
    }

    private void Arrived(LaxMessage message)
    {
        const string Mark = "by gate.test (Gateway) with ";
        int by = message.Head.StartsWith("Received: from ", StringComparison.Ordinal) ? message.Head.IndexOf(Mark, StringComparison.Ordinal) : -1;
        int id = by < 0 ? -1 : message.Head.IndexOf(" id ", by, StringComparison.Ordinal);
        string name = id < 0 ? string.Empty : new string([.. message.Head[(id + 4)..].TakeWhile(char.IsAsciiLetterOrDigit)]);
        lock (_gate)
        {
            if (name.Length == 0 && message.Head.Contains("From: Mail Delivery System <MAILER-DAEMON@gate.test>", StringComparison.Ordinal)
                && message.Sender.Contains("<>", StringComparison.Ordinal))
            {
                _bounces++;
                return;
            }

            string key = name.Length > 0 ? name : string.Create(CultureInfo.InvariantCulture, $"without a name {_nameless++}");
            _arrived[key] = (_arrived.GetValueOrDefault(key).Times + 1, $"{message.Sender}: {message.Head[..Math.Min(400, message.Head.Length)]}");
        }
    }

    private SmtpConnectionHandler[] MakeHandlers()
    {
        TestCertificate.Write(_directory["gate.crt"], _directory["gate.key"], "gate.test");
        File.WriteAllText(_directory["users"], string.Create(CultureInfo.InvariantCulture, $"{User}:{ScramCredentials.Create(User, 4096)}\n"));
        _certificates = new ServerCertificates([new(_directory["gate.crt"], _directory["gate.key"])], TimeProvider.System);
        _users = UserList.Watch(_directory["users"], TimeProvider.System);
        SessionLimits wide = new() { AuthFailureDelay = TimeSpan.Zero, MessageBytes = 300_000, CommandTimeout = TimeSpan.FromSeconds(20), DataTimeout = TimeSpan.FromSeconds(20) };
        SessionLimits tight = new()
        {
            MessageBytes = 2000,
            Recipients = 5,
            CommandLineBytes = 300,
            Errors = 15,
            JunkCommands = 12,
            CommandTimeout = Patience,
            DataTimeout = Patience,
            MessageTimeout = 2 * Patience,
            TlsHandshakeTimeout = Patience,
            AuthFailureDelay = TimeSpan.Zero,
            MinimumRate = 1,
            MinimumRatePeriod = Patience,
            SessionTimeout = 10 * Patience,
        };
        ClientLimits clients = new() { MessageRate = RateLimit.PerMinute(60_000), RecipientRate = RateLimit.PerMinute(60_000), ConnectionRate = RateLimit.PerMinute(600_000) };
        return
        [
            .. Enum.GetValues<Door>().Select(door =>
            {
                SmtpServerProfile profile = door == Door.Tight
                    ? new SmtpServerProfile { HostName = "gate.test", Limits = tight, Clients = clients }
                    : new SmtpServerProfile { HostName = "gate.test", Limits = wide with { TlsHandshakeTimeout = Patience }, Clients = new ClientLimits { Exempt = [IPNetwork.Parse("127.0.0.0/8")] } };
                TlsMode mode = door switch
                {
                    Door.Optional => TlsMode.Optional,
                    Door.Required => TlsMode.Required,
                    Door.Implicit => TlsMode.Implicit,
                    _ => TlsMode.None,
                };
                ListenerTls tls = mode == TlsMode.None ? ListenerTls.None : new ListenerTls(mode, _certificates, _users);
                return new SmtpConnectionHandler(Accounting, () => profile, _sessions, TimeProvider.System, tls);
            }),
        ];
    }
}
