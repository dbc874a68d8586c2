using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>One file of a directory listing.</summary>
/// <param name="Name">Without its directory.</param>
/// <param name="Length">In bytes.</param>
public readonly record struct DiskFile(string Name, long Length);

/// <summary>All that the spool asks of a file system: the seam where tests put faults.</summary>
/// <remarks>
/// Fails: every method throws <see cref="DiskException"/> with the errno; none swallows one, which is why the framework's
/// FlushToDisk is not used (it returns normally on EROFS, EINVAL and ENOTSUP).
/// Threads: any.
/// </remarks>
public abstract class Disk
{
    /// <summary>Opens a file for reading and writing, close-on-exec, without truncating it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">It must not exist yet and is made; otherwise it must exist.</param>
    public abstract SafeFileHandle Open(string path, bool create);

    /// <summary>Opens the lock file, making it if need be, and takes the exclusive lock; null when another process holds it.</summary>
    public abstract SafeFileHandle? TryLock(string path);

    /// <summary>Opens a file for reading only, so that a volume mounted read-only and another user's files can be looked at.</summary>
    public virtual SafeFileHandle OpenToRead(string path) => Open(path, create: false);

    /// <summary>Takes the exclusive lock on a lock file that exists, without being able to write it; null when another process holds it.</summary>
    public virtual SafeFileHandle? TryLockToRead(string path) => TryLock(path);

    /// <summary>Gives the lock up, also for copies of the descriptor in programs that are being started. The file stays open.</summary>
    public abstract void Unlock(SafeFileHandle file);

    /// <summary>Writes at an offset; may write less than asked, as pwrite does.</summary>
    /// <returns>Bytes written, at least 1 unless the span is empty.</returns>
    public abstract int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads at an offset; may read less than asked; 0 at the end of the file.</summary>
    public abstract int Read(SafeFileHandle file, Span<byte> bytes, long offset);

    /// <summary>The length of the file in bytes.</summary>
    public abstract long Length(SafeFileHandle file);

    /// <summary>Makes what was written, and the metadata needed to read it, survive power loss (fdatasync).</summary>
    public abstract void FlushData(SafeFileHandle file);

    /// <summary>Makes the names in a directory survive power loss (fsync of the directory).</summary>
    public abstract void FlushDirectory(string path);

    /// <summary>Asks for early write-back of a range, without waiting; a hint that may do nothing.</summary>
    public abstract void StartWriteback(SafeFileHandle file, long offset, long length);

    /// <summary>Renames within a directory, replacing nothing that matters.</summary>
    public abstract void Rename(string from, string to);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    public abstract void Delete(string path);

    /// <summary>Makes a directory, readable by its owner only, if it is missing.</summary>
    public abstract void CreateDirectory(string path);

    /// <summary>The plain files of a directory.</summary>
    public abstract IReadOnlyList<DiskFile> List(string directory);

    /// <summary>Bytes that this user may still write on the volume of the directory.</summary>
    public abstract long FreeBytes(string directory);

    /// <summary>Writes all of the span, however often the system writes less.</summary>
    internal void WriteAll(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int written = Write(file, bytes, offset);
            if (written <= 0)
            {
                throw new DiskException("pwrite wrote nothing", "", Errno.InputOutput);
            }

            bytes = bytes[written..];
            offset += written;
        }
    }

    /// <summary>Reads until the span is full or the file ends.</summary>
    /// <returns>Bytes read.</returns>
    internal int ReadAll(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        int total = 0;
        while (total < bytes.Length)
        {
            int read = Read(file, bytes[total..], offset + total);
            if (read <= 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }
}
