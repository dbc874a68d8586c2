using System.Buffers.Binary;
using System.Net;

namespace Gateway.Smtp.Protocol;

/// <summary>How far the reading of a PROXY header came.</summary>
internal enum ProxyReading
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>The header is complete.</summary>
    Complete,

    /// <summary>This is no header, or one that must not be believed.</summary>
    Refused,
}

/// <summary>What a proxy said about the connection that it passes on, in front of its octets.</summary>
/// <param name="Source">The client; null when the proxy speaks for itself (LOCAL) or cannot say (UNKNOWN, UNSPEC, unix sockets).</param>
/// <param name="Destination">Where the client had connected to; null with <paramref name="Source"/>.</param>
/// <remarks>
/// Promises: the same octets are read the same way however they are split; at most <see cref="MaxLength"/> of them belong to a header.
/// Source: HAProxy's "The PROXY protocol, versions 1 and 2", sections 2.1 and 2.2.
/// </remarks>
internal readonly record struct ProxyHeader(IPEndPoint? Source, IPEndPoint? Destination)
{
    /// <summary>Octets of the longest header taken. The addresses need 232 at most; the rest is for TLVs, of which proxies send some hundred octets.</summary>
    public const int MaxLength = 4096;

    // Section 2.1: the longest line with its CRLF.
    private const int LongestLine = 107;

    // Section 2.2: signature, version and command, family, length.
    private const int FixedPart = 16;

    private const byte ChecksumType = 0x03;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header at the start of what came so far.</summary>
    /// <param name="octets">What came so far; no more than <see cref="MaxLength"/> are looked at.</param>
    /// <param name="header">The header when it is complete.</param>
    /// <param name="length">Its octets.</param>
    /// <param name="fault">Why it is refused, in words of ours.</param>
    public static ProxyReading Read(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length, out string fault)
    {
        header = default;
        length = 0;
        fault = string.Empty;
        if (octets.IsEmpty)
        {
            return ProxyReading.Incomplete;
        }

        ReadOnlySpan<byte> start = octets[0] == 'P' ? "PROXY "u8 : Signature;
        int known = Math.Min(start.Length, octets.Length);
        if (!octets[..known].SequenceEqual(start[..known]))
        {
            fault = "no PROXY header";
            return ProxyReading.Refused;
        }

        return known < start.Length ? ProxyReading.Incomplete
            : octets[0] == 'P' ? ReadLine(octets, out header, out length, out fault)
            : ReadBinary(octets, out header, out length, out fault);
    }

    private static ProxyReading ReadLine(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length, out string fault)
    {
        header = default;
        length = 0;
        fault = string.Empty;
        ReadOnlySpan<byte> line = octets[..Math.Min(octets.Length, LongestLine)];
        int end = line.IndexOfAny((byte)'\r', (byte)'\n');
        bool isWhole = end >= 0 && end + 1 < line.Length;
        if (!isWhole && line.Length < LongestLine && (end < 0 || line[end] == '\r'))
        {
            return ProxyReading.Incomplete;
        }

        if (!isWhole || line[end] != '\r' || line[end + 1] != '\n')
        {
            fault = "version 1 header does not end in CRLF";
            return ProxyReading.Refused;
        }

        length = end + 2;
        ReadOnlySpan<byte> rest = line["PROXY ".Length..end];
        if (rest.SequenceEqual("UNKNOWN"u8) || rest.StartsWith("UNKNOWN "u8))
        {
            // Section 2.1: the rest of the line must be ignored.
            return ProxyReading.Complete;
        }

        bool isV6 = rest.StartsWith("TCP6 "u8);
        // Family, two addresses, two ports; the place behind them is for one field too many.
        Span<Range> fields = stackalloc Range[6];
        int count = 0;
        foreach (Range field in rest.Split((byte)' '))
        {
            fields[Math.Min(count++, 5)] = field;
        }

        if ((!isV6 && !rest.StartsWith("TCP4 "u8)) || count != 5
            || !TryReadAddress(rest[fields[1]], isV6, out IPAddress source) || !TryReadAddress(rest[fields[2]], isV6, out IPAddress destination)
            || !AddressText.TryReadPort(rest[fields[3]], out int sourcePort) || !AddressText.TryReadPort(rest[fields[4]], out int destinationPort))
        {
            fault = "malformed version 1 header";
            return ProxyReading.Refused;
        }

        header = new ProxyHeader(new IPEndPoint(source, sourcePort), new IPEndPoint(destination, destinationPort));
        return ProxyReading.Complete;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> text, bool isV6, out IPAddress address) =>
        isV6 ? AddressText.TryReadV6(text, out address) : AddressText.TryReadV4(text, out address);

    private static ProxyReading ReadBinary(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length, out string fault)
    {
        header = default;
        length = 0;
        fault = string.Empty;
        if (octets.Length < FixedPart)
        {
            return ProxyReading.Incomplete;
        }

        int command = octets[12] & 0x0F;
        int family = octets[13];
        int size = FixedPart + BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        // 0x11 and 0x21 are TCP over IPv4 and IPv6, 0x31 a unix stream; datagrams cannot be behind a stream.
        int addresses = family switch { 0x11 => 12, 0x21 => 36, 0x31 => 216, 0 => 0, _ => -1 };
        fault = octets[12] >> 4 != 2 ? "unknown version"
            : command > 1 ? "unknown command"
            : size > MaxLength ? "header too long"
            : command == 1 && addresses < 0 ? "unknown address family"
            : command == 1 && size - FixedPart < addresses ? "addresses cut short"
            : string.Empty;
        if (fault.Length > 0)
        {
            return ProxyReading.Refused;
        }

        if (octets.Length < size)
        {
            return ProxyReading.Incomplete;
        }

        length = size;
        ReadOnlySpan<byte> block = octets[FixedPart..size];
        if (command == 0 || family == 0)
        {
            // Section 2.2: LOCAL, and a family that is unspecified: the whole block is discarded.
            return ProxyReading.Complete;
        }

        if (!AreFieldsSound(octets[..size], FixedPart + addresses, out fault))
        {
            return ProxyReading.Refused;
        }

        if (family != 0x31)
        {
            int width = family == 0x21 ? 16 : 4;
            header = new ProxyHeader(
                new IPEndPoint(new IPAddress(block[..width]), BinaryPrimitives.ReadUInt16BigEndian(block[(2 * width)..])),
                new IPEndPoint(new IPAddress(block[width..(2 * width)]), BinaryPrimitives.ReadUInt16BigEndian(block[((2 * width) + 2)..])));
        }

        return ProxyReading.Complete;
    }

    /// <summary>Walks over the TLVs; only the checksum is looked at (section 2.2.4).</summary>
    private static bool AreFieldsSound(ReadOnlySpan<byte> octets, int at, out string fault)
    {
        int checksum = -1;
        while (at < octets.Length)
        {
            int size = octets.Length - at < 3 ? -1 : BinaryPrimitives.ReadUInt16BigEndian(octets[(at + 1)..]);
            if (size < 0 || at + 3 + size > octets.Length)
            {
                fault = "TLV longer than the header";
                return false;
            }

            if (octets[at] == ChecksumType)
            {
                if (size != 4 || checksum >= 0)
                {
                    fault = "malformed checksum";
                    return false;
                }

                checksum = at + 3;
            }

            at += 3 + size;
        }

        fault = checksum < 0 || Checksum(octets, checksum) == BinaryPrimitives.ReadUInt32BigEndian(octets[checksum..]) ? string.Empty : "wrong checksum";
        return fault.Length == 0;
    }

    /// <summary>CRC-32C of the header, the checksum's own octets taken as zeros.</summary>
    private static uint Checksum(ReadOnlySpan<byte> octets, int field)
    {
        uint sum = uint.MaxValue;
        for (int i = 0; i < octets.Length; i++)
        {
            sum = System.Numerics.BitOperations.Crc32C(sum, i >= field && i < field + 4 ? (byte)0 : octets[i]);
        }

        return ~sum;
    }
}
