using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Relay.Tests.House;

/// <summary>The real file system, which fails when a test wants it to.</summary>
internal sealed class MoodyDisk : Disk
{
    public const int InputOutput = 5;
    public const int NoSpace = 28;

    private static readonly Disk Real = PosixDisk.Instance;

    /// <summary>The errno of every write from now on; 0 for none.</summary>
    public int WriteError { get; set; }

    /// <summary>The errno of every new file from now on; 0 for none.</summary>
    public int CreateError { get; set; }

    /// <summary>Octets that are free; null for what is really free.</summary>
    public long? Free { get; set; }

    /// <summary>Writes that still succeed before <see cref="WriteError"/> counts.</summary>
    public int WritesLeft { get; set; }

    public override SafeFileHandle Open(string path, bool create)
    {
        Fail(create ? CreateError : 0, "open");
        return Real.Open(path, create);
    }

    public override SafeFileHandle? TryLock(string path) => Real.TryLock(path);

    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (WriteError != 0 && WritesLeft-- <= 0)
        {
            Fail(WriteError, "pwrite");
        }

        return Real.Write(file, bytes, offset);
    }

    public override int Read(SafeFileHandle file, Span<byte> bytes, long offset) => Real.Read(file, bytes, offset);

    public override long Length(SafeFileHandle file) => Real.Length(file);

    public override void FlushData(SafeFileHandle file) => Real.FlushData(file);

    public override void FlushDirectory(string path) => Real.FlushDirectory(path);

    public override void StartWriteback(SafeFileHandle file, long offset, long length) => Real.StartWriteback(file, offset, length);

    public override void Rename(string from, string to) => Real.Rename(from, to);

    public override void Delete(string path) => Real.Delete(path);

    public override void CreateDirectory(string path) => Real.CreateDirectory(path);

    public override IReadOnlyList<DiskFile> List(string directory) => Real.List(directory);

    public override long FreeBytes(string directory) => Free ?? Real.FreeBytes(directory);

    private static void Fail(int errno, string call)
    {
        if (errno != 0)
        {
            throw new DiskException(call, string.Empty, errno);
        }
    }
}
