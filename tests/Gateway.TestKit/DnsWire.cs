using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Gateway.TestKit;

/// <summary>Octets of DNS messages, right ones and such as no server should send. RFC 1035 section 4.1.</summary>
public static class DnsWire
{
    /// <summary>The type of IPv4 addresses.</summary>
    public const int A = 1;

    /// <summary>The type of name servers.</summary>
    public const int Ns = 2;

    /// <summary>The type of aliases.</summary>
    public const int Cname = 5;

    /// <summary>The type of the start of a zone.</summary>
    public const int Soa = 6;

    /// <summary>The type of mail hosts.</summary>
    public const int Mx = 15;

    /// <summary>The type of IPv6 addresses.</summary>
    public const int Aaaa = 28;

    /// <summary>The flag of a truncated answer.</summary>
    public const int Truncated = 0x0200;

    /// <summary>The flag of an answer from a server of the zone.</summary>
    public const int Authoritative = 0x0400;

    private const int Response = 0x8180;

    /// <summary>A name without compression.</summary>
    public static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    /// <summary>The data of an MX record.</summary>
    public static byte[] MxData(int preference, string host) => [.. Number(preference), .. Name(host)];

    /// <summary>A record of the class IN.</summary>
    /// <param name="owner">The name, as octets.</param>
    /// <param name="type">The type.</param>
    /// <param name="life">Its life in seconds.</param>
    /// <param name="data">Its data.</param>
    /// <param name="length">The length that it says; null for the right one.</param>
    public static byte[] Record(byte[] owner, int type, long life, byte[] data, int? length = null) =>
        [.. owner, .. Number(type), 0, 1, .. Number((int)(life >> 16)), .. Number((int)life), .. Number(length ?? data.Length), .. data];

    /// <summary>The start of a zone, which says how long "there is none" is good.</summary>
    public static byte[] Zone(string zone, int life, int negative) =>
        Record(
            Name(zone), Soa, life,
            [.. Name("ns." + zone), .. Name("root." + zone), .. new byte[16], .. Number(negative >> 16), .. Number(negative)]);

    /// <summary>The data of an address record, and its type.</summary>
    public static (int Type, byte[] Data) Address(string address)
    {
        byte[] octets = IPAddress.Parse(address).GetAddressBytes();
        return (octets.Length == 4 ? A : Aaaa, octets);
    }

    /// <summary>A message that answers a question.</summary>
    /// <param name="asked">The question.</param>
    /// <param name="answers">The records.</param>
    /// <param name="code">The code: 2 is SERVFAIL, 3 NXDOMAIN.</param>
    /// <param name="authorities">Records about the zone.</param>
    /// <param name="flags">More flags.</param>
    /// <param name="count">The number of answers that the header says; null for the right one.</param>
    public static byte[] Reply(
        DnsAsked asked, IReadOnlyList<byte[]> answers, int code = 0, IReadOnlyList<byte[]>? authorities = null,
        int flags = Authoritative, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(answers);
        byte[] head = [.. Number(asked.Id), .. Number(Response | flags | code), 0, 1];
        byte[] counts = [.. Number(count ?? answers.Count), .. Number(authorities?.Count ?? 0), 0, 0];
        return [.. head, .. counts, .. asked.Question, .. answers.SelectMany(static a => a), .. (authorities ?? []).SelectMany(static a => a)];
    }

    private static byte[] Number(int value)
    {
        byte[] octets = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(octets, unchecked((ushort)value));
        return octets;
    }
}
