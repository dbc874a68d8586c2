using System.Buffers.Binary;
using System.IO.Hashing;

namespace Gateway.Spool.Format;

/// <summary>Where a segment was cut off because a write or fsync in it failed: nothing at or beyond the offset counts.</summary>
internal readonly record struct SegmentCut(ulong Number, ulong Stamp, long Offset);

/// <summary>The first page of a segment: the format version, and where older segments were cut.</summary>
/// <remarks>
/// The cuts of all segments that still exist are repeated in every segment that is opened after them, so the one
/// page that is written before anything else in a fresh segment also cancels, in one write, all that was half-written in
/// the failed one.
/// </remarks>
internal sealed record SegmentHeader(uint Version, SegmentName Name, IReadOnlyList<SegmentCut> Cuts)
{
    public const int Size = 4096;

    /// <summary>The format that is written, and the newest that is read.</summary>
    public const uint CurrentVersion = 1;

    public const int MaximumCuts = (Size - FixedSize) / CutSize;

    private const int FixedSize = 48;
    private const int CutSize = 24;
    private const int CrcOffset = 44;

    private static ReadOnlySpan<byte> Magic => "GWSPOOL\n"u8;

    public void Write(Span<byte> page)
    {
        page[..Size].Clear();
        Magic.CopyTo(page);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], Size);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], Name.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(page[24..], Name.Stamp);
        int count = Math.Min(Cuts.Count, MaximumCuts);
        BinaryPrimitives.WriteInt32LittleEndian(page[32..], count);
        for (int i = 0; i < count; i++)
        {
            // The newest cuts are the last ones and the ones that matter most.
            SegmentCut cut = Cuts[Cuts.Count - count + i];
            Span<byte> slot = page.Slice(FixedSize + (i * CutSize), CutSize);
            BinaryPrimitives.WriteUInt64LittleEndian(slot, cut.Number);
            BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], cut.Stamp);
            BinaryPrimitives.WriteInt64LittleEndian(slot[16..], cut.Offset);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(page[CrcOffset..], Crc32.HashToUInt32(page[..Size]));
    }

    /// <summary>Decodes a first page; null when it is not one, or damaged. A page of a newer version is returned without its cuts.</summary>
    public static SegmentHeader? Read(ReadOnlySpan<byte> page)
    {
        if (page.Length < Size || !page.StartsWith(Magic))
        {
            return null;
        }

        Span<byte> copy = stackalloc byte[Size];
        page[..Size].CopyTo(copy);
        copy.Slice(CrcOffset, 4).Clear();
        if (BinaryPrimitives.ReadUInt32LittleEndian(page[CrcOffset..]) != Crc32.HashToUInt32(copy))
        {
            return null;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(page[8..]);
        SegmentName name = new(BinaryPrimitives.ReadUInt64LittleEndian(page[16..]), BinaryPrimitives.ReadUInt64LittleEndian(page[24..]));
        int count = version > CurrentVersion ? 0 : Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(page[32..]), 0, MaximumCuts);
        SegmentCut[] cuts = new SegmentCut[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> slot = page.Slice(FixedSize + (i * CutSize), CutSize);
            cuts[i] = new SegmentCut(
                BinaryPrimitives.ReadUInt64LittleEndian(slot),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[16..]));
        }

        return new SegmentHeader(version, name, cuts);
    }
}
