using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;

namespace Gateway.Configuration;

/// <summary>Settings of routes that contradict each other, and those that are allowed but rarely meant.</summary>
internal static class RouteChecks
{
    /// <summary>Adds what is wrong with the routes.</summary>
    /// <param name="relay">The routes.</param>
    /// <param name="refuse">Takes key, value and message of a mistake.</param>
    /// <param name="warn">Takes the same of a warning.</param>
    public static void Check(RelayOptions relay, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        Check("Relay:DefaultRoute", relay, relay.DefaultRoute, refuse, warn);
        Check("Relay:Bounces:Route", relay, relay.Bounces.Route, refuse, warn);
        CheckSigned("Relay", relay.EightBitSigned, refuse);
        if (relay.Bounces.Route.Kind == RouteKind.Mx && relay.Bounces.Route.Hosts.Count > 0)
        {
            refuse("Relay:Bounces:Route:Hosts", null, "must be empty, because Kind is mx");
        }

        if (relay.Bounces.Postmaster.Length > 0 && !(MailPath.TryParse(relay.Bounces.Postmaster, out MailPath postmaster) && postmaster.Domain.Length > 0))
        {
            refuse("Relay:Bounces:Postmaster", relay.Bounces.Postmaster, "expected an address such as postmaster@example.org");
        }

        CheckHosts("Relay:DefaultRoute", relay.DefaultRoute, relay.DefaultRoute.Hosts, refuse);
        CheckSources("Relay:DefaultRoute", relay.DefaultRoute, relay.DefaultRoute.Hosts, warn);
        CheckSources("Relay:Bounces:Route", relay.Bounces.Route, relay.Bounces.Route.Hosts, warn);
        for (int i = 0; i < relay.Routes.Count; i++)
        {
            Check(string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}"), relay, relay.Routes[i], refuse, warn);
            CheckHosts(string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}"), relay.Routes[i], relay.Routes[i].Hosts, refuse);
            CheckSources(string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}"), relay.Routes[i], relay.Routes[i].Hosts, warn);
        }
    }

    private static void CheckSigned(string path, EightBitHandling? handling, Action<string, string?, string> refuse)
    {
        if (handling == EightBitHandling.Convert)
        {
            refuse($"{path}:EightBitSigned", "convert", "must be send or require, because a changed signature is none");
        }
    }

    private static void CheckTerms(string path, RelayOptions relay, RouteConnectionOptions route, Action<string, string?, string> refuse)
    {
        CheckSigned(path, route.EightBitSigned, refuse);
        Duration first = route.Retry.First ?? relay.Retry.First;
        Duration longest = route.Retry.Longest ?? relay.Retry.Longest;
        Duration lifetime = route.Retry.Lifetime ?? relay.Retry.Lifetime;
        bool isOwn = route.Retry.First is not null || route.Retry.Longest is not null || route.Retry.Lifetime is not null;
        if (isOwn && first > longest)
        {
            refuse($"{path}:Retry:First", first.ToString(), $"is longer than Longest ({longest})");
        }

        if (isOwn && longest > lifetime)
        {
            refuse($"{path}:Retry:Longest", longest.ToString(), $"is longer than Lifetime ({lifetime})");
        }

        if ((isOwn || route.DelayWarning is not null) && (route.DelayWarning ?? relay.DelayWarning) is var warning && warning > lifetime)
        {
            refuse($"{path}:DelayWarning", warning.ToString(), $"is longer than Retry:Lifetime ({lifetime})");
        }
    }

    /// <summary>A family without a source is not used, so a host that is an address of it is never connected to.</summary>
    private static void CheckSources(string path, RouteConnectionOptions route, IReadOnlyList<HostAndPort> hosts, Action<string, string?, string> warn)
    {
        for (int i = 0; SourceAddresses.TryParse(route.SourceAddress, out SourceAddresses? sources) && i < hosts.Count; i++)
        {
            if (IPAddress.TryParse(hosts[i].Host, out IPAddress? address) && sources.For(address.AddressFamily) is null)
            {
                string family = address.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
                warn(
                    string.Create(CultureInfo.InvariantCulture, $"{path}:Hosts:{i}"), hosts[i].ToString(),
                    $"is never connected to, because SourceAddress ({sources}) has no {family} address");
            }
        }
    }

    private static void CheckHosts(string path, RouteConnectionOptions route, IReadOnlyList<HostAndPort> hosts, Action<string, string?, string> refuse)
    {
        // The default route has a host that nobody has to have written.
        bool isDefault = route is DefaultRouteOptions && hosts.Count == 1 && hosts[0] == new DefaultRouteOptions().Hosts[0];
        if (route.Kind == RouteKind.Hosts && hosts.Count == 0)
        {
            refuse($"{path}:Hosts", null, "needs at least one entry");
        }
        else if (route.Kind == RouteKind.Mx && hosts.Count > 0 && !isDefault)
        {
            refuse($"{path}:Hosts", null, "must be empty, because Kind is mx");
        }
    }

    private static void Check(
        string path, RelayOptions relay, RouteConnectionOptions route, Action<string, string?, string> refuse, Action<string, string?, string> warn)
    {
        CheckTerms(path, relay, route, refuse);
        if (route.SourceAddress.Length > 0 && !SourceAddresses.TryParse(route.SourceAddress, out _))
        {
            refuse($"{path}:SourceAddress", route.SourceAddress, "expected an IP address of this machine, or one of each family with a comma between");
        }

        if (route.Auth.User.Length > 0 != route.Auth.PasswordFile.Length > 0)
        {
            refuse($"{path}:Auth", null, "needs both User and PasswordFile, or neither");
        }
        else if (route.Auth.User.Length > 0 && route.Tls.Mode < DownstreamTls.Required)
        {
            refuse($"{path}:Tls:Mode", route.Tls.Mode.ToString().ToLowerInvariant(), "must be required or verified, because a password is sent");
        }
        else if (route.Auth.User.Length > 0 && route.Tls.Mode == DownstreamTls.Required)
        {
            warn($"{path}:Tls:Mode", "required", "the password could be sent to somebody in between; verified checks who it is");
        }

        if (route.Tls.CertificateFile.Length > 0 != route.Tls.KeyFile.Length > 0)
        {
            refuse($"{path}:Tls", null, "needs both CertificateFile and KeyFile, or neither");
        }
    }
}
