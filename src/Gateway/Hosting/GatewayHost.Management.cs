using System.Net;
using System.Net.Sockets;
using Gateway.Api;
using Gateway.Api.Door;
using Gateway.Api.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Hosting;

/// <content>The listener of the management interface and what stands in front of its routes.</content>
internal sealed partial class GatewayHost
{
    private DeniedCalls? _denied;

    /// <summary>All routes of the management interface, for tests that go through them.</summary>
    internal IReadOnlyList<Endpoint> Routes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>Where the management interface listens, with sockets of its own that SMTP's leave it to; those of a Unix socket are SMTP's, because no stranger reaches it.</summary>
    private static EndPoint AddManagementTransport(IServiceCollection services, string management, Func<EndPoint, Socket> take, NewcomerPace pace)
    {
        if (ManagementEndPoint.IsUnixSocket(management, out string path))
        {
            return new UnixDomainSocketEndPoint(path);
        }

        EndPoint endPoint = ManagementEndPoint.Parse(management);
        // Kestrel asks the last one first.
        services.AddSingleton<IConnectionListenerFactory>(s => new ManagementTransport(endPoint, take, pace, s.GetRequiredService<ILoggerFactory>()));
        return endPoint;
    }

    /// <summary>Bounds are Kestrel's own for HTTP, and do not touch SMTP, which is served below HTTP.</summary>
    private static void ListenForManagement(KestrelServerOptions kestrel, EndPoint endPoint, ConnectionRoom room)
    {
        kestrel.Limits.MaxRequestBodySize = OrderBody.MostBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = ManagementLimits.HeadBytes;
        kestrel.Limits.RequestHeadersTimeout = ManagementLimits.HeadTime;
        kestrel.Limits.KeepAliveTimeout = ManagementLimits.IdleTime;
        kestrel.Listen(endPoint, Bound);

        void Bound(ListenOptions listener)
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.Use(next => connection => room.ServeAsync(connection, next));
        }
    }

    /// <summary>Puts the door in front of routing, and the gate behind it.</summary>
    private void GuardManagement(ManagementToken token, ILogger log)
    {
        _denied = new DeniedCalls(Relay.Metrics, log, _settings.Time);
        HostNames names = new(() => _settings.RelayProfile().HostName, _settings.ManagementNames);
        ManagementDoor door = new(token, names, _denied, _settings.ManagementLimits, _settings.Time);
        _app.Use(next => http => door.InvokeAsync(http, next));
        _app.UseRouting();
        _app.Use(next => http => RequestGate.InvokeAsync(http, next));
    }
}
