using System.Net;
using Gateway.Configuration;
using Gateway.Relay.Delivery;
using Gateway.Smtp.Client;
using Route = Gateway.Relay.Delivery.Route;

namespace Gateway.Hosting;

/// <summary>Turns checked options of routes into the table that the relay works with.</summary>
internal static class RouteSettings
{
    /// <summary>The table of all routes.</summary>
    public static RouteTable TableOf(RelayOptions options) => new(
        options.Routes.Select(r => RouteOf(r.Domain.ToString(), r.Hosts, r.Weights, r)),
        options.DefaultRoute is { } fallback && (fallback.Hosts.Count > 0 || fallback.Kind == RouteKind.Mx) ? RouteOf("default", fallback.Hosts, fallback.Weights, fallback) : null);

    private static Route RouteOf(string name, IReadOnlyList<HostAndPort> hosts, IReadOnlyList<int> weights, RouteConnectionOptions options)
    {
        DownstreamAccess access = AccessOf(options);
        if (options.Kind == RouteKind.Mx)
        {
            return new Route(name, []) { ByMx = true, Port = options.MxPort, Access = access with { IsLookedUp = true } };
        }

        return new Route(name, [.. hosts.Select(h => new DownstreamHost(h.Host, h.Port) { Access = access })]) { Weights = weights, Access = access };
    }

    private static DownstreamAccess AccessOf(RouteConnectionOptions options)
    {
        DownstreamAccess access = new()
        {
            Tls = options.Tls.Mode,
            TlsName = options.Tls.Name,
            CaFile = options.Tls.CaFile,
            CertificateFile = options.Tls.CertificateFile,
            KeyFile = options.Tls.KeyFile,
            User = options.Auth.User,
            PasswordFile = options.Auth.PasswordFile,
            TellsClient = options.ForwardClient == ForwardClient.Xforward,
            SourceAddress = options.SourceAddress.Length > 0 ? IPAddress.Parse(options.SourceAddress) : null,
        };
        // The one instance that most routes share makes comparing hosts cheap.
        return access == DownstreamAccess.Default ? DownstreamAccess.Default : access;
    }
}
