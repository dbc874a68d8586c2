using System.Net;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;
using Gateway.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>The real receiving side, Kestrel's sockets included, on a free loopback port.</summary>
internal sealed class SmtpTestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SmtpTestHost(WebApplication app, RecordingReceivers receivers, SessionRegistry registry)
    {
        _app = app;
        Receivers = receivers;
        Registry = registry;
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }

    /// <summary>Who reads the commands in the hosts of a test that does not say it.</summary>
    public static AsyncLocal<SmtpEngine> Engine { get; } = new();

    /// <summary>Skips a test of what the package engine does not have; docs/engines.md lists it.</summary>
    public static void SkipWithPackage(string reason, bool when = true) => Assert.SkipWhen(when && Engine.Value == SmtpEngine.SmtpServer, reason);

    public IPEndPoint EndPoint { get; }

    public RecordingReceivers Receivers { get; }

    public SessionRegistry Registry { get; }

    public static async Task<SmtpTestHost> StartAsync(
        RecordingReceivers? receivers = null, SessionLimits? limits = null, TimeProvider? time = null, long? writeBuffer = null, ListenerTls? tls = null,
        ClientLimits? clients = null, bool bareLineEnds = false, ProxyProtocol? proxy = null, IReadOnlyList<IPNetwork>? trusted = null, bool lenient = false,
        SmtpEngine? engine = null)
    {
        receivers ??= new RecordingReceivers();
        time ??= TimeProvider.System;
        SessionRegistry registry = new(time);
        SmtpServerProfile profile = new() { HostName = "gate.test", Limits = limits ?? new SessionLimits(), Clients = clients ?? new ClientLimits(), XclientNetworks = trusted ?? [] };
        profile = bareLineEnds ? profile with { BareLineEnds = [IPNetwork.Parse("127.0.0.0/8")] } : profile;
        profile = lenient ? profile with { Lenient = [IPNetwork.Parse("127.0.0.0/8")] } : profile;
        SmtpConnectionHandler handler = new(receivers, () => profile, registry, time, tls, proxy, engine ?? Engine.Value);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPoolFactory>();
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = writeBuffer ?? sockets.MaxWriteBufferSize);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(handler.OnConnectedAsync)));
        WebApplication app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new SmtpTestHost(app, receivers, registry);
    }

    public Task<ScriptedSmtpClient> GreetAsync() => ScriptedSmtpClient.GreetAsync(EndPoint, TestContext.Current.CancellationToken);

    public Task<ScriptedSmtpClient> ConnectAsync() => ScriptedSmtpClient.ConnectAsync(EndPoint, TestContext.Current.CancellationToken);

    /// <summary>Begins the graceful stop.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        await Registry.DisposeAsync();
    }
}
