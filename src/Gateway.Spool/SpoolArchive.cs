using Gateway.Spool.Log;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool;

/// <summary>A spool that no process has open, to be looked at and copied from: nothing in its directory is changed.</summary>
/// <remarks>
/// Promises: finds what a start would find, by the same code, and takes the directory's lock, so that no start comes between. Bytes that the
/// device cannot read are damage here, where a start would refuse. Works on a volume that is mounted read-only.
/// Threads: any. Cost: as a start, about 150 bytes of memory for each message.
/// </remarks>
public sealed class SpoolArchive : IDisposable
{
    private readonly ReadOnlyDisk _disk;
    private readonly SpoolPaths _paths;
    private readonly SpoolIndex _index;
    private readonly MessageReader _reader;
    private readonly SafeFileHandle? _lock;

    private SpoolArchive(ReadOnlyDisk disk, SpoolPaths paths, SpoolIndex index, SafeFileHandle? held, RecoveryReport recovery)
    {
        _disk = disk;
        _paths = paths;
        _index = index;
        _lock = held;
        _reader = new MessageReader(disk, paths, index, segmentDied: null);
        Recovery = recovery;
        Entries = index.Snapshot();
    }

    /// <summary>Where it is.</summary>
    public string Directory => _paths.Root;

    /// <summary>What a start would find; <see cref="RecoveryReport.OrphanFiles"/> are those it would remove.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>The live messages in the order of commits.</summary>
    public IReadOnlyList<SpoolEntry> Entries { get; }

    /// <summary>Bytes that the device did not give so far, each time they were asked for.</summary>
    public long UnreadableBytes => _disk.Unreadable;

    /// <summary>The segments, oldest first.</summary>
    public IReadOnlyList<SpoolSegment> Segments =>
    [
        .. _index.Segments().Select(s => new SpoolSegment(
            s.Name.ToString(), s.Capacity, s.Position, s.Scanned, s.Live, s.LiveBytes, s.Tombstones, s.Ending)),
    ];

    /// <summary>Bodies that have their own file, live or not.</summary>
    public IReadOnlyList<DiskFile> BodyFiles => [.. _disk.List(_paths.Large).Where(f => SpoolPaths.TryParseBody(f.Name, out _))];

    /// <summary>Segment files that are kept to be written again.</summary>
    public IReadOnlyList<DiskFile> Spares => [.. _disk.List(_paths.Log).Where(f => f.Name.StartsWith(Format.SegmentName.SparePrefix, StringComparison.Ordinal))];

    /// <summary>Opens a spool to look at it.</summary>
    /// <param name="directory">The spool's own directory, with <c>log/</c> in it.</param>
    /// <param name="time">Measures how long it takes.</param>
    /// <param name="disk">The file system; the real one when null.</param>
    /// <param name="cancellation">Ends the reading between two segments.</param>
    /// <exception cref="SpoolOpenException">It is no spool, a process has it, or a newer version wrote it.</exception>
    /// <exception cref="DiskException">A file cannot be opened.</exception>
    public static SpoolArchive Open(string directory, TimeProvider time, Disk? disk = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ReadOnlyDisk reading = new(disk ?? PosixDisk.Instance);
        SpoolPaths paths = new(Path.GetFullPath(directory));
        if (!System.IO.Directory.Exists(paths.Log))
        {
            throw new SpoolOpenException($"{paths.Root} is no spool: it has no directory log.");
        }

        SafeFileHandle? held = Lock(reading, paths);
        SpoolIndex index = new();
        try
        {
            return new SpoolArchive(reading, paths, index, held, new Recovery(reading, paths, index, time, byHints: false).Run(cancellation));
        }
        catch
        {
            Array.ForEach(index.Segments(), static segment => segment.Dispose());
            held?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the header of a live message.</summary>
    /// <exception cref="SpoolCorruptException">It does not match its checksum.</exception>
    public ReadOnlyMemory<byte> ReadHeader(SpoolId id)
    {
        byte[] bytes = [];
        return _reader.ReadHeader(id, ref bytes).ToArray();
    }

    /// <summary>Opens the body of a live message.</summary>
    /// <param name="id">The message.</param>
    /// <param name="asItIs">Opens also a damaged one, as far as it is there.</param>
    /// <exception cref="SpoolCorruptException">It does not match its checksum and is not wanted as it is, or its file is missing.</exception>
    public SpoolBody OpenBody(SpoolId id, bool asItIs = false) => _reader.OpenBody(id, asItIs);

    /// <summary>Looks for damage: what reading the log found, then every body.</summary>
    /// <remarks>Cost: reads everything that is live.</remarks>
    public IEnumerable<SpoolDamage> Verify()
    {
        HashSet<SpoolId> known = [];
        foreach (SpoolDamage damage in Recovery.Damage)
        {
            if (damage is { Kind: DamageKind.BodyFile or DamageKind.Body, Id: { } id })
            {
                known.Add(id);
            }

            yield return damage;
        }

        foreach (SpoolEntry entry in Entries)
        {
            if (!known.Contains(entry.Id) && !HasWholeBody(entry.Id))
            {
                DamageKind kind = entry.HasOwnFile ? DamageKind.BodyFile : DamageKind.Body;
                yield return new SpoolDamage(kind, entry.Segment.Name.ToString(), entry.Offset, entry.RecordBytes, entry.Id) { Records = 1 };
            }
        }
    }

    /// <summary>Reads the bytes of a damaged place as they are; fewer at the end of the file.</summary>
    /// <param name="damage">One of those that were found.</param>
    /// <param name="offset">In the damaged place.</param>
    /// <param name="target">Filled as far as the place goes.</param>
    public int ReadDamaged(SpoolDamage damage, long offset, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(damage);
        Segment? segment = Array.Find(_index.Segments(), s => s.Name.ToString() == damage.Segment);
        int count = (int)Math.Clamp(damage.Length - offset, 0, target.Length);
        return segment is null || count == 0 ? 0 : _disk.ReadAll(segment.File, target[..count], damage.Offset + offset);
    }

    /// <summary>Refuses a directory that may not be copied to: one with something in it, or one in the spool itself.</summary>
    /// <exception cref="SpoolOpenException">It is refused.</exception>
    public void CheckTarget(string directory)
    {
        string target = Path.GetFullPath(directory);
        if ((target + Path.DirectorySeparatorChar).StartsWith(Directory + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new SpoolOpenException($"{target} is in the spool that is to be copied, where nothing is changed.");
        }

        if (File.Exists(target) || (System.IO.Directory.Exists(target) && System.IO.Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new SpoolOpenException($"{target} is not empty.");
        }
    }

    /// <summary>Says which process has a spool open; null when none has, or it cannot be told.</summary>
    /// <param name="directory">The spool's own directory.</param>
    public static string? UserOf(string directory)
    {
        try
        {
            Lock(new ReadOnlyDisk(PosixDisk.Instance), new SpoolPaths(directory))?.Dispose();
            return null;
        }
        catch (SpoolOpenException inUse)
        {
            return inUse.Message;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>Lets the directory go.</summary>
    public void Dispose()
    {
        Array.ForEach(_index.Segments(), static segment => segment.Dispose());
        _lock?.Dispose();
    }

    private static SafeFileHandle? Lock(ReadOnlyDisk disk, SpoolPaths paths)
    {
        try
        {
            return disk.TryLock(DirectoryLock.PathIn(paths.Root)) ?? throw DirectoryLock.InUse(disk, paths.Root);
        }
        catch (DiskException fault) when (fault.Errno == Errno.NoEntry)
        {
            // A copy without its lock file: nobody has it open.
            return null;
        }
    }

    private bool HasWholeBody(SpoolId id)
    {
        try
        {
            OpenBody(id).Dispose();
            return true;
        }
        catch (SpoolCorruptException)
        {
            return false;
        }
    }
}
