using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Commands;

/// <summary>The person behind a command, for logs and audits.</summary>
/// <remarks>
/// Only who has the management token is asked for a name at all, and that is the gateway's user and root. Of these root is believed what sudo says; the
/// kernel keeps who logged in (<c>loginuid</c>), and nobody but root can change that.
/// </remarks>
internal static partial class Person
{
    private const string LoginUser = "/proc/self/loginuid";

    private static readonly Lock Entries = new();

    /// <summary>The name: <c>ada</c>, <c>ada (sudo)</c>, <c>ada (as gateway)</c>.</summary>
    /// <param name="environment">The variables of the process.</param>
    public static string Name(IDictionary environment) => Name(
        Environment.UserName, FileOwner.IsRoot, environment["SUDO_USER"] as string, OperatingSystem.IsLinux() ? Login() : null);

    /// <summary>The name, from what is known of the process.</summary>
    /// <param name="user">The user it runs as; empty when that has no name.</param>
    /// <param name="isRoot">It runs as root.</param>
    /// <param name="sudo">Whom sudo says it acts for.</param>
    /// <param name="login">Who logged in.</param>
    public static string Name(string user, bool isRoot, string? sudo, string? login)
    {
        string me = user.Length > 0 ? user : "user without a name";
        string name = isRoot && sudo is { Length: > 0 } && sudo != me ? $"{sudo} (sudo)"
            : login is { Length: > 0 } && login != me ? $"{login} (as {me})"
            : me;
        // It goes into a header field.
        return string.Concat(name.Select(static c => c is >= ' ' and <= '~' ? c : '?'));
    }

    /// <summary>The name of a user; null when there is none of this number.</summary>
    public static string? NameOf(uint id)
    {
        // The structure belongs to the C library, which writes the next one over it.
        lock (Entries)
        {
            // The first field of the structure is its name.
            return OperatingSystem.IsLinux() && Entry(id) is not 0 and nint entry ? Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(entry)) : null;
        }
    }

    private static string? Login()
    {
        try
        {
            return uint.TryParse(File.ReadAllText(LoginUser), NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue
                ? NameOf(id) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "getpwuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Entry(uint id);
}
