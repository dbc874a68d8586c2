using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>Reads addresses and ports that another host wrote down for us.</summary>
/// <remarks>
/// Stricter than <see cref="IPAddress"/>, which takes <c>10.1</c>, <c>010.0.0.1</c>, brackets, ports and zones: two hosts that read
/// such a text differently would take one client for another.
/// </remarks>
internal static class AddressText
{
    /// <summary>Octets of the longest IPv6 address in text.</summary>
    private const int Longest = 45;

    private static readonly SearchValues<byte> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <summary>Reads an IPv4 address in dotted decimal form without leading zeros.</summary>
    public static bool TryReadV4(ReadOnlySpan<byte> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Length is < 7 or > 15 || !Ascii.IsValid(text))
        {
            return false;
        }

        string plain = Encoding.ASCII.GetString(text);
        if (!IPAddress.TryParse(plain, out IPAddress? read) || read.AddressFamily != AddressFamily.InterNetwork
            || !string.Equals(read.ToString(), plain, StringComparison.Ordinal))
        {
            return false;
        }

        address = read;
        return true;
    }

    /// <summary>Reads an IPv6 address without brackets or zone (RFC 4291 section 2.2).</summary>
    public static bool TryReadV6(ReadOnlySpan<byte> text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Length is < 2 or > Longest || text.ContainsAnyExcept(V6Characters)
            || !IPAddress.TryParse(Encoding.ASCII.GetString(text), out IPAddress? read) || read.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = read;
        return true;
    }

    /// <summary>Reads a port: decimal, 0 to 65535, without leading zeros.</summary>
    public static bool TryReadPort(ReadOnlySpan<byte> text, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && (text.Length == 1 || text[0] != '0')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;
    }
}
