using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>Replaces a small file whole: a reader sees the old content or the new, after a power loss too.</summary>
/// <remarks>
/// Promises: when it returns, content and name are on stable storage. A file that takes the place of another has its mode; a new one is mode 0600.
/// Fails: <see cref="DiskException"/>; the old content is still there and nothing is left beside it, unless only the flush of the directory failed: then the new
/// content is there and may not survive a power loss.
/// Threads: any, one at a time for a path. Cost: two fsyncs.
/// Source: rename(2), and fsync(2) for the directory.
/// </remarks>
public static class AtomicFile
{
    private const string Beside = ".new";

    /// <summary>Replaces a file, or makes it.</summary>
    /// <param name="path">The file. A link is replaced, not followed.</param>
    /// <param name="content">All of the new content.</param>
    /// <param name="prepare">Told the path of the new file before it is renamed, for example to give it to an owner; null for nothing.</param>
    /// <param name="disk">The file system; null for the real one.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, Action<string>? prepare = null, Disk? disk = null)
    {
        disk ??= PosixDisk.Instance;
        string fresh = path + Beside;
        disk.Delete(fresh);
        try
        {
            using (SafeFileHandle file = disk.Open(fresh, create: true))
            {
                disk.WriteAll(file, content, 0);
                KeepMode(path, fresh);
                prepare?.Invoke(fresh);
                disk.FlushData(file);
            }

            disk.Rename(fresh, path);
        }
        catch
        {
            disk.Delete(fresh);
            throw;
        }

        disk.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void KeepMode(string path, string fresh)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            File.SetUnixFileMode(fresh, File.GetUnixFileMode(path));
        }
    }
}
