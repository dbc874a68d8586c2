using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Smtp.Protocol;

/// <summary>Addresses in brackets that stand for a domain: <c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c>.</summary>
/// <remarks>Nobody is asked for them: they are the host (RFC 5321 section 4.1.3). Threads: any.</remarks>
public static class AddressLiteral
{
    private const string Tag = "IPv6:";
    private const int ShortestLiteral = 4;
    private const int Numbers = 4;

    private static readonly SearchValues<char> Ipv6Text = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The address of a literal; null for what is none.</summary>
    /// <param name="domain">A domain or literal, brackets included.</param>
    public static IPAddress? Read(ReadOnlySpan<char> domain)
    {
        if (domain.Length < ShortestLiteral || domain[0] != '[' || domain[^1] != ']')
        {
            return null;
        }

        ReadOnlySpan<char> inside = domain[1..^1];
        if (!inside.StartsWith(Tag, StringComparison.OrdinalIgnoreCase))
        {
            return ReadNumbers(inside);
        }

        // The parser also takes scopes, brackets and ports.
        inside = inside[Tag.Length..];
        return !inside.ContainsAnyExcept(Ipv6Text) && IPAddress.TryParse(inside, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? address
            : null;
    }

    /// <summary>The literal of an address, in the one form in which literals are compared.</summary>
    public static string Write(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Tag}{address}]" : $"[{address}]";
    }

    /// <summary>Snum: one to three decimal digits up to 255; <see cref="IPAddress"/> would read 010 as 8 and 1 as 0.0.0.1.</summary>
    private static IPAddress? ReadNumbers(ReadOnlySpan<char> text)
    {
        Span<byte> octets = stackalloc byte[Numbers];
        int count = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> number = text[range];
            if (count == Numbers || number.Length is 0 or > 3
                || !byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out octets[count++]))
            {
                return null;
            }
        }

        return count == Numbers ? new IPAddress(octets) : null;
    }
}
