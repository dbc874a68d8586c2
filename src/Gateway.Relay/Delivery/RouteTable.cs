using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>A way to a mail system: its hosts in the order of preference.</summary>
/// <param name="Name">The domain it is for, or <c>default</c>; used in listings.</param>
/// <param name="Hosts">At least one host; the first that is up is used, the next ones take over.</param>
public sealed record Route(string Name, IReadOnlyList<DownstreamHost> Hosts)
{
    /// <summary>Shares of the mail, one for each host; empty when the first host that is up gets all. A host with 0 stands by.</summary>
    public IReadOnlyList<int> Weights { get; init; } = [];

    /// <summary>The hosts in the order in which one message should try them: one drawn by weight, then the others as they stand.</summary>
    /// <param name="draw">From 0 to below 1.</param>
    public IReadOnlyList<DownstreamHost> InOrder(double draw)
    {
        int sum = Weights.Sum();
        if (sum == 0)
        {
            return Hosts;
        }

        int rest = (int)(draw * sum);
        int chosen = 0;
        while (rest >= Weights[chosen])
        {
            rest -= Weights[chosen++];
        }

        return [Hosts[chosen], .. Hosts.Where((_, i) => i != chosen)];
    }
}

/// <summary>Which route a recipient takes.</summary>
/// <remarks>
/// The most specific entry wins: the domain itself, then <c>*.parent</c> from the longest parent to the shortest, then the default route.
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

    /// <summary>All routes.</summary>
    public IEnumerable<Route> All => Default is null ? _byDomain.Values : _byDomain.Values.Append(Default);

    /// <summary>The route of an address, or null when there is none.</summary>
    public Route? Find(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        ReadOnlySpan<char> domain = address.AsSpan(address.LastIndexOf('@') + 1);
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
