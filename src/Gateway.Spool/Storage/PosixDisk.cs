using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Storage;

/// <summary>The real file system, through libc, with every errno looked at.</summary>
/// <remarks>Files are made with mode 0600, directories with 0700, all descriptors are close-on-exec.</remarks>
public sealed partial class PosixDisk : Disk
{
    // The same numbers on Linux x64 and arm64 (asm-generic/fcntl.h); O_DIRECTORY differs and is not needed.
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0x180; // 0600
    private const int LockExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Unlocked = 8; // LOCK_UN
    private const uint SyncFileRangeWrite = 2;

    private PosixDisk()
    {
    }

    /// <summary>The one instance; it has no state.</summary>
    public static PosixDisk Instance { get; } = new();

    /// <inheritdoc/>
    public override SafeFileHandle Open(string path, bool create)
        => OpenFile(path, ReadWrite | CloseOnExec | (create ? Create | Exclusive : 0));

    /// <inheritdoc/>
    public override SafeFileHandle OpenToRead(string path) => OpenFile(path, CloseOnExec);

    /// <inheritdoc/>
    public override SafeFileHandle? TryLock(string path) => TryLock(path, ReadWrite | CloseOnExec | Create);

    /// <inheritdoc/>
    public override SafeFileHandle? TryLockToRead(string path) => TryLock(path, CloseOnExec);

    /// <inheritdoc/>
    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        nint written;
        while ((written = PWrite(file, bytes, bytes.Length, offset)) < 0)
        {
            Check("pwrite");
        }

        return (int)written;
    }

    /// <inheritdoc/>
    public override int Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        nint read;
        while ((read = PRead(file, bytes, bytes.Length, offset)) < 0)
        {
            Check("pread");
        }

        return (int)read;
    }

    /// <inheritdoc/>
    public override long Length(SafeFileHandle file) => RandomAccess.GetLength(file);

    /// <inheritdoc/>
    public override void FlushData(SafeFileHandle file)
    {
        // Not repeated on EINTR: whether the pages are still dirty after a failed call is not known.
        if (FDataSync(file) != 0)
        {
            throw new DiskException("fdatasync", "", Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public override void FlushDirectory(string path)
    {
        using SafeFileHandle directory = OpenFile(path, CloseOnExec);
        if (FSync(directory) != 0)
        {
            throw new DiskException("fsync", path, Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public override void StartWriteback(SafeFileHandle file, long offset, long length)
        => _ = SyncFileRange(file, offset, length, SyncFileRangeWrite);

    /// <inheritdoc/>
    public override void Rename(string from, string to)
    {
        if (RenamePath(from, to) != 0)
        {
            throw new DiskException("rename", from, Marshal.GetLastPInvokeError());
        }
    }

    /// <inheritdoc/>
    public override void Delete(string path)
    {
        if (Unlink(path) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.NoEntry)
            {
                throw new DiskException("unlink", path, errno);
            }
        }
    }

    /// <inheritdoc/>
    public override void CreateDirectory(string path)
        => Translate("mkdir", path, static path => OperatingSystem.IsWindows()
            ? throw new PlatformNotSupportedException()
            : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));

    /// <inheritdoc/>
    public override IReadOnlyList<DiskFile> List(string directory)
        => Translate("readdir", directory, static path => Array.ConvertAll(new DirectoryInfo(path).GetFiles(), f => new DiskFile(f.Name, f.Length)));

    /// <inheritdoc/>
    public override long FreeBytes(string directory)
        => Translate("statfs", directory, static path => new DriveInfo(path).AvailableFreeSpace);

    /// <inheritdoc/>
    public override void Unlock(SafeFileHandle file) => _ = Flock(file, Unlocked);

    private static SafeFileHandle? TryLock(string path, int flags)
    {
        SafeFileHandle file = OpenFile(path, flags);
        while (Flock(file, LockExclusiveNow) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == Errno.Interrupted)
            {
                continue;
            }

            file.Dispose();
            return errno == Errno.WouldBlock ? null : throw new DiskException("flock", path, errno);
        }

        return file;
    }

    private static T Translate<T>(string call, string path, Func<string, T> action)
    {
        try
        {
            return action(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiskException(call, path, SystemError.Of(e) is > 0 and int errno ? errno : Errno.InputOutput);
        }
    }

    private static SafeFileHandle OpenFile(string path, int flags)
    {
        while (true)
        {
            int descriptor = OpenPath(path, flags, OwnerOnly);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.Interrupted)
            {
                throw new DiskException("open", path, errno);
            }
        }
    }

    private static void Check(string call)
    {
        int errno = Marshal.GetLastPInvokeError();
        if (errno != Errno.Interrupted)
        {
            throw new DiskException(call, "", errno);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenPath(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint PWrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint PRead(SafeFileHandle file, Span<byte> bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenamePath(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unlink(string path);
}
