using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.SmtpServerGuard;

/// <summary>Files that are whole and on stable storage, or not there.</summary>
/// <remarks>Fails: <see cref="IOException"/>, also when the system cannot bring them to storage.</remarks>
internal static partial class DurableFile
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    /// <summary>Makes a folder for its owner only, if it is not there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFolder);
        }
    }

    /// <summary>Writes a file under another name, brings it to storage and gives it its own; the folder is still to be synchronised.</summary>
    public static void Write(string path, in ReadOnlySequence<byte> octets)
    {
        string temporary = path + ".tmp";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        try
        {
            using (FileStream file = new(temporary, options))
            {
                foreach (ReadOnlyMemory<byte> piece in octets)
                {
                    file.Write(piece.Span);
                }

                Sync(file);
            }

            File.Move(temporary, path);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Brings the names in a folder to storage.</summary>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS writes its journal with the file.
            return;
        }

        int folder = Open(path, flags: 0);
        if (folder < 0)
        {
            throw Failed("open", path);
        }

        using SafeFileHandle handle = new(folder, ownsHandle: true);
        if (FSync(handle) != 0)
        {
            throw Failed("fsync", path);
        }
    }

    private static void Sync(FileStream file)
    {
        if (OperatingSystem.IsWindows())
        {
            file.Flush(flushToDisk: true);
        }
        else if (FSync(file.SafeFileHandle) != 0)
        {
            throw Failed("fsync", file.Name);
        }
    }

    private static IOException Failed(string call, string path) =>
        new($"{call} {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(SafeFileHandle file);
}
