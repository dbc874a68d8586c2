using System.Globalization;
using System.Net;
using Gateway.Smtp.Client;

namespace Gateway.Configuration;

/// <summary>Routes whose host is this gateway itself.</summary>
/// <remarks>A warning, not a mistake: the addresses of the machine can be others where the gateway runs, and mail of such a route waits.</remarks>
internal static class LoopChecks
{
    private static readonly IPAddress[] Localhost = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>Adds the hosts that are listened on.</summary>
    /// <param name="options">All options.</param>
    /// <param name="warn">Takes key, value and message of a warning.</param>
    public static void Check(GatewayOptions options, Action<string, string?, string> warn)
    {
        OwnAddresses own = new([.. options.Listeners.Select(static l => l.Endpoint).Where(static e => e.Port != 0)], TimeProvider.System);
        Check("Relay:DefaultRoute", options.Relay.DefaultRoute.Kind, options.Relay.DefaultRoute.Hosts, own, warn);
        for (int i = 0; i < options.Relay.Routes.Count; i++)
        {
            RouteOptions route = options.Relay.Routes[i];
            Check(string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}"), route.Kind, route.Hosts, own, warn);
        }
    }

    private static void Check(string path, RouteKind kind, IReadOnlyList<HostAndPort> hosts, OwnAddresses own, Action<string, string?, string> warn)
    {
        for (int i = 0; kind == RouteKind.Hosts && i < hosts.Count; i++)
        {
            if (Array.Exists(AddressesOf(hosts[i].Host), a => own.IsOwn(a, hosts[i].Port, isLookedUp: false)))
            {
                warn(
                    string.Create(CultureInfo.InvariantCulture, $"{path}:Hosts:{i}"), hosts[i].ToString(),
                    "is an address that this gateway listens on: mail would loop back to itself, so mail of this route waits");
            }
        }
    }

    // Other names are not looked up: a check has to work without a network.
    private static IPAddress[] AddressesOf(string host) => IPAddress.TryParse(host, out IPAddress? literal) ? [literal]
        : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? Localhost
        : [];
}
