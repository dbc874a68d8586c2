using Gateway.Configuration;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;
using Route = Gateway.Relay.Delivery.Routes.Route;

namespace Gateway.Hosting;

/// <summary>Turns checked options of routes into the table that the relay works with.</summary>
internal static class RouteSettings
{
    /// <summary>The table of all routes.</summary>
    public static RouteTable TableOf(RelayOptions options) => new(
        options.Routes.Select(r => RouteOf(options, r.Domain.ToString(), r.Hosts, r.Weights, r)),
        options.DefaultRoute is { } fallback && (fallback.Hosts.Count > 0 || fallback.Kind == RouteKind.Mx) ? RouteOf(options, "default", fallback.Hosts, fallback.Weights, fallback) : null)
    {
        Notifications = options.Bounces.Route is { } own && (own.Hosts.Count > 0 || own.Kind == RouteKind.Mx)
            ? RouteOf(options, "bounces", own.Hosts, own.Weights, own) with { Prefix = "bounces/" }
            : null,
    };

    /// <summary>When mail of a route is tried again; null when nothing was said about it.</summary>
    public static RetrySchedule? RetryOf(RelayOptions relay, RouteConnectionOptions route) =>
        route.Retry.First is null && route.Retry.Longest is null && route.Retry.Lifetime is null ? null : new RetrySchedule
        {
            First = (route.Retry.First ?? relay.Retry.First).Time,
            Longest = (route.Retry.Longest ?? relay.Retry.Longest).Time,
            Lifetime = (route.Retry.Lifetime ?? relay.Retry.Lifetime).Time,
        };

    private static Route RouteOf(RelayOptions relay, string name, IReadOnlyList<HostAndPort> hosts, IReadOnlyList<int> weights, RouteConnectionOptions options)
    {
        DownstreamAccess access = AccessOf(options);
        RouteTerms terms = TermsOf(relay, options);
        if (options.Kind == RouteKind.Mx)
        {
            return new Route(name, []) { ByMx = true, Port = options.MxPort, Access = access with { IsLookedUp = true }, Terms = terms };
        }

        return new Route(name, [.. hosts.Select(h => new DownstreamHost(h.Host, h.Port) { Access = access })]) { Weights = weights, Access = access, Terms = terms };
    }

    private static RouteTerms TermsOf(RelayOptions relay, RouteConnectionOptions route) => new()
    {
        Retry = RetryOf(relay, route),
        DelayWarning = route.DelayWarning?.Time,
        Concurrency = route.Concurrency ?? relay.Concurrency,
        MessageRate = route.MessageRate ?? relay.MessageRate,
        RecipientsPerTransaction = route.RecipientsPerTransaction ?? relay.RecipientsPerTransaction,
        Undeliverable = route.Undeliverable ?? relay.Undeliverable,
        EightBit = route.EightBit ?? relay.EightBit,
        EightBitSigned = route.EightBitSigned ?? relay.EightBitSigned,
    };

    /// <summary>How the hosts of a route are spoken to.</summary>
    public static DownstreamAccess AccessOf(RouteConnectionOptions options)
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
            Mechanisms = options.Auth.Mechanism switch
            {
                RouteMechanism.Scram => AuthMechanisms.ScramSha256,
                RouteMechanism.Plain => AuthMechanisms.Plain,
                RouteMechanism.Login => AuthMechanisms.Login,
                _ => AuthMechanisms.Any,
            },
            TellsClient = options.ForwardClient == ForwardClient.Xforward,
            Sources = SourceAddresses.TryParse(options.SourceAddress, out SourceAddresses? sources) ? sources : null,
        };
        // The one instance that most routes share makes comparing hosts cheap.
        return access == DownstreamAccess.Default ? DownstreamAccess.Default : access;
    }
}
