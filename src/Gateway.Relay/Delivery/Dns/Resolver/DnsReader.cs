using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gateway.Relay.Delivery.Dns.Resolver;

/// <summary>Reads numbers and names of a DNS message, never beyond its end.</summary>
/// <remarks>
/// Promises: every step ends, whatever the octets say: a compression pointer has to point before all that was read of its name.
/// Fails: <see cref="InvalidDataException"/> for what RFC 1035 does not allow.
/// </remarks>
/// <param name="message">A whole message.</param>
internal ref struct DnsReader(ReadOnlySpan<byte> message)
{
    /// <summary>Octets of a name at most, with the octets of lengths. RFC 1035 section 3.1.</summary>
    private const int LongestName = 255;

    private const int LongestLabel = 63;
    private const int PointerBits = 0xC0;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>The octet that is read next.</summary>
    public int Position { get; private set; }

    /// <summary>Octets that are not read yet.</summary>
    public readonly int Left => _message.Length - Position;

    /// <summary>A number of 16 bits.</summary>
    /// <exception cref="InvalidDataException">The message ends.</exception>
    public int UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    /// <summary>A life in seconds of 32 bits; with the top bit set it counts as zero (RFC 2181 section 8).</summary>
    /// <exception cref="InvalidDataException">The message ends.</exception>
    public TimeSpan Seconds() => TimeSpan.FromSeconds(Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)))));

    /// <summary>As many octets as wanted.</summary>
    /// <exception cref="InvalidDataException">The message ends.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            throw new InvalidDataException("the message ends within a record");
        }

        ReadOnlySpan<byte> taken = _message.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <summary>
    /// A name without the full stop at its end; the root is empty. An octet that is no visible ASCII character, or is a full stop or a
    /// backslash within a label, is written <c>\DDD</c> (RFC 1035 section 5.1), so that no two names look the same.
    /// </summary>
    /// <exception cref="InvalidDataException">The name is too long, is of a kind that does not exist, or points forward.</exception>
    public string Name()
    {
        StringBuilder text = new();
        int octets = 1;
        int at = Position;
        int? end = null;
        int bound = at;
        while (true)
        {
            int length = At(at);
            if (length >= PointerBits)
            {
                end ??= at + 2;
                at = ((length & ~PointerBits) << 8) | At(at + 1);
                bound = at < bound ? at : throw new InvalidDataException("a compressed name points forward");
                continue;
            }

            if (length == 0)
            {
                Position = end ?? at + 1;
                return text.ToString();
            }

            octets += length + 1;
            if (length > LongestLabel || octets > LongestName)
            {
                throw new InvalidDataException("a name is too long");
            }

            AppendLabel(text, at + 1, length);
            at += length + 1;
        }
    }

    private readonly void AppendLabel(StringBuilder text, int at, int length)
    {
        if (text.Length > 0)
        {
            text.Append('.');
        }

        for (int i = at; i < at + length; i++)
        {
            int octet = At(i);
            if (octet is > ' ' and < 0x7F and not '.' and not '\\')
            {
                text.Append((char)octet);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\{octet:000}");
            }
        }
    }

    private readonly int At(int at) => at < _message.Length ? _message[at] : throw new InvalidDataException("the message ends within a name");
}
