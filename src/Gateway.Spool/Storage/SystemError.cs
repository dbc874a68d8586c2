using System.Net.Sockets;

namespace Gateway.Spool.Storage;

/// <summary>The error number of the system behind an exception of the framework.</summary>
public static class SystemError
{
    /// <summary>EPERM: not permitted.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT: no such file or folder.</summary>
    public const int NoEntry = 2;

    /// <summary>EIO: the device does not answer.</summary>
    public const int InputOutput = 5;

    /// <summary>EACCES: permission denied.</summary>
    public const int Access = 13;

    /// <summary>ENOTDIR: a part of the path is no folder.</summary>
    public const int NotFolder = 20;

    /// <summary>EISDIR: it is a folder.</summary>
    public const int IsFolder = 21;

    /// <summary>ENFILE: the system has too many files open.</summary>
    public const int SystemFiles = 23;

    /// <summary>EMFILE: this process has too many files open.</summary>
    public const int OpenFiles = 24;

    /// <summary>ENOSPC: the volume is full.</summary>
    public const int NoSpace = 28;

    /// <summary>EROFS: the file system is read-only.</summary>
    public const int ReadOnly = 30;

    /// <summary>EDQUOT: the quota is used up.</summary>
    public const int QuotaExceeded = 122;

    /// <summary>The number, or 0 where the framework does not tell it.</summary>
    /// <remarks>The framework puts it into <see cref="Exception.HResult"/>, or wraps the exception that has it into one that says "access is denied".</remarks>
    public static int Of(Exception? fault) => fault switch
    {
        null => 0,
        DiskException disk => disk.Errno,
        FileNotFoundException or DirectoryNotFoundException => NoEntry,
        SocketException socket => socket.NativeErrorCode,
        IOException { HResult: > 0 and < 4096 } io => io.HResult,
        UnauthorizedAccessException denied => Of(denied.InnerException) is > 0 and int inner ? inner : Access,
        _ => 0,
    };
}
