using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Smtp.Server;

/// <summary>Who counts as one client for limits: an IPv4 address, or the /64 of an IPv6 address.</summary>
/// <remarks>A /64 is the least that one customer gets, so its addresses cost nothing to change. Source: RFC 6177, RFC 7934.</remarks>
public readonly record struct ClientKey
{
    private readonly ulong _network;
    private readonly bool _isV6;

    private ClientKey(ulong network, bool isV6)
    {
        _network = network;
        _isV6 = isV6;
    }

    /// <summary>The key of an address; an IPv4 address mapped to IPv6 counts as IPv4.</summary>
    public static ClientKey Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> octets = stackalloc byte[16];
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        plain.TryWriteBytes(octets, out _);
        return plain.AddressFamily == AddressFamily.InterNetworkV6
            ? new ClientKey(BinaryPrimitives.ReadUInt64BigEndian(octets), isV6: true)
            : new ClientKey(BinaryPrimitives.ReadUInt32BigEndian(octets), isV6: false);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        if (_isV6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(octets, _network);
            return new IPAddress(octets) + "/64";
        }

        BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)_network);
        return new IPAddress(octets[..4]).ToString();
    }
}
