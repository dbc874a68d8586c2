using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>A file system in which nothing can be changed, and which reads on behind what its device cannot read.</summary>
/// <remarks>
/// Flushes and removals do nothing, writes fail with EROFS. A page that gives EIO reads as zeros, which count as damage like any wrong
/// bytes. A start of the spool does not read so: there a disk that may recover must not cost mail.
/// </remarks>
internal sealed class ReadOnlyDisk(Disk disk) : Disk
{
    private const int Page = 4096;

    private long _unreadable;

    /// <summary>Bytes that the device did not give, counted each time they were asked for.</summary>
    public long Unreadable => Interlocked.Read(ref _unreadable);

    public override SafeFileHandle Open(string path, bool create) => create ? throw Refusal("open", path) : disk.OpenToRead(path);

    public override SafeFileHandle OpenToRead(string path) => disk.OpenToRead(path);

    public override SafeFileHandle? TryLock(string path) => disk.TryLockToRead(path);

    public override void Unlock(SafeFileHandle file) => disk.Unlock(file);

    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => throw Refusal("pwrite", "");

    public override int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        try
        {
            return disk.Read(file, bytes, offset);
        }
        catch (DiskException fault) when (fault.Errno == Errno.InputOutput && !bytes.IsEmpty)
        {
            int count = (int)Math.Clamp(Math.Min(disk.Length(file) - offset, Page - (offset % Page)), 0, bytes.Length);
            return ReadPage(file, bytes[..count], offset);
        }
    }

    public override long Length(SafeFileHandle file) => disk.Length(file);

    public override void FlushData(SafeFileHandle file)
    {
    }

    public override void FlushDirectory(string path)
    {
    }

    public override void StartWriteback(SafeFileHandle file, long offset, long length)
    {
    }

    public override void Rename(string from, string to) => throw Refusal("rename", from);

    public override void Delete(string path)
    {
    }

    public override void CreateDirectory(string path)
    {
    }

    public override IReadOnlyList<DiskFile> List(string directory) => Directory.Exists(directory) ? disk.List(directory) : [];

    public override long FreeBytes(string directory) => disk.FreeBytes(directory);

    private int ReadPage(SafeFileHandle file, Span<byte> page, long offset)
    {
        try
        {
            return disk.Read(file, page, offset);
        }
        catch (DiskException fault) when (fault.Errno == Errno.InputOutput)
        {
            page.Clear();
            Interlocked.Add(ref _unreadable, page.Length);
            return page.Length;
        }
    }

    private static DiskException Refusal(string call, string path) => new(call, path, Errno.ReadOnly);
}
