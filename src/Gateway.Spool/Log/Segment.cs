using Gateway.Spool.Format;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Log;

/// <summary>One file of the log, open for its whole life, with the counts that say when nothing needs it any more.</summary>
/// <remarks>
/// Threads: the position belongs to the commit thread; the counts are guarded by the lock of <see cref="SpoolIndex"/>;
/// the extent that is already filled with zeros has its own lock, shared by the commit thread and the housekeeper.
/// </remarks>
internal sealed class Segment : IDisposable
{
    private readonly Lock _fillGate = new();
    private long _filledTo;

    public Segment(SegmentName name, string path, SafeFileHandle file, long capacity, long filledTo)
    {
        Name = name;
        Path = path;
        File = file;
        Capacity = capacity;
        _filledTo = filledTo;
        Position = SegmentHeader.Size;
        DurableTo = SegmentHeader.Size;
    }

    public SegmentName Name { get; }

    public ulong Number => Name.Number;

    public string Path { get; }

    public SafeFileHandle File { get; }

    /// <summary>Bytes the file may grow to.</summary>
    public long Capacity { get; }

    /// <summary>Where the next record goes. Commit thread only.</summary>
    public long Position { get; set; }

    /// <summary>Known durable up to here. Commit thread only.</summary>
    public long DurableTo { get; set; }

    /// <summary>Bytes left for records, the end record set aside. Commit thread only.</summary>
    public long Room => Capacity - Position - RecordHeader.LengthOf(0, 0);

    /// <summary>Its name is gone from the directory, though perhaps not durably. Housekeeper only.</summary>
    public bool IsUnlinked { get; set; }

    /// <summary>Its file was kept as a spare. Housekeeper only.</summary>
    public bool IsSpare { get; set; }

    /// <summary>Its hint, when recovery read that instead; messages' headers are read from there, where they lie close.</summary>
    public SafeFileHandle? Hint { get; set; }

    /// <summary>A hint of it was written or read, or cannot be. Housekeeper only.</summary>
    public bool IsHinted { get; set; }

    /// <summary>Records that recovery found in it, of any kind.</summary>
    public int Scanned { get; set; }

    /// <summary>How recovery found its end.</summary>
    public SegmentEnding Ending { get; set; }

    // The fields below are guarded by the lock of SpoolIndex.

    /// <summary>Nothing is appended any more.</summary>
    public bool IsSealed { get; set; }

    /// <summary>When it was sealed, as a timestamp of the time provider.</summary>
    public long SealedAt { get; set; }

    /// <summary>Nothing needs it; it is on its way out, or gone.</summary>
    public bool IsDead { get; set; }

    /// <summary>Its file is durably gone, or is another segment's now.</summary>
    public bool HasVanished { get; set; }

    /// <summary>What is left in it is being moved.</summary>
    public bool IsEvacuating { get; set; }

    /// <summary>It was tried once; what is left, damaged as it may be, is tried again only after a rest.</summary>
    public bool WasEvacuated { get; set; }

    /// <summary>Records that a live message needs: its own record, or its newest state.</summary>
    public int Live { get; set; }

    /// <summary>Bytes of those records.</summary>
    public long LiveBytes { get; set; }

    /// <summary>Records here that keep something in an older, still existing segment from coming back to life.</summary>
    public int Tombstones { get; set; }

    /// <summary>Readers that have a body of it open.</summary>
    public int Pins { get; set; }

    /// <summary>The segments that hold tombstones for records of this one, and how many; they may not vanish before it.</summary>
    public Dictionary<Segment, int> BuriedIn { get; } = [];

    public bool IsNeeded => !IsSealed || Live > 0 || Tombstones > 0 || Pins > 0;

    /// <summary>Bytes of the file that exist.</summary>
    public long FilledTo
    {
        get
        {
            lock (_fillGate)
            {
                return _filledTo;
            }
        }
    }

    /// <summary>Tells that the commit thread is about to write up to here, so that no zeros are written over it.</summary>
    public void ClaimForWrite(long end)
    {
        lock (_fillGate)
        {
            _filledTo = Math.Max(_filledTo, end);
        }
    }

    /// <summary>Writes zeros behind what exists, at most up to the limit; false when there was nothing to do.</summary>
    /// <remarks>The lock is held while zeros go to the page cache (a fraction of a millisecond), never during the flush.</remarks>
    public bool FillZeros(Disk disk, SafeFileHandle file, ReadOnlySpan<byte> zeros, long limit)
    {
        lock (_fillGate)
        {
            long count = Math.Min(Math.Min(limit, Capacity) - _filledTo, zeros.Length);
            if (count <= 0)
            {
                return false;
            }

            disk.WriteAll(file, zeros[..(int)count], _filledTo);
            _filledTo += count;
            return true;
        }
    }

    public void Dispose()
    {
        File.Dispose();
        Hint?.Dispose();
    }
}
