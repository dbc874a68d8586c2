using System.Buffers;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Lays the records of a batch into the segment: small ones through one buffer, large bodies straight from the caller.</summary>
/// <remarks>
/// A batch is padded with zeros to the end of its page. The next batch begins right behind its last record, not behind the
/// padding; but since every page is written whole the first time, the kernel never has to read one in order to change it.
/// Threads: commit thread only.
/// </remarks>
internal sealed class BatchWriter(Disk disk)
{
    private const int Page = 4096;
    private const int BufferBytes = 1024 * 1024;
    private const int WriteDirectFrom = 64 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes + Page, pinned: true);
    private Segment _segment = null!;
    private long _start;
    private int _used;

    /// <summary>Where the next byte goes in the segment.</summary>
    public long Position => _start + _used;

    public void Begin(Segment segment)
    {
        _segment = segment;
        _start = segment.Position;
        _used = 0;
    }

    public void Append(in RecordHeader header, ReadOnlySpan<byte> meta, in ReadOnlySequence<byte> body)
    {
        long end = Position + header.RecordLength;
        Span<byte> fixedPart = stackalloc byte[RecordHeader.Size];
        header.Write(fixedPart);
        Copy(fixedPart);
        Copy(meta);
        if (header.InlineLength > 0)
        {
            if (body.IsSingleSegment)
            {
                Copy(body.FirstSpan);
            }
            else
            {
                foreach (ReadOnlyMemory<byte> part in body)
                {
                    Copy(part.Span);
                }
            }
        }

        Span<byte> tail = stackalloc byte[RecordHeader.TrailerSize + RecordHeader.Alignment];
        tail.Clear();
        int padding = (int)(end - Position) - RecordHeader.TrailerSize;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(tail[padding..], header.Trailer);
        Copy(tail[..(padding + RecordHeader.TrailerSize)]);
    }

    /// <summary>Writes what is buffered; the segment's position stays where it was.</summary>
    public void Finish()
    {
        int padding = (int)(-Position & (Page - 1));
        _buffer.AsSpan(_used, padding).Clear();
        Write(_buffer.AsSpan(0, _used + padding));
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= WriteDirectFrom)
        {
            Drain();
            Write(bytes);
            _start += bytes.Length;
            return;
        }

        if (bytes.Length > BufferBytes - _used)
        {
            Drain();
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Drain()
    {
        Write(_buffer.AsSpan(0, _used));
        _start += _used;
        _used = 0;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        _segment.ClaimForWrite(_start + bytes.Length);
        disk.WriteAll(_segment.File, bytes, _start);
    }
}
