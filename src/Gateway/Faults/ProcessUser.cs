using System.Runtime.InteropServices;
using Gateway.Spool.Storage;

namespace Gateway.Faults;

/// <summary>The user of this process, as the kernel judges its rights.</summary>
/// <remarks>Source: getpwnam(3), setuid(2), access(2). Linux only; elsewhere nothing is refused. Threads: one; the change counts for the whole process.</remarks>
internal static partial class ProcessUser
{
    private const int UserAt = 2; // pw_name and pw_passwd, two pointers, stand in front
    private const int WriteAndEnter = 2 | 1; // W_OK | X_OK

    /// <summary>Becomes another user for good, without the capabilities of this one.</summary>
    /// <param name="name">The user's name.</param>
    /// <returns>Null, or the error number of the call that failed; <see cref="SystemError.NoEntry"/> where there is no such user.</returns>
    public static int? Become(string name)
    {
        nint entry = OperatingSystem.IsLinux() ? Entry(name) : 0;
        if (entry == 0)
        {
            return SystemError.NoEntry;
        }

        uint user = (uint)Marshal.ReadInt32(entry, UserAt * nint.Size);
        uint group = (uint)Marshal.ReadInt32(entry, (UserAt * nint.Size) + sizeof(uint));
        return SetGroups(name, group) == 0 && SetGroup(group) == 0 && SetUser(user) == 0 ? null : Marshal.GetLastPInvokeError();
    }

    /// <summary>Why files cannot be made in a folder, or 0 when they can; of one that is not there, in the nearest one above it.</summary>
    public static int MayWriteIn(string folder)
    {
        string there = Path.GetFullPath(folder);
        while (!Path.Exists(there) && Path.GetDirectoryName(there) is string above)
        {
            there = above;
        }

        return !OperatingSystem.IsLinux() || Access(there, WriteAndEnter) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Entry(string name);

    [LibraryImport("libc", EntryPoint = "initgroups", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetGroups(string name, uint group);

    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetGroup(uint group);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetUser(uint user);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Access(string path, int mode);
}
