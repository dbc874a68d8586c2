using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery.Routes;

/// <summary>A way to a mail system: its hosts in the order of preference.</summary>
/// <param name="Name">The domain it is for, or <c>default</c>; used in listings.</param>
/// <param name="Hosts">At least one host, unless it is by MX; the first that is up is used, the next ones take over.</param>
public sealed record Route(string Name, IReadOnlyList<DownstreamHost> Hosts)
{
    /// <summary>How its hosts are spoken to.</summary>
    public DownstreamAccess Access { get; init; } = DownstreamAccess.Default;

    /// <summary>True when the hosts are those that DNS names for the recipient's domain.</summary>
    public bool ByMx { get; init; }

    /// <summary>The port of hosts found by MX.</summary>
    public int Port { get; init; } = DownstreamHost.DefaultPort;

    /// <summary>The name of the configured route that this one was made from for one domain; null for configured routes.</summary>
    public string? Origin { get; init; }

    /// <summary>In front of the names of its domains, so that two routes by MX are two destinations for one domain; empty for the usual one.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>Of the part for one domain: that domain, or the address literal in its place.</summary>
    public string Domain => Name[Prefix.Length..];

    /// <summary>What holds for its deliveries.</summary>
    public RouteTerms Terms { get; init; } = RouteTerms.Default;

    /// <summary>The part of a route by MX that is for one domain.</summary>
    public Route For(ReadOnlySpan<char> domain) => this with { Name = Prefix + domain.ToString().ToLowerInvariant(), Origin = Name };

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
