using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery.Routes;

/// <summary>Which route a recipient takes.</summary>
/// <remarks>
/// Domains are compared in A-labels, in which the routes name them. The most specific entry wins: the domain itself, then <c>*.parent</c> from the longest parent to the shortest, then the default route.
/// Threads: immutable.
/// </remarks>
public sealed class RouteTable
{
    private readonly Dictionary<string, Route> _byDomain = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly Dictionary<string, Route>.AlternateLookup<ReadOnlySpan<char>> _below;

    /// <summary>Makes the table.</summary>
    public RouteTable(IEnumerable<Route> routes, Route? fallback)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Default = fallback;
        Dictionary<string, Route> below = new(StringComparer.OrdinalIgnoreCase);
        foreach (Route route in routes)
        {
            _byDomain[route.Name] = route;
            if (route.Name.StartsWith("*.", StringComparison.Ordinal))
            {
                below[route.Name[1..]] = route;
            }
        }

        _exact = _byDomain.GetAlternateLookup<ReadOnlySpan<char>>();
        _below = below.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The route of all domains without one of their own, or null.</summary>
    public Route? Default { get; }

    /// <summary>The route of our own notifications to domains without a route of their own; null when that is the default route.</summary>
    public Route? Notifications { get; init; }

    /// <summary>All routes.</summary>
    public IEnumerable<Route> All => _byDomain.Values.Concat(((Route?[])[Default, Notifications]).OfType<Route>());

    /// <summary>The name of a route as listings have it, however its domain is written: in its own letters, or a literal in another spelling.</summary>
    public static string NameOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int domain = text.LastIndexOf('/') + 1;
        return string.Concat(text.AsSpan(0, domain), DomainForm.Comparable(text.AsSpan(domain)));
    }

    /// <summary>The route of an address, or null when there is none.</summary>
    /// <param name="address">The recipient.</param>
    /// <param name="isNotification">The message is a notification of ours.</param>
    public Route? Find(string address, bool isNotification = false)
    {
        ArgumentNullException.ThrowIfNull(address);
        ReadOnlySpan<char> domain = DomainOf(address);
        Route? route = FindDomain(domain);
        route = isNotification && ReferenceEquals(route, Default) ? Notifications ?? route : route;
        return route is { ByMx: true } ? route.For(domain) : route;
    }

    /// <summary>The route of a name for one recipient, or null when there is none.</summary>
    public Route? Named(string name, string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Route? route = _byDomain.GetValueOrDefault(name) ?? Array.Find([Default, Notifications], r => name.Equals(r?.Name, StringComparison.OrdinalIgnoreCase));
        return route is { ByMx: true } ? route.For(DomainOf(address)) : route;
    }

    private static ReadOnlySpan<char> DomainOf(string address) => DomainForm.Comparable(address.AsSpan(address.LastIndexOf('@') + 1));

    private Route? FindDomain(ReadOnlySpan<char> domain)
    {
        if (_exact.TryGetValue(domain, out Route? route))
        {
            return route;
        }

        for (int dot = domain.IndexOf('.'); dot >= 0; dot = domain.IndexOf('.'))
        {
            if (_below.TryGetValue(domain[dot..], out route))
            {
                return route;
            }

            domain = domain[(dot + 1)..];
        }

        return Default;
    }
}
