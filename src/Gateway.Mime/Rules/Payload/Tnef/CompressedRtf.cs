using System.Buffers.Binary;

namespace Gateway.Mime.Rules.Payload.Tnef;

/// <summary>Checks the header of compressed RTF against the octets behind it, as they pass.</summary>
/// <remarks>Source: MS-OXRTFCP 2.1.3.1: COMPSIZE, RAWSIZE, COMPTYPE, CRC, then the content. Cost: one CRC over the value.</remarks>
internal struct CompressedRtf
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderLength = 16;

    private const uint Compressed = 0x75465A4C;
    private const uint Uncompressed = 0x414C454D;

    private uint _announced;
    private uint _state;

    /// <summary>What is wrong, or null so far.</summary>
    public string? Flaw { get; private set; }

    /// <summary>Reads the header of a value of so many octets.</summary>
    public void Start(ReadOnlySpan<byte> header, int length)
    {
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint raw = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        uint kind = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        _announced = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        _state = 0;
        if (kind is not (Compressed or Uncompressed))
        {
            Flaw = "compressed RTF of an unknown kind";
        }
        else if (size != length - 4)
        {
            Flaw = "compressed RTF whose size does not fit";
        }
        else if (kind == Uncompressed && raw > size)
        {
            Flaw = "uncompressed RTF shorter than it says";
        }

        // The checksum of uncompressed RTF is not set.
        IsCompressed = kind == Compressed;
    }

    /// <summary>Octets behind the header count for the checksum.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>Takes the next octets behind the header.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            _state = (_state >> 8) ^ Table[(byte)(_state ^ octet)];
        }
    }

    /// <summary>The value is over.</summary>
    public void Finish() => Flaw ??= IsCompressed && _state != _announced ? "compressed RTF with a wrong checksum" : null;

    /// <summary>The usual CRC-32, but started at zero and not inverted.</summary>
    private static readonly uint[] Table = MakeTable();

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) == 0 ? 0 : 0xEDB88320);
            }

            table[i] = value;
        }

        return table;
    }
}
