using System.Net;
using System.Net.Sockets;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>An answer of a server, as far as mail needs it.</summary>
/// <remarks>Source: RFC 1035 section 4.1, RFC 6891 section 6.1.3 (the upper bits of the code). Cost: each octet is read once.</remarks>
internal sealed class DnsMessage
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderOctets = 12;

    /// <summary>The class of the internet, the only one there is.</summary>
    public const int Internet = 1;

    private const int AuthoritativeBit = 0x0400;
    private const int TruncatedBit = 0x0200;
    private const int CodeBits = 0x000F;
    private const int UpperCodeShift = 4;

    private DnsMessage(int flags)
    {
        IsAuthoritative = (flags & AuthoritativeBit) != 0;
        IsTruncated = (flags & TruncatedBit) != 0;
        Code = (DnsCode)(flags & CodeBits);
    }

    /// <summary>The server is one of the zone's.</summary>
    public bool IsAuthoritative { get; }

    /// <summary>A part is missing; over TCP there is the whole.</summary>
    public bool IsTruncated { get; }

    /// <summary>What became of the question, the bits of EDNS included.</summary>
    public DnsCode Code { get; private set; }

    /// <summary>Records of any type and class that the answer counts.</summary>
    public int AnswerCount { get; private set; }

    /// <summary>What was asked for, and what else the server put there.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; private set; } = [];

    /// <summary>Where a zone starts, or who knows more.</summary>
    public IReadOnlyList<DnsRecord> Authorities { get; private set; } = [];

    /// <summary>There are octets behind the last record that the header counts.</summary>
    public bool HasRest { get; private set; }

    /// <summary>Reads an answer; null when it breaks the rules of RFC 1035. Of a truncated one nothing but the header is read.</summary>
    /// <param name="octets">The message without the length that TCP puts in front.</param>
    public static DnsMessage? Read(ReadOnlySpan<byte> octets)
    {
        DnsReader reader = new(octets);
        try
        {
            reader.UInt16();
            DnsMessage message = new(reader.UInt16());
            int questions = reader.UInt16();
            int answers = reader.UInt16();
            int authorities = reader.UInt16();
            int others = reader.UInt16();
            message.AnswerCount = answers;
            if (!message.IsTruncated)
            {
                for (; questions > 0; questions--)
                {
                    reader.Name();
                    reader.Take(2 * sizeof(ushort));
                }

                message.Answers = message.ReadSection(ref reader, answers);
                message.Authorities = message.ReadSection(ref reader, authorities);
                message.ReadSection(ref reader, others);
                message.HasRest = reader.Left > 0;
            }

            return message;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private List<DnsRecord> ReadSection(ref DnsReader reader, int count)
    {
        List<DnsRecord> records = [];
        for (; count > 0; count--)
        {
            string owner = reader.Name();
            DnsType type = (DnsType)reader.UInt16();
            int kind = reader.UInt16();
            if (type == DnsType.Opt)
            {
                Code |= (DnsCode)(reader.Take(sizeof(uint))[0] << UpperCodeShift);
                reader.Take(reader.UInt16());
                continue;
            }

            TimeSpan life = reader.Seconds();
            int length = reader.UInt16();
            int end = reader.Position + length;
            if (kind == Internet && ReadData(ref reader, new DnsRecord(owner, type, life), length) is { } record)
            {
                records.Add(record);
            }
            else
            {
                reader.Take(length);
            }

            if (reader.Position != end)
            {
                throw new InvalidDataException("the data of a record has another length than it says");
            }
        }

        return records;
    }

    private static DnsRecord? ReadData(ref DnsReader reader, DnsRecord bare, int length)
    {
        switch (bare.Type)
        {
            case DnsType.A:
                return bare with { Address = ReadAddress(ref reader, length, AddressFamily.InterNetwork) };
            case DnsType.Aaaa:
                return bare with { Address = ReadAddress(ref reader, length, AddressFamily.InterNetworkV6) };
            case DnsType.Mx:
                return bare with { Preference = reader.UInt16(), Target = reader.Name() };
            case DnsType.Cname or DnsType.Ns:
                return bare with { Target = reader.Name() };
            case DnsType.Soa:
                reader.Name();
                reader.Name();
                // Serial, refresh, retry, expire.
                reader.Take(4 * sizeof(uint));
                return bare with { NegativeLife = reader.Seconds() };
            default:
                return null;
        }
    }

    private static IPAddress ReadAddress(ref DnsReader reader, int length, AddressFamily family) =>
        length == (family == AddressFamily.InterNetwork ? 4 : 16)
            ? new IPAddress(reader.Take(length))
            : throw new InvalidDataException("an address has another length than its family");
}
