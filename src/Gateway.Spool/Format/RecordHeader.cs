using System.Buffers.Binary;
using System.IO.Hashing;

namespace Gateway.Spool.Format;

/// <summary>What a record says.</summary>
internal enum RecordType : byte
{
    /// <summary>A message whose body follows the header.</summary>
    Message = 1,

    /// <summary>A message whose body is the file named by <see cref="RecordHeader.Reference"/>.</summary>
    MessageFile = 2,

    /// <summary>Replaces the state of a message.</summary>
    Update = 3,

    /// <summary>The message is finished; <see cref="RecordHeader.Reference"/> is the segment that held it.</summary>
    Done = 4,

    /// <summary>Nothing follows in this segment.</summary>
    End = 5,

    /// <summary>Written to see whether the disk takes writes; means nothing.</summary>
    Probe = 6,
}

/// <summary>The fixed part in front of every record; docs/spool-format.md is its specification.</summary>
internal readonly record struct RecordHeader
{
    public const int Size = 80;
    public const int TrailerSize = 8;
    public const int Alignment = 8;

    /// <summary>The newest version of the record that is read, and the one that is written.</summary>
    public const byte Version = 1;

    /// <summary>"GWr1" in the byte order of the file.</summary>
    public const uint Magic = 0x31725747;

    private const ulong TrailerSalt = 0x646E65216C6F6F70;

    public required RecordType Type { get; init; }

    /// <summary>The stamp of the segment: random, so that neither a recycled file nor a hostile body can hold a valid record.</summary>
    public required ulong Stamp { get; init; }

    /// <summary>Grows with every record of the spool.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>The sequence of the message's first record: with the id it names the message that a record is about.</summary>
    public ulong Origin { get; init; }

    public ulong Id { get; init; }

    /// <summary>The body file of a <see cref="RecordType.MessageFile"/>, the target segment of a <see cref="RecordType.Done"/>.</summary>
    public ulong Reference { get; init; }

    /// <summary>Bytes of the body, here or in its file.</summary>
    public long BodyLength { get; init; }

    /// <summary>Bytes of the message's header or state.</summary>
    public int MetaLength { get; init; }

    public uint MetaCrc { get; init; }

    public uint BodyCrc { get; init; }

    /// <summary>The segment was known durable up to this offset when the record was written.</summary>
    public uint DurableTo { get; init; }

    public bool IsMessage => Type is RecordType.Message or RecordType.MessageFile;

    /// <summary>Bytes of the body that are in the record itself.</summary>
    public long InlineLength => Type == RecordType.Message ? BodyLength : 0;

    /// <summary>Bytes the whole record takes in the segment.</summary>
    public long RecordLength => LengthOf(MetaLength, InlineLength);

    /// <summary>What the last 8 bytes of the record hold.</summary>
    public ulong Trailer => Sequence ^ Stamp ^ TrailerSalt;

    public static long LengthOf(int metaLength, long inlineLength)
        => Size + ((metaLength + inlineLength + Alignment - 1) & ~(Alignment - 1L)) + TrailerSize;

    /// <summary>Encodes the header with its checksum.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[4] = Version;
        target[5] = (byte)Type;
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Stamp);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Origin);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Id);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Reference);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], BodyLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[56..], MetaLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], MetaCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[64..], BodyCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(target[68..], DurableTo);
        BinaryPrimitives.WriteUInt32LittleEndian(target[72..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(target[76..], Crc32.HashToUInt32(target[..76]));
    }

    /// <summary>Decodes a header of the segment with this stamp; false when there is none, or a damaged one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ulong stamp, out RecordHeader header)
    {
        header = default;
        if (source.Length < Size || !Claims(source, stamp) || source[4] is 0 or > Version
            || BinaryPrimitives.ReadUInt32LittleEndian(source[76..]) != Crc32.HashToUInt32(source[..76]))
        {
            return false;
        }

        header = new RecordHeader
        {
            Type = (RecordType)source[5],
            Stamp = stamp,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Origin = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            Id = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            Reference = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BodyLength = BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            MetaLength = BinaryPrimitives.ReadInt32LittleEndian(source[56..]),
            MetaCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[60..]),
            BodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(source[64..]),
            DurableTo = BinaryPrimitives.ReadUInt32LittleEndian(source[68..]),
        };
        return header is { MetaLength: >= 0, BodyLength: >= 0 };
    }

    /// <summary>A record of this segment was meant to begin here, whole or not.</summary>
    public static bool Claims(ReadOnlySpan<byte> source, ulong stamp)
        => source.Length >= 16 && BinaryPrimitives.ReadUInt32LittleEndian(source) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(source[8..]) == stamp;
}
