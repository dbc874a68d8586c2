using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>The real disk under whatever a derived class lays over it: faults in tests, a full volume in drills.</summary>
public abstract class OverlaidDisk : Disk
{
    private static readonly PosixDisk Real = PosixDisk.Instance;

    /// <inheritdoc/>
    public override SafeFileHandle Open(string path, bool create) => Real.Open(path, create);

    /// <inheritdoc/>
    public override SafeFileHandle? TryLock(string path) => Real.TryLock(path);

    /// <inheritdoc/>
    public override void Unlock(SafeFileHandle file) => Real.Unlock(file);

    /// <inheritdoc/>
    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => Real.Write(file, bytes, offset);

    /// <inheritdoc/>
    public override int Read(SafeFileHandle file, Span<byte> bytes, long offset) => Real.Read(file, bytes, offset);

    /// <inheritdoc/>
    public override long Length(SafeFileHandle file) => Real.Length(file);

    /// <inheritdoc/>
    public override void FlushData(SafeFileHandle file) => Real.FlushData(file);

    /// <inheritdoc/>
    public override void FlushDirectory(string path) => Real.FlushDirectory(path);

    /// <inheritdoc/>
    public override void StartWriteback(SafeFileHandle file, long offset, long length) => Real.StartWriteback(file, offset, length);

    /// <inheritdoc/>
    public override void Rename(string from, string to) => Real.Rename(from, to);

    /// <inheritdoc/>
    public override void Delete(string path) => Real.Delete(path);

    /// <inheritdoc/>
    public override void CreateDirectory(string path) => Real.CreateDirectory(path);

    /// <inheritdoc/>
    public override IReadOnlyList<DiskFile> List(string directory) => Real.List(directory);

    /// <inheritdoc/>
    public override long FreeBytes(string directory) => Real.FreeBytes(directory);
}
