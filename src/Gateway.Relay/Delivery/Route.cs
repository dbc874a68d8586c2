using Gateway.Smtp.Client;

namespace Gateway.Relay.Delivery;

/// <summary>A way to a mail system: its hosts in the order of preference.</summary>
/// <param name="Name">The domain it is for, or <c>default</c>; used in listings.</param>
/// <param name="Hosts">At least one host; the first that is up is used, the next ones take over.</param>
public sealed record Route(string Name, IReadOnlyList<DownstreamHost> Hosts)
{
    /// <summary>How its hosts are spoken to.</summary>
    public DownstreamAccess Access { get; init; } = DownstreamAccess.Default;

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
