using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>A record whose header was found whole.</summary>
/// <param name="Header">The header.</param>
/// <param name="Offset">Where the record begins.</param>
/// <param name="Meta">The state of an Update; null for other types, which are read when they are needed.</param>
/// <param name="IsMetaWhole">The header or state of the message matches its checksum.</param>
/// <param name="IsEndWhole">The end of the record is where it must be.</param>
internal readonly record struct ScannedRecord(RecordHeader Header, long Offset, byte[]? Meta, bool IsMetaWhole, bool IsEndWhole)
{
    public long End => Offset + Header.RecordLength;

    /// <summary>Where the header stands in the segment's hint; 0 when it was read from the segment.</summary>
    public uint HintAt { get; init; }
}

/// <summary>What a scan found.</summary>
/// <param name="Records">The records with a whole header, in order.</param>
/// <param name="End">Behind the last record.</param>
/// <param name="Proven">Known to have been durable up to here: damage before it is damage to acknowledged records.</param>
/// <param name="IsClosed">The segment ends with its End record.</param>
/// <param name="HasTornTail">A record was begun behind the last whole one.</param>
/// <param name="Gaps">Offset and length of what is no record between records.</param>
internal sealed record SegmentScan(IReadOnlyList<ScannedRecord> Records, long End, long Proven, bool IsClosed, bool HasTornTail, IReadOnlyList<(long Offset, long Length)> Gaps);

/// <summary>Finds the records of a segment by their headers, without reading bodies, and across damage.</summary>
/// <remarks>
/// Cost: reads in windows; what lies between two headers further apart than a window is never read.
/// </remarks>
internal sealed class SegmentScanner(Disk disk)
{
    private const int LargeWindow = 64 * 1024;
    private const int SmallWindow = 4 * 1024;

    private readonly byte[] _window = new byte[LargeWindow];
    private SafeFileHandle _file = null!;
    private long _windowStart;
    private int _windowLength;
    private long _limit;

    /// <summary>Scans a segment.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="stamp">The stamp that its records carry.</param>
    /// <param name="limit">The length of the file, or where the segment was cut.</param>
    public SegmentScan Scan(SafeFileHandle file, ulong stamp, long limit)
    {
        List<ScannedRecord> records = [];
        (_file, _limit, _windowStart, _windowLength) = (file, limit, 0, 0);
        List<(long, long)> gaps = [];
        long position = SegmentHeader.Size;
        long proven = SegmentHeader.Size;
        bool isClosed = false;
        bool tornTail = false;
        while (position < limit)
        {
            if (!TryReadRecord(position, stamp, out ScannedRecord record))
            {
                tornTail = RecordHeader.Claims(Get(position, RecordHeader.Size), stamp);
                long next = FindNext(position + RecordHeader.Alignment, stamp);
                if (next < 0)
                {
                    break;
                }

                gaps.Add((position, next - position));
                position = next;
                continue;
            }

            proven = Math.Max(proven, record.Header.DurableTo);
            records.Add(record);
            position = record.End;
            if (record.Header.Type == RecordType.End)
            {
                isClosed = true;
                break;
            }
        }

        return new SegmentScan(records, Math.Min(position, limit), proven, isClosed, tornTail && !isClosed, gaps);
    }

    private bool TryReadRecord(long position, ulong stamp, out ScannedRecord record)
    {
        record = default;
        if (!RecordHeader.TryRead(Get(position, RecordHeader.Size), stamp, out RecordHeader header))
        {
            return false;
        }

        long end = position + header.RecordLength;
        if (end > _limit)
        {
            // Its rest was never written, or lies in what was cut off.
            return false;
        }

        ReadOnlySpan<byte> meta = Get(position + RecordHeader.Size, header.MetaLength);
        bool isMetaWhole = meta.Length == header.MetaLength && Crc32.HashToUInt32(meta) == header.MetaCrc;
        byte[]? state = header.Type == RecordType.Update && isMetaWhole ? meta.ToArray() : null;
        ReadOnlySpan<byte> trailer = Get(end - RecordHeader.TrailerSize, RecordHeader.TrailerSize);
        bool isEndWhole = trailer.Length == RecordHeader.TrailerSize && BinaryPrimitives.ReadUInt64LittleEndian(trailer) == header.Trailer;
        record = new ScannedRecord(header, position, state, isMetaWhole, isEndWhole);
        return true;
    }

    private long FindNext(long position, ulong stamp)
    {
        ReadOnlySpan<byte> magic = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in LittleEndianMagic));
        while (position < _limit)
        {
            ReadOnlySpan<byte> bytes = Get(position, LargeWindow);
            int at = bytes.IndexOf(magic);
            if (at < 0)
            {
                if (bytes.Length < LargeWindow)
                {
                    return -1;
                }

                // The magic may lie across the end of this window.
                position += bytes.Length - RecordHeader.Alignment;
                continue;
            }

            long candidate = position + at;
            if (candidate % RecordHeader.Alignment == 0 && TryReadRecord(candidate, stamp, out _))
            {
                return candidate;
            }

            position = candidate + 1;
        }

        return -1;
    }

    private static readonly uint LittleEndianMagic = BitConverter.IsLittleEndian
        ? RecordHeader.Magic
        : BinaryPrimitives.ReverseEndianness(RecordHeader.Magic);

    /// <summary>Bytes of the segment, fewer at its end; valid until the next call.</summary>
    private ReadOnlySpan<byte> Get(long position, int count)
    {
        count = (int)Math.Min(count, _limit - position);
        if (count <= 0)
        {
            return default;
        }

        if (position >= _windowStart && position + count <= _windowStart + _windowLength)
        {
            return _window.AsSpan((int)(position - _windowStart), count);
        }

        if (count > LargeWindow)
        {
            byte[] large = new byte[count];
            return large.AsSpan(0, disk.ReadAll(_file, large, position));
        }

        // A jump past the window means large bodies: then reading far ahead would read what is skipped next.
        long jump = position - (_windowStart + _windowLength);
        int size = Math.Max(count, jump is > -LargeWindow and < LargeWindow / 2 ? LargeWindow : SmallWindow);
        size = (int)Math.Min(size, _limit - position);
        _windowStart = position;
        _windowLength = disk.ReadAll(_file, _window.AsSpan(0, size), position);
        return _window.AsSpan(0, Math.Min(count, _windowLength));
    }
}
