using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>Has a fresh segment ready when the commit thread needs one, made of a spare file when there is one.</summary>
/// <remarks>
/// Promises: a segment is handed out only when its name and its first page are durable, so a record in it can never be lost
/// with its file.
/// Threads: the commit thread takes, the housekeeper prepares and fills.
/// </remarks>
internal sealed class SegmentSupply(Disk disk, string directory, long segmentBytes, ulong nextNumber) : IDisposable
{
    /// <summary>Spare files that are kept for recycling.</summary>
    public const int MaximumSpares = 4;

    private const long FillAhead = 8 * 1024 * 1024;
    private const long FillWhenBelow = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<string> _spares = new();
    private readonly List<SegmentCut> _cuts = [];
    private readonly byte[] _zeros = new byte[1024 * 1024];
    private ulong _nextNumber = nextNumber;
    private Segment? _ready;
    private int _readyCuts;
    private bool _closed;

    /// <summary>Takes over what an earlier process left: spare files, and the cuts of segments that still exist.</summary>
    public void Adopt(IReadOnlyList<DiskFile> spares, IReadOnlyList<SegmentCut> cuts)
    {
        lock (_gate)
        {
            _cuts.AddRange(cuts);
            foreach (DiskFile spare in spares)
            {
                string path = Path.Combine(directory, spare.Name);
                if (spare.Length == segmentBytes && _spares.Count < MaximumSpares)
                {
                    _spares.Enqueue(path);
                }
                else
                {
                    disk.Delete(path);
                }
            }
        }
    }

    /// <summary>A segment failed; all segments handed out from now on say so.</summary>
    public void AddCut(SegmentCut cut)
    {
        lock (_gate)
        {
            _cuts.Add(cut);
        }
    }

    /// <summary>The next segment, ready to be written. Commit thread only.</summary>
    public Segment Take()
    {
        lock (_gate)
        {
            Segment segment = _ready ?? Make();
            _ready = null;
            if (_readyCuts != _cuts.Count)
            {
                try
                {
                    WriteHeader(segment.File, segment.Name);
                    disk.FlushData(segment.File);
                }
                catch (DiskException)
                {
                    segment.Dispose();
                    throw;
                }
            }

            return segment;
        }
    }

    /// <summary>Makes the next segment if none is ready. Housekeeper only.</summary>
    public void Prepare()
    {
        Segment ready;
        lock (_gate)
        {
            if (_closed || _ready is not null)
            {
                return;
            }

            _ready = ready = Make();
        }

        // The commit thread may have taken it by now; filling goes beside writing.
        Fill(ready);
    }

    /// <summary>Writes zeros ahead of the position, so that a commit's fdatasync has no metadata to write. Housekeeper only.</summary>
    /// <remarks>
    /// Through a descriptor of its own: the kernel reports a failed write-back once per descriptor, and the commit thread
    /// must not miss it because the housekeeper heard it first.
    /// </remarks>
    public void Fill(Segment segment)
    {
        if (!NeedsFill(segment))
        {
            return;
        }

        using SafeFileHandle file = disk.Open(segment.Path, create: false);
        bool filled = false;
        while (segment.FillZeros(disk, file, _zeros, segment.Position + FillAhead))
        {
            filled = true;
        }

        if (filled)
        {
            disk.FlushData(file);
        }
    }

    public static bool NeedsFill(Segment segment)
    {
        long filled = segment.FilledTo;
        return filled < segment.Capacity && filled - segment.Position < FillWhenBelow;
    }

    /// <summary>Removes a dead segment's file, or keeps it as a spare; durable when it returns. Housekeeper only.</summary>
    public void Retire(Segment segment)
    {
        bool keep;
        string spare;
        lock (_gate)
        {

            // A file that failed once is not written again.
            keep = segment.FilledTo == segmentBytes && _spares.Count < MaximumSpares && !_cuts.Exists(cut => cut.Number == segment.Number);
            spare = Path.Combine(directory, SegmentName.SparePrefix + segment.Name);
        }

        // Each step is done once, however often a later one fails.
        if (!segment.IsUnlinked)
        {
            if (keep)
            {
                disk.Rename(segment.Path, spare);
            }
            else
            {
                disk.Delete(segment.Path);
            }

            segment.IsUnlinked = true;
            segment.IsSpare = keep;
        }

        disk.FlushDirectory(directory);
        segment.Dispose();
        lock (_gate)
        {
            _ = _cuts.RemoveAll(cut => cut.Number == segment.Number);
            if (segment.IsSpare)
            {
                _spares.Enqueue(spare);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _ready?.Dispose();
            _ready = null;
        }
    }

    private Segment Make()
    {
        SegmentName name = new(_nextNumber++, NewStamp());
        string path = Path.Combine(directory, name.ToString());
        bool recycled = _spares.TryDequeue(out string? spare);
        SafeFileHandle? file = null;
        try
        {
            if (recycled)
            {
                disk.Rename(spare!, path);
            }

            file = disk.Open(path, create: !recycled);
            WriteHeader(file, name);
            disk.FlushData(file);
            disk.FlushDirectory(directory);
            return new Segment(name, path, file, segmentBytes, recycled ? segmentBytes : SegmentHeader.Size);
        }
        catch (DiskException)
        {
            file?.Dispose();
            TryDelete(path);
            throw;
        }
    }

    private void WriteHeader(SafeFileHandle file, SegmentName name)
    {
        Span<byte> page = stackalloc byte[SegmentHeader.Size];
        new SegmentHeader(SegmentHeader.CurrentVersion, name, _cuts).Write(page);
        disk.WriteAll(file, page, 0);
        _readyCuts = _cuts.Count;
    }

    private void TryDelete(string path)
    {
        try
        {
            disk.Delete(path);
        }
        catch (DiskException)
        {
            // An empty segment is no harm; the next start removes it.
        }
    }

    private static ulong NewStamp()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
