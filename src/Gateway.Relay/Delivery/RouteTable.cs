using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>A way to a mail system: its hosts in the order of preference.</summary>
/// <param name="Name">The domain it is for, or <c>default</c>; used in listings.</param>
/// <param name="Hosts">At least one host; the first that is up is used, the next ones take over.</param>
public sealed record Route(string Name, IReadOnlyList<DownstreamHost> Hosts);

/// <summary>Which route a recipient takes.</summary>
/// <remarks>
/// The most specific entry wins: the domain itself, then <c>*.parent</c> from the longest parent to the shortest, then the default route.
/// Threads: immutable.
/// </remarks>
public sealed class RouteTable
{
    private readonly Dictionary<string, Route> _byDomain = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the table.</summary>
    public RouteTable(IEnumerable<Route> routes, Route? fallback)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Default = fallback;
        foreach (Route route in routes)
        {
            _byDomain[route.Name] = route;
        }
    }

    /// <summary>The route of all domains without one of their own, or null.</summary>
    public Route? Default { get; }

    /// <summary>All routes.</summary>
    public IEnumerable<Route> All => Default is null ? _byDomain.Values : _byDomain.Values.Append(Default);

    /// <summary>The route of an address, or null when there is none.</summary>
    public Route? Find(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        string domain = address[(address.LastIndexOf('@') + 1)..];
        if (_byDomain.TryGetValue(domain, out Route? route))
        {
            return route;
        }

        for (int dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
        {
            if (_byDomain.TryGetValue($"*{domain[dot..]}", out route))
            {
                return route;
            }
        }

        return Default;
    }
}
