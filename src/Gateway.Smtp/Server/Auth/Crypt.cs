using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gateway.Smtp.Server.Auth;

/// <summary>The system's crypt(3).</summary>
/// <remarks>Threads: any; each call has a work area of its own. Source: crypt_rn(3) of libxcrypt, the libcrypt of Debian, Fedora, SUSE and Arch.</remarks>
internal static unsafe class Crypt
{
    // CRYPT_OUTPUT_SIZE and sizeof(struct crypt_data).
    private const int LongestHash = 384;
    private const int WorkBytes = 32768;

    private static readonly string[] Libraries = ["libcrypt.so.1", "libcrypt.so.2"];

    private static readonly delegate* unmanaged<byte*, byte*, byte*, int, byte*> Function = Find();

    /// <summary>Whether there is one.</summary>
    public static bool IsAvailable => Function != null;

    /// <summary>Hashes a phrase as the setting says; null when it is too long or the library does not know the form.</summary>
    /// <param name="phrase">Ends in NUL.</param>
    /// <param name="setting">Form, rounds and salt, or a whole hash; ends in NUL.</param>
    public static byte[]? Hash(ReadOnlySpan<byte> phrase, ReadOnlySpan<byte> setting)
    {
        if (Function == null)
        {
            return null;
        }

        byte[] work = new byte[WorkBytes];
        fixed (byte* word = phrase, salt = setting, area = work)
        {
            byte* hash = Function(word, salt, area, WorkBytes);
            byte[]? copy = hash == null ? null : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(hash).ToArray();
            CryptographicOperations.ZeroMemory(work);
            return copy is { Length: <= LongestHash } ? copy : null;
        }
    }

    private static delegate* unmanaged<byte*, byte*, byte*, int, byte*> Find()
    {
        foreach (string name in Libraries)
        {
            if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "crypt_rn", out nint function))
            {
                return (delegate* unmanaged<byte*, byte*, byte*, int, byte*>)function;
            }
        }

        return null;
    }
}
