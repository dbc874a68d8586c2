using System.Buffers.Binary;
using System.Text;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>A question as it goes out, and what makes a message the answer to it.</summary>
/// <remarks>
/// Promises: a message counts as the answer only when it repeats number and question (RFC 5452 section 9.1). Letters may change their case (RFC 4343).
/// Cost: one array.
/// </remarks>
internal sealed class DnsQuery
{
    /// <summary>The largest datagram that passes every path without fragments: the DNS flag day of 2020.</summary>
    private const int LargestDatagram = 1232;

    private const int RecursionDesired = 0x0100;
    private const int ResponseBit = 0x80;
    private const int OperationBits = 0x78;
    private const int CodeBits = 0x0F;
    private const int OptionOctets = 11;

    private readonly byte[] _octets;
    private readonly int _end;

    /// <summary>Writes it.</summary>
    /// <param name="question">The question; its name was checked by <c>DomainForm.ToAscii</c>.</param>
    /// <param name="id">A random number, so that strangers cannot answer.</param>
    /// <param name="withOptions">Whether the message says that we know EDNS.</param>
    public DnsQuery(DnsQuestion question, ushort id, bool withOptions)
    {
        string name = question.Name.TrimEnd('.');
        _octets = new byte[DnsMessage.HeaderOctets + name.Length + 2 + (2 * sizeof(ushort)) + (withOptions ? OptionOctets : 0)];
        Span<byte> at = _octets;
        BinaryPrimitives.WriteUInt16BigEndian(at, id);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], RecursionDesired);
        at[5] = 1;
        at[11] = (byte)(withOptions ? 1 : 0);
        at = WriteName(at[DnsMessage.HeaderOctets..], name);
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)question.Type);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], DnsMessage.Internet);
        at = at[4..];
        _end = _octets.Length - at.Length;
        if (withOptions)
        {
            // The name of the root, the type, and the size we take; version and flags are zero (RFC 6891 section 6.1.2).
            BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)DnsType.Opt);
            BinaryPrimitives.WriteUInt16BigEndian(at[3..], LargestDatagram);
        }
    }

    /// <summary>The message without the length that TCP puts in front.</summary>
    public ReadOnlyMemory<byte> Octets => _octets;

    /// <summary>True when a message is an answer to this question, good or bad.</summary>
    public bool IsAnsweredBy(ReadOnlySpan<byte> message)
    {
        if (message.Length < DnsMessage.HeaderOctets || !message[..2].SequenceEqual(_octets.AsSpan(0, 2))
            || (message[2] & (ResponseBit | OperationBits)) != ResponseBit)
        {
            return false;
        }

        int questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        // Who cannot read the question cannot repeat it.
        return questions == 0
            ? (message[3] & CodeBits) is not ((int)DnsCode.NoError or (int)DnsCode.NxDomain)
            : questions == 1 && message.Length >= _end
                && Ascii.EqualsIgnoreCase(message[DnsMessage.HeaderOctets.._end], _octets.AsSpan(DnsMessage.HeaderOctets.._end));
    }

    private static Span<byte> WriteName(Span<byte> at, string name)
    {
        foreach (string label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            at[0] = (byte)label.Length;
            at = at[(1 + Encoding.ASCII.GetBytes(label, at[1..]))..];
        }

        return at[1..];
    }
}
