using System.Diagnostics.Metrics;
using System.Net;
using Gateway.Mime;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Policy;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using Route = Gateway.Relay.Delivery.Routes.Route;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>The whole relay between two scripted ends: a real listener in front, a scripted mail host behind.</summary>
internal sealed class RelayRig : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SessionRegistry _sessions = new(TimeProvider.System);
    private readonly WebApplication _app;

    private RelayRig(WebApplication app) => _app = app;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The mail host behind for everything but <c>back.test</c>.</summary>
    public ScriptedSmtpServer Downstream { get; } = new();

    /// <summary>The mail host for <c>back.test</c>, where senders live in these tests.</summary>
    public ScriptedSmtpServer Senders { get; } = new();

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public MailRelay Relay { get; private set; } = null!;

    public static async Task<RelayRig> StartAsync(
        SmtpServerProfile? server = null, Func<RelayProfile, RelayProfile>? change = null, ILoggerFactory? logs = null,
        IMeterFactory? meters = null, Func<MailRelaySettings, MailRelaySettings>? settings = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        SmtpConnectionHandler? handler = null;
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Run(c => handler!.OnConnectedAsync(c))));
        RelayRig rig = new(builder.Build());
        RelayProfile profile = new()
        {
            HostName = "gate.test",
            Control = new RelayControl(NetworkList.Loopback, []),
            Routes = new RouteTable(
                [new Route("back.test", [DownstreamHost.FromEndPoint(rig.Senders.EndPoint)])],
                new Route("default", [DownstreamHost.FromEndPoint(rig.Downstream.EndPoint)])),
            Rules = RulePolicy.Default,
        };
        profile = change is null ? profile : change(profile);
        MailRelaySettings plain = new() { DataDirectory = rig._directory.Path, MinimumFreeBytes = 0, Downstream = new DownstreamOptions { HelloName = static () => "gate.test" } };
        rig.Relay = await MailRelay.OpenAsync(
            settings is null ? plain : settings(plain),
            () => profile,
            logs ?? rig._app.Services.GetRequiredService<ILoggerFactory>(),
            meters ?? rig._app.Services.GetRequiredService<IMeterFactory>(),
            TimeProvider.System,
            Stop);
        SmtpServerProfile offered = server ?? new SmtpServerProfile { HostName = "gate.test" };
        handler = new SmtpConnectionHandler(rig.Relay.Receivers, () => offered, rig._sessions, TimeProvider.System);
        await rig._app.StartAsync(Stop);
        string address = rig._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        rig.EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
        return rig;
    }

    public Task<ScriptedSmtpClient> GreetAsync() => ScriptedSmtpClient.GreetAsync(EndPoint, Stop);

    /// <summary>Says the lines one by one and wants 2xx or 3xx to each.</summary>
    public static async Task SayAllAsync(ScriptedSmtpClient client, params string[] lines)
    {
        foreach (string line in lines)
        {
            string? reply = await client.SayAsync(line, Stop);
            Assert.True(reply is ['2' or '3', ..], $"{line}: {reply}");
        }
    }

    /// <summary>Begins the graceful stop of the listener.</summary>
    public Task StopListeningAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await Relay.StopAsync(TimeSpan.FromSeconds(5));
        await Relay.DisposeAsync();
        await _app.DisposeAsync();
        await _sessions.DisposeAsync();
        await Downstream.DisposeAsync();
        await Senders.DisposeAsync();
        _directory.Dispose();
    }
}
