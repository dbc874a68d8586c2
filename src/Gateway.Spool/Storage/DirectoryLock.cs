using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>Keeps a second process out of a spool directory for as long as it lives.</summary>
/// <remarks>An advisory lock on an open descriptor: the kernel drops it when the process dies, however it dies.</remarks>
internal sealed class DirectoryLock : IDisposable
{
    private readonly Disk _disk;
    private readonly SafeFileHandle _file;

    private DirectoryLock(Disk disk, SafeFileHandle file)
    {
        _disk = disk;
        _file = file;
    }

    public static DirectoryLock Take(Disk disk, string directory)
    {
        SafeFileHandle file = disk.TryLock(PathIn(directory)) ?? throw InUse(disk, directory);
        byte[] pid = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture).PadRight(16) + "\n");
        try
        {
            disk.WriteAll(file, pid, 0);
        }
        catch (DiskException)
        {
            // The lock holds without it; a full disk must not keep a queue from being emptied.
        }

        return new DirectoryLock(disk, file);
    }

    /// <summary>The lock file of a spool.</summary>
    public static string PathIn(string directory) => Path.Combine(directory, "lock");

    /// <summary>What to say when another process has the lock.</summary>
    public static SpoolOpenException InUse(Disk disk, string directory) => new(
        $"The spool {directory} is in use by process {ReadOwner(disk, PathIn(directory))}. Stop it, or give this one its own directory.");

    public void Dispose()
    {
        // A program that this process starts has a copy of the descriptor until its exec: closing ours alone would leave the lock to it for that moment.
        _disk.Unlock(_file);
        _file.Dispose();
    }

    private static string ReadOwner(Disk disk, string path)
    {
        Span<byte> text = stackalloc byte[16];
        using SafeFileHandle file = disk.Open(path, create: false);
        int read = disk.ReadAll(file, text, 0);
        return read == 0 ? "(unknown)" : Encoding.ASCII.GetString(text[..read]).Trim();
    }
}
