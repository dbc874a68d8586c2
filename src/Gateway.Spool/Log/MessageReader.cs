using System.IO.Hashing;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;

namespace Gateway.Spool.Log;

/// <summary>Reads headers and bodies of live messages, and compares them with their checksums.</summary>
/// <param name="disk">The file system.</param>
/// <param name="paths">Where the files are.</param>
/// <param name="index">What is live.</param>
/// <param name="segmentDied">Called when the end of a reading made a segment dead; may be null.</param>
internal sealed class MessageReader(Disk disk, SpoolPaths paths, SpoolIndex index, Action? segmentDied)
{
    /// <summary>Reads the header of a live message into a buffer, which is replaced when it is too short.</summary>
    public ReadOnlySpan<byte> ReadHeader(SpoolId id, ref byte[] buffer)
    {
        SpoolEntry entry = Pin(id, out Segment segment, out long offset);
        try
        {
            int length = RecordHeader.Size + entry.HeaderLength;
            if (buffer.Length < length)
            {
                buffer = GC.AllocateUninitializedArray<byte>(length);
            }

            Span<byte> bytes = buffer.AsSpan(0, length);
            int read = disk.ReadAll(segment.File, bytes, offset);
            if (read < bytes.Length || !RecordHeader.TryRead(bytes, segment.Name.Stamp, out RecordHeader record) || record.Id != id.Value
                || Crc32.HashToUInt32(bytes[RecordHeader.Size..]) != record.MetaCrc)
            {
                throw new SpoolCorruptException(id, $"the header of {id} at {segment.Name}+{offset} does not match its checksum");
            }

            return bytes[RecordHeader.Size..];
        }
        finally
        {
            Unpin(segment);
        }
    }

    /// <summary>Opens the body of a live message.</summary>
    /// <param name="id">The message.</param>
    /// <param name="asItIs">A body that does not match its checksum is opened all the same, as far as it is there.</param>
    public SpoolBody OpenBody(SpoolId id, bool asItIs = false)
    {
        SpoolEntry entry = Pin(id, out Segment segment, out long offset);
        SpoolBody body;
        if (entry.HasOwnFile)
        {
            Unpin(segment);
            body = OpenFile(entry);
        }
        else
        {
            body = new SpoolBody(disk, segment, offset + RecordHeader.Size + entry.HeaderLength, entry.BodyLength, Unpin);
        }

        try
        {
            if (!asItIs && !entry.IsVerified && !BodyCheck.Matches(disk, body.Handle, body.Offset, body.Length, entry.BodyCrc))
            {
                throw new SpoolCorruptException(id, $"the body of {id} does not match its checksum");
            }

            entry.IsVerified |= !asItIs;
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private SpoolBody OpenFile(SpoolEntry entry)
    {
        try
        {
            return new SpoolBody(disk, disk.Open(paths.Body(entry.BodyFile), create: false), entry.BodyLength);
        }
        catch (DiskException fault) when (fault.Errno == Errno.NoEntry)
        {
            throw new SpoolCorruptException(entry.Id, $"the body file of {entry.Id} is missing");
        }
    }

    private SpoolEntry Pin(SpoolId id, out Segment segment, out long offset)
        => index.Pin(id, out segment, out offset) ?? throw new InvalidOperationException($"message {id} is not in the spool");

    private void Unpin(Segment segment)
    {
        if (index.Unpin(segment))
        {
            segmentDied?.Invoke();
        }
    }
}
