using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Text;

namespace Gateway.Smtp.Tests.Proxy;

/// <summary>Writes PROXY headers as HAProxy does.</summary>
internal static class ProxyHeaders
{
    public static byte[] Line(string source) => Encoding.ASCII.GetBytes($"PROXY TCP4 {source} 198.51.100.1 4711 25\r\n");

    /// <summary>A version 2 header of a TCP connection.</summary>
    public static byte[] Binary(string source, string destination, int sourcePort, int destinationPort, params (byte Type, byte[] Value)[] fields)
    {
        byte[] from = IPAddress.Parse(source).GetAddressBytes();
        byte[] to = IPAddress.Parse(destination).GetAddressBytes();
        List<byte> block = [.. from, .. to, (byte)(sourcePort >> 8), (byte)sourcePort, (byte)(destinationPort >> 8), (byte)destinationPort];
        foreach ((byte type, byte[] value) in fields)
        {
            block.AddRange([type, (byte)(value.Length >> 8), (byte)value.Length, .. value]);
        }

        return Raw(0x21, from.Length == 4 ? (byte)0x11 : (byte)0x21, [.. block]);
    }

    /// <summary>A version 2 header of any kind.</summary>
    public static byte[] Raw(byte versionAndCommand, byte family, params byte[] block) =>
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, versionAndCommand, family, (byte)(block.Length >> 8), (byte)block.Length, .. block];

    /// <summary>Puts the right checksum into the field of type 3 at the end.</summary>
    public static byte[] Checked(byte[] header)
    {
        uint sum = uint.MaxValue;
        foreach (byte octet in header)
        {
            sum = BitOperations.Crc32C(sum, octet);
        }

        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(header.Length - 4), ~sum);
        return header;
    }
}
