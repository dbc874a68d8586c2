using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Relay.Quarantine;

/// <summary>Who counts as one client for the shares of the quarantine: the /24 of an IPv4 address, the /64 of an IPv6 address.</summary>
/// <remarks>
/// Wider than what counts as one client for rates: what is quarantined stays for weeks, in which a sender has time to change its address.
/// </remarks>
internal static class ClientNetwork
{
    /// <summary>The network, such as <c>192.0.2.0/24</c>; empty when the text is no address: mail of our own, or of a client nobody knows.</summary>
    public static string Of(string clientAddress) => IPAddress.TryParse(clientAddress, out IPAddress? address) ? Of(address) : string.Empty;

    /// <inheritdoc cref="Of(string)"/>
    public static string Of(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> octets = stackalloc byte[16];
        if (plain.AddressFamily == AddressFamily.InterNetwork)
        {
            plain.TryWriteBytes(octets, out _);
            return string.Create(CultureInfo.InvariantCulture, $"{octets[0]}.{octets[1]}.{octets[2]}.0/24");
        }

        plain.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return $"{new IPAddress(octets)}/64";
    }
}
