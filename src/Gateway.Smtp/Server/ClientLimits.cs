using System.Net;

namespace Gateway.Smtp.Server;

/// <summary>So many in so long a time; a burst up to the count is allowed at once.</summary>
/// <param name="Count">How many; 0 for no limit.</param>
/// <param name="Period">In how long.</param>
public readonly record struct RateLimit(int Count, TimeSpan Period)
{
    /// <summary>So many in a minute.</summary>
    public static RateLimit PerMinute(int count) => new(count, TimeSpan.FromMinutes(1));
}

/// <summary>What one client (an IPv4 address, an IPv6 /64) may take over all its sessions.</summary>
/// <remarks>Threads: immutable. The defaults limit nothing; the configuration's do.</remarks>
public sealed record ClientLimits
{
    /// <summary>Sessions at the same time; 0 for no limit. Beyond it 421 4.7.0.</summary>
    /// <remarks>
    /// Nobody gets more than an eighth of the sessions still free in all, whatever is configured: with many greedy clients each gets
    /// less, and the next one still finds room. Source: Choudhury and Hahne, "Dynamic Queue Length Thresholds" (1998).
    /// </remarks>
    public int Connections { get; init; }

    /// <summary>New sessions; beyond it 421 4.7.0.</summary>
    public RateLimit ConnectionRate { get; init; }

    /// <summary>MAIL commands; beyond it 450 4.7.1.</summary>
    public RateLimit MessageRate { get; init; }

    /// <summary>RCPT commands; beyond it 450 4.7.1.</summary>
    public RateLimit RecipientRate { get; init; }

    /// <summary>MAIL commands of one login, from wherever it sends; beyond it 450 4.7.1. No client is exempt.</summary>
    public RateLimit LoginMessageRate { get; init; }

    /// <summary>What is counted together: the name of a listener that has limits of its own, empty for all others.</summary>
    public string Scope { get; init; } = string.Empty;

    /// <summary>Clients that none of these limits, nor the greeting delay, concern.</summary>
    public IReadOnlyList<IPNetwork> Exempt { get; init; } = [];

    /// <summary>True for a client that is not limited.</summary>
    public bool IsExempt(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return IsIn(Exempt, address);
    }

    /// <summary>True when one of the networks holds the address; an IPv4 address mapped to IPv6 counts as IPv4.</summary>
    internal static bool IsIn(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        for (int i = 0; i < networks.Count; i++)
        {
            if (networks[i].Contains(plain))
            {
                return true;
            }
        }

        return false;
    }
}
