using System.Runtime.InteropServices;
using Gateway.Spool.Storage;
using Gateway.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool.Tests;

/// <summary>One process at a time has a spool directory, and nobody has it once it is given up.</summary>
public sealed class DirectoryLockTests
{
    /// <summary>A program being started has copies of all descriptors between fork and exec.</summary>
    [Fact]
    public void Unlock_WhileACopyOfTheDescriptorIsOpen_GivesTheLockUp()
    {
        using TemporaryDirectory folder = new();
        string path = Path.Combine(folder.Path, "lock");
        using SafeFileHandle file = PosixDisk.Instance.TryLock(path)!;
        using SafeFileHandle copy = new(Duplicate((int)file.DangerousGetHandle()), ownsHandle: true);
        Assert.Null(PosixDisk.Instance.TryLock(path));
        PosixDisk.Instance.Unlock(file);
        file.Dispose();
        using SafeFileHandle? next = PosixDisk.Instance.TryLock(path);
        Assert.NotNull(next);
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);
}
