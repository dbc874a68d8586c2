using System.Net;

namespace Gateway.Relay.Policy;

/// <summary>A list of networks in CIDR form; single addresses count as /32 or /128.</summary>
/// <remarks>Threads: immutable.</remarks>
public sealed class NetworkList(IReadOnlyList<IPNetwork> networks)
{
    /// <summary>127.0.0.0/8 and ::1.</summary>
    public static NetworkList Loopback { get; } = new([IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]);

    /// <summary>The networks.</summary>
    public IReadOnlyList<IPNetwork> Networks => networks;

    /// <summary>True when one of the networks holds the address; an IPv4 address mapped to IPv6 counts as IPv4.</summary>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (IPNetwork network in networks)
        {
            if (network.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads <c>10.0.0.0/8</c>, <c>2001:db8::/32</c> or a single address.</summary>
    /// <returns>
    /// False when the text is none of these, has host bits set (10.0.0.1/8 is most likely a mistake), or is an IPv4 address in short or
    /// octal form (10.1 and 010.0.0.1 mean to the parser what nobody means).
    /// </returns>
    public static bool TryParseNetwork(string text, out IPNetwork network)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return IPNetwork.TryParse(text, out network) && IsPlain(network.BaseAddress, text[..text.IndexOf('/', StringComparison.Ordinal)]);
        }

        bool single = IPAddress.TryParse(text, out IPAddress? address) && IsPlain(address, text);
        network = single ? new IPNetwork(address!, address!.GetAddressBytes().Length * 8) : default;
        return single;
    }

    private static bool IsPlain(IPAddress address, string text) =>
        address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork || string.Equals(address.ToString(), text, StringComparison.Ordinal);
}
