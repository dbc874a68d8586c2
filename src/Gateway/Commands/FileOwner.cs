using System.Runtime.InteropServices;
using Gateway.Spool.Storage;

namespace Gateway.Commands;

/// <summary>Whose a file is and who may do what with it, so that a file that replaces it is the same person's.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Group">The group's number.</param>
/// <param name="Mode">The permissions.</param>
/// <remarks>Source: statx(2), whose structure is the same on all architectures. Elsewhere than on Linux nothing is known and nothing is changed.</remarks>
internal sealed partial record FileOwner(uint User, uint Group, UnixFileMode Mode)
{
    /// <summary>The mode 0600.</summary>
    public const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int WorkingDirectory = -100; // AT_FDCWD
    private const uint BasicStatistics = 0x7ff; // STATX_BASIC_STATS
    private const int StatisticsSize = 256;
    private const int UserAt = 20;
    private const int GroupAt = 24;
    private const int ModeAt = 28;
    private const int Permissions = 0xfff; // 07777

    /// <summary>True for root.</summary>
    public static bool IsRoot => OperatingSystem.IsLinux() && EffectiveUser() == 0;

    /// <summary>The owner of a file or folder; null when there is none, or it cannot be told.</summary>
    public static FileOwner? Of(string path)
    {
        Span<byte> about = stackalloc byte[StatisticsSize];
        return !OperatingSystem.IsLinux() || Statistics(WorkingDirectory, path, 0, BasicStatistics, about) != 0 ? null : new FileOwner(
            MemoryMarshal.Read<uint>(about[UserAt..]), MemoryMarshal.Read<uint>(about[GroupAt..]),
            (UnixFileMode)(MemoryMarshal.Read<ushort>(about[ModeAt..]) & Permissions));
    }

    /// <summary>Makes a file this owner's.</summary>
    /// <exception cref="DiskException">This user may not give files away.</exception>
    public void Give(string path)
    {
        if (OperatingSystem.IsLinux() && Of(path) is FileOwner now && (now.User, now.Group) != (User, Group) && ChangeOwner(path, User, Group) != 0)
        {
            throw new DiskException("chown", path, Marshal.GetLastPInvokeError());
        }

        if (!OperatingSystem.IsWindows())
        {
            // Behind the change of owner, which takes some bits away.
            File.SetUnixFileMode(path, Mode);
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statistics(int folder, string path, int flags, uint mask, Span<byte> about);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint EffectiveUser();
}
