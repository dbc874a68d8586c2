using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Drill;

/// <summary>The real disk with a limit: a volume of so many octets, part of which something else takes.</summary>
/// <remarks>Files are those of the real disk; only room is counted here. Threads: any.</remarks>
/// <param name="directory">What lies on the volume.</param>
/// <param name="size">Its octets.</param>
internal sealed class QuotaDisk(string directory, long size) : OverlaidDisk
{
    private const int NoSpace = 28; // ENOSPC

    private long _taken;
    private int _failures;

    /// <summary>Octets that something else takes.</summary>
    public long Taken
    {
        get => Interlocked.Read(ref _taken);
        set => Interlocked.Exchange(ref _taken, value);
    }

    /// <summary>Writes that failed because the volume was full.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Octets that are free.</summary>
    public long Free => Math.Max(0, size - Taken - Used());

    /// <inheritdoc/>
    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        long more = offset + bytes.Length - Length(file);
        if (more > 0 && more > Free)
        {
            Interlocked.Increment(ref _failures);
            throw new DiskException("pwrite", directory, NoSpace);
        }

        return base.Write(file, bytes, offset);
    }

    /// <inheritdoc/>
    public override long FreeBytes(string directory) => Math.Min(Free, base.FreeBytes(directory));

    private long Used()
    {
        long sum = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Removed meanwhile.
            }
        }

        return sum;
    }
}
