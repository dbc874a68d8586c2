using System.Buffers.Binary;
using System.IO.Hashing;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>The file beside a closed segment that repeats the headers of its records without the bodies, so that a start need not read the segment.</summary>
/// <remarks>
/// Promises: says what a scan of the segment says, or nothing. It is made once, of a segment that does not change any more, from a scan that found no
/// fault; its name carries the stamp of the segment, and its head the checksum of all of it. Where it is missing, torn or of another version, the segment is read.
/// Cost: an eighth of the segment for mail of 4 KB. It is never flushed: what a power loss takes of it is made again.
/// Source: the hint files of Bitcask; docs/spool-format.md has the layout.
/// </remarks>
internal static class SegmentHint
{
    /// <summary>The newest version that is read, and the one that is written.</summary>
    public const uint Version = 1;

    private const int HeadSize = 48;
    private const int OffsetSize = 8;
    private const int LongestMeta = 64 * 1024 * 1024;

    private static ReadOnlySpan<byte> Magic => "GWHINT\n\0"u8;

    /// <summary>Writes the hint of a segment; false when a scan of it is not without fault, so that it has to be read at each start.</summary>
    /// <exception cref="DiskException">It cannot be written; what is there of it does not count.</exception>
    public static bool TryWrite(Disk disk, SpoolPaths paths, Segment segment, SegmentScan scan)
    {
        if (!scan.IsClosed || scan.Gaps.Count > 0 || !scan.Records.All(r => r.IsMetaWhole && r.IsEndWhole))
        {
            return false;
        }

        string path = paths.Hint(segment.Name);
        disk.Delete(path);
        using SafeFileHandle file = disk.Open(path, create: true);
        byte[] buffer = new byte[1024 * 1024];
        long at = HeadSize;
        int filled = 0;
        Crc32 checksum = new();
        foreach (ScannedRecord record in scan.Records)
        {
            int length = LengthOf(record.Header);
            if (buffer.Length - filled < length)
            {
                disk.WriteAll(file, buffer.AsSpan(0, filled), at);
                checksum.Append(buffer.AsSpan(0, filled));
                at += filled;
                filled = 0;
                buffer = buffer.Length >= length ? buffer : new byte[length];
            }

            Span<byte> entry = buffer.AsSpan(filled, length);
            BinaryPrimitives.WriteInt64LittleEndian(entry, record.Offset);
            int repeated = length - OffsetSize;
            if (disk.ReadAll(segment.File, entry[OffsetSize..], record.Offset) < repeated)
            {
                return false;
            }

            filled += length;
        }

        disk.WriteAll(file, buffer.AsSpan(0, filled), at);
        checksum.Append(buffer.AsSpan(0, filled));

        // Last, so that what was begun and not ended is no hint.
        Span<byte> head = stackalloc byte[HeadSize];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], scan.Records.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], segment.Name.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(head[24..], segment.Name.Stamp);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], at + filled);
        BinaryPrimitives.WriteUInt32LittleEndian(head[40..], checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(head[44..], Crc32.HashToUInt32(head[..44]));
        disk.WriteAll(file, head, 0);
        return true;
    }

    /// <summary>Reads the hint of a segment instead of the segment, and leaves it open there for its headers; null when there is none that counts.</summary>
    /// <remarks>Fails: never; whatever is wrong with it, the segment is there.</remarks>
    public static SegmentScan? TryRead(Disk disk, SpoolPaths paths, Segment segment)
    {
        SafeFileHandle? file = null;
        try
        {
            file = disk.OpenToRead(paths.Hint(segment.Name));
            if (Read(disk, file, segment) is { } scan)
            {
                segment.Hint = file;
                file = null;
                return scan;
            }
        }
        catch (DiskException)
        {
            // None, or one that the device does not give.
        }
        finally
        {
            file?.Dispose();
        }

        return null;
    }

    private static SegmentScan? Read(Disk disk, SafeFileHandle file, Segment segment)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        if (disk.ReadAll(file, head, 0) < HeadSize || !head.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(head[44..]) != Crc32.HashToUInt32(head[..44])
            || BinaryPrimitives.ReadUInt64LittleEndian(head[16..]) != segment.Name.Number
            || BinaryPrimitives.ReadUInt64LittleEndian(head[24..]) != segment.Name.Stamp
            || BinaryPrimitives.ReadInt64LittleEndian(head[32..]) is not (>= HeadSize and <= uint.MaxValue and long end))
        {
            return null;
        }

        List<ScannedRecord> records = new(BinaryPrimitives.ReadInt32LittleEndian(head[12..]));
        Crc32 checksum = new();
        byte[] window = new byte[256 * 1024];
        int from = 0;
        int until = 0;
        for (long at = HeadSize; at < end;)
        {
            ReadOnlySpan<byte> entry = Fill(RecordHeader.Size + OffsetSize);
            if (!RecordHeader.TryRead(entry.Length > OffsetSize ? entry[OffsetSize..] : [], segment.Name.Stamp, out RecordHeader header) || header.MetaLength > LongestMeta)
            {
                return null;
            }

            int length = LengthOf(header);
            entry = Fill(length);
            if (entry.Length < length)
            {
                return null;
            }

            checksum.Append(entry);
            byte[]? state = header.Type == RecordType.Update ? entry[(OffsetSize + RecordHeader.Size)..length].ToArray() : null;
            records.Add(new ScannedRecord(header, BinaryPrimitives.ReadInt64LittleEndian(entry), state, IsMetaWhole: true, IsEndWhole: true)
            {
                HintAt = (uint)(at + OffsetSize),
            });
            from += length;
            at += length;

            ReadOnlySpan<byte> Fill(int count)
            {
                if (until - from < count)
                {
                    byte[] next = count > window.Length ? new byte[count] : window;
                    int kept = until - from;
                    window.AsSpan(from, kept).CopyTo(next);
                    int wanted = (int)Math.Min(next.Length - kept, end - at - kept);
                    until = kept + disk.ReadAll(file, next.AsSpan(kept, wanted), at + kept);
                    (window, from) = (next, 0);
                }

                return window.AsSpan(from, Math.Min(count, until - from));
            }
        }

        long last = records.Count > 0 ? records[^1].End : 0;
        return records.Count > 0 && checksum.GetCurrentHashAsUInt32() == BinaryPrimitives.ReadUInt32LittleEndian(head[40..]) && records[^1].Header.Type == RecordType.End && last <= segment.Capacity
            ? new SegmentScan(records, last, last, IsClosed: true, HasTornTail: false, [])
            : null;
    }

    private static int LengthOf(in RecordHeader header) => OffsetSize + RecordHeader.Size + header.MetaLength;
}
