using System.Buffers.Binary;
using System.Text;

namespace Gateway.TestKit;

/// <summary>One question that a <see cref="ScriptedDnsServer"/> got.</summary>
/// <param name="Octets">The whole message, without the length that TCP puts in front.</param>
/// <param name="ByTcp">It came over TCP.</param>
public sealed record DnsAsked(byte[] Octets, bool ByTcp)
{
    private const int Header = 12;

    /// <summary>The number by which the asker knows the answer.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    /// <summary>The asker knows EDNS.</summary>
    public bool WithOptions => Octets[11] > 0;

    /// <summary>The name in small letters.</summary>
    public string Name
    {
        get
        {
            List<string> labels = [];
            for (int at = Header; Octets[at] != 0; at += 1 + Octets[at])
            {
                labels.Add(Encoding.ASCII.GetString(Octets, at + 1, Octets[at]));
            }

            return string.Join('.', labels).ToLowerInvariant();
        }
    }

    /// <summary>The type, such as 15 for MX.</summary>
    public int Type => BinaryPrimitives.ReadUInt16BigEndian(Question.AsSpan(Question.Length - 4));

    /// <summary>Name, type and class as they came.</summary>
    public byte[] Question => Octets[Header..(Array.IndexOf(Octets, (byte)0, Header) + 5)];

    /// <summary>As <c>MX example.org</c>.</summary>
    public override string ToString() => $"{Type switch { DnsWire.A => "A", DnsWire.Mx => "MX", DnsWire.Aaaa => "AAAA", _ => "?" }} {Name}";
}
