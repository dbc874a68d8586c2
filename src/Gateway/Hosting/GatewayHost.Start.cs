using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Gateway.Api;
using Gateway.Api.Door;
using Gateway.Configuration;
using Gateway.Logging;
using Gateway.Relay;
using Gateway.Relay.Telemetry;
using Gateway.Smtp.Client;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;
using Gateway.Spool;
using Microsoft.AspNetCore.Connections;
using OpenTelemetry.Metrics;

namespace Gateway.Hosting;

/// <content>The steps of a start.</content>
internal sealed partial class GatewayHost
{
    /// <summary>The server with everything but its handlers: nothing is bound or opened by it.</summary>
    private static WebApplication Build(
        GatewayHostSettings settings, GatewayLoggerProvider logging, LogOptions log, Func<EndPoint, Socket> take, Func<ConnectionContext, int, Task> serve,
        out EndPoint management)
    {
        WebApplicationBuilder builder = PlainBuilder.Create();
        builder.Logging.UseGatewayLog(logging, log);
        builder.Host.UseSystemd();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = settings.DrainTimeout + TimeSpan.FromSeconds(5));
        // 64 KiB receive blocks: 5.5 times the throughput on large messages, measured.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPoolFactory>();
        builder.Services.AddOpenTelemetry().WithMetrics(m => m
            .AddMeter(GatewayMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter(o => o.ScopeInfoEnabled = false));
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, AnswerJson.Context));
        builder.WebHost.UseSockets(o =>
        {
            o.Backlog = 4096;
            o.CreateBoundListenSocket = take;
            // A session goes on where its socket was found ready: 6 to 8 % more messages, measured. Not unsafe on Linux, where the runtime
            // hands ready sockets to the thread pool and starts another worker for the rest; what may take long (reading a message) hops anyway.
            o.UnsafePreferInlineScheduling = true;
        });
        NewcomerPace pace = new(settings.Time);
        EndPoint endPoint = management = AddManagementTransport(builder.Services, settings.Management, take, pace);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            for (int i = 0; i < settings.Listeners.Count; i++)
            {
                int number = i;
                kestrel.Listen(settings.Listeners[i].EndPoint, l => l.Run(c => serve(c, number)));
            }

            ListenForManagement(kestrel, endPoint, new ConnectionRoom(settings.ManagementLimits.Connections, pace));
        });
        return builder.Build();
    }

    /// <summary>Takes the addresses; where another gateway has them that works in our data directory, that is what is said.</summary>
    private static BoundSockets Bind(GatewayHostSettings settings, EndPoint management)
    {
        try
        {
            return BoundSockets.Open(settings.Listeners, settings.Management, management);
        }
        catch (AddressRefusedException e) when (e.IsInUse && SpoolArchive.UserOf(Path.Combine(settings.Relay.DataDirectory, "spool")) is string inUse)
        {
            throw new SpoolOpenException(inUse, e);
        }
    }

    /// <summary>Opens storage, then delivers what is in it, then takes mail.</summary>
    private async Task StartAsync(CancellationToken ct)
    {
        ILoggerFactory logs = _app.Services.GetRequiredService<ILoggerFactory>();
        TimeProvider time = _settings.Time;
        (_settings.Relay.Downstream.Own ??= new OwnAddresses(SmtpEndPoints, time)).Listeners = SmtpEndPoints;
        _settings.Relay.Downstream.HelloName = () => _settings.RelayProfile().HostName;
        ManagementToken token = null!;
        MailRelaySettings relay = _settings.Relay with { BeforeDelivery = async stop => token = await _files.WriteAsync(Management, stop) };
        Relay = await MailRelay.OpenAsync(relay, _settings.RelayProfile, logs, _app.Services.GetRequiredService<IMeterFactory>(), time, ct);
        _handlers = [.. _settings.Listeners.Select((l, i) => new SmtpConnectionHandler(
            Relay.Receivers.Of(l.Name), () => _settings.ServerProfile().Of(l.Name), _sessions, time, _secrets.Listeners[i], new ProxyProtocol(l.ProxyNetworks), l.Engine))];
        ObserveGauges();
        GuardManagement(token, logs.CreateLogger("gateway/master"));
        RouteGroupBuilder api = ManagementApi.Map(_app, Relay, StatusAsync, () => Warnings);
        MapReload(api);
        MapDrain(api);
        BlocksApi.Map(api.MapGroup("/blocks"), Relay.Blocks);
        ExceptionsApi.Map(api, Relay, _settings.RelayProfile);
        CountReloads();
        await _app.StartAsync(ct);
        // The reader of the metrics begins with the server; what was counted before is not seen by it.
        Relay.BeginCounters();
        foreach (string result in (ReadOnlySpan<string>)["accepted", "refused"])
        {
            _reloads?.Add(0, new KeyValuePair<string, object?>("result", result));
        }
    }
}
