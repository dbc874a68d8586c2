using Gateway.Spool.Storage;

namespace Gateway.Relay.Queue;

/// <summary>The volume under the data directory, for rooms that keep files of their own beside the spool.</summary>
/// <remarks>Fails: <see cref="IOException"/>. Threads: any.</remarks>
public sealed class DataVolume(Disk disk)
{
    /// <summary>The real one.</summary>
    public static DataVolume Real { get; } = new(PosixDisk.Instance);

    /// <summary>Replaces a small file whole, or makes it: <see cref="AtomicFile.Replace"/>.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => AtomicFile.Replace(path, content);

    /// <summary>Octets free on the volume of a directory.</summary>
    public long FreeBytes(string directory) => disk.FreeBytes(directory);

    /// <summary>Deletes a file if it is there.</summary>
    public void Delete(string path) => disk.Delete(path);

    /// <summary>Makes a file that was written under another name durable under its own, with its directory.</summary>
    public void MakeDurable(string written, string path)
    {
        using (Microsoft.Win32.SafeHandles.SafeFileHandle file = disk.Open(written, create: false))
        {
            disk.FlushData(file);
        }

        disk.Rename(written, path);
        disk.FlushDirectory(Path.GetDirectoryName(path)!);
    }
}
