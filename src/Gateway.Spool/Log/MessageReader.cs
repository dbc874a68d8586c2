using System.IO.Hashing;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

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
        SpoolEntry entry = Pin(id, out RecordPlace place);
        try
        {
            int length = RecordHeader.Size + entry.HeaderLength;
            if (buffer.Length < length)
            {
                buffer = GC.AllocateUninitializedArray<byte>(length);
            }

            Span<byte> bytes = buffer.AsSpan(0, length);
            bool isWhole = (place is { HintAt: > 0, Segment.Hint: { } hint } && IsHeader(id, place, hint, place.HintAt, bytes))
                || IsHeader(id, place, place.Segment.File, place.Offset, bytes);
            return isWhole
                ? bytes[RecordHeader.Size..]
                : throw new SpoolCorruptException(id, $"the header of {id} at {place.Segment.Name}+{place.Offset} does not match its checksum");
        }
        finally
        {
            Unpin(place.Segment);
        }
    }

    private bool IsHeader(SpoolId id, in RecordPlace place, SafeFileHandle file, long offset, Span<byte> bytes)
        => disk.ReadAll(file, bytes, offset) == bytes.Length && RecordHeader.TryRead(bytes, place.Segment.Name.Stamp, out RecordHeader record)
            && record.Id == id.Value && Crc32.HashToUInt32(bytes[RecordHeader.Size..]) == record.MetaCrc;

    /// <summary>Opens the body of a live message.</summary>
    /// <param name="id">The message.</param>
    /// <param name="asItIs">A body that does not match its checksum is opened all the same, as far as it is there.</param>
    public SpoolBody OpenBody(SpoolId id, bool asItIs = false)
    {
        SpoolEntry entry = Pin(id, out RecordPlace place);
        SpoolBody body;
        if (entry.HasOwnFile)
        {
            Unpin(place.Segment);
            body = OpenFile(entry);
        }
        else
        {
            body = new SpoolBody(disk, place.Segment, place.Offset + RecordHeader.Size + entry.HeaderLength, entry.BodyLength, Unpin);
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

    private SpoolEntry Pin(SpoolId id, out RecordPlace place)
        => index.Pin(id, out place) ?? throw new InvalidOperationException($"message {id} is not in the spool");

    private void Unpin(Segment segment)
    {
        if (index.Unpin(segment))
        {
            segmentDied?.Invoke();
        }
    }
}
