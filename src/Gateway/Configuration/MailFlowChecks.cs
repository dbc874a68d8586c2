using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Settings that are right one by one and together do not do what was probably meant.</summary>
/// <remarks>Told by <c>config check</c> only: a site may mean each of them.</remarks>
internal static class MailFlowChecks
{
    /// <summary>All of them, as warnings.</summary>
    public static IEnumerable<ConfigurationProblem> Find(GatewayOptions options)
    {
        RelayOptions relay = options.Relay;
        if (!string.IsNullOrEmpty(options.Auth.UsersFile) && !options.Listeners.Any(l => ListenerChecks.OffersAuth(l, options.Auth)))
        {
            yield return Warning("Auth:UsersFile", null, "no listener has TLS and offers AUTH, which is offered under TLS only: nobody can authenticate");
        }

        DomainPattern[] domains = [.. Domains(options).Select(d => d.Domain)];

        for (int i = 0; i < relay.Routes.Count; i++)
        {
            if (!domains.Any(d => Covers(d, relay.Routes[i].Domain)))
            {
                yield return Warning(
                    string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:{i}:Domain"), relay.Routes[i].Domain.ToString(),
                    "is not in Relay:Domains, nor in those of a listener: only AllowedNetworks and users may send there, all others get 550");
            }
        }

        string? smarthost = relay.DefaultRoute.Kind == RouteKind.Mx ? "looks up its MX, which is probably this gateway"
            : relay.DefaultRoute.Auth.User.Length > 0 ? "is a smarthost, which it authenticates to"
            : null;
        foreach ((string key, DomainPattern domain) in smarthost is null ? [] : Domains(options))
        {
            if (!relay.Routes.Any(r => Covers(r.Domain, domain)))
            {
                yield return Warning(
                    key, domain.ToString(),
                    $"has no route of its own, and the default route {smarthost}: name the mail system of the domain in Relay:Routes");
            }
        }
    }

    private static IEnumerable<(string Key, DomainPattern Domain)> Domains(GatewayOptions options) => options.Relay.Domains
        .Select((d, i) => (string.Create(CultureInfo.InvariantCulture, $"Relay:Domains:{i}"), d))
        .Concat(options.Listeners.SelectMany((l, n) => (l.Domains ?? []).Select((d, i) => (string.Create(CultureInfo.InvariantCulture, $"Listeners:{n}:Domains:{i}"), d))));

    /// <summary>True when all that one pattern means is meant by the other.</summary>
    private static bool Covers(DomainPattern wide, DomainPattern narrow) => wide == narrow || (wide.Below && wide.Matches(narrow.Domain));

    private static ConfigurationProblem Warning(string key, string? value, string message) =>
        new($"{GatewayConfiguration.Section}:{key}", message) { Value = value, IsWarning = true };
}
