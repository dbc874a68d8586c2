namespace Gateway.Spool.Storage;

/// <summary>A system call on the spool's volume failed.</summary>
public sealed class DiskException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="call">The call that failed, for the log.</param>
    /// <param name="path">The file it was made on; empty when only the descriptor is known.</param>
    /// <param name="errno">The error number of the system.</param>
    public DiskException(string call, string path, int errno)
        : base($"{call} {path}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})") => (Errno, Path) = (errno, path);

    /// <summary>The file or folder; empty when only the descriptor is known.</summary>
    public string Path { get; }

    /// <summary>The error number of the system.</summary>
    public int Errno { get; }

    /// <summary>This user may not do it.</summary>
    public bool IsDenied => Errno is Storage.Errno.Access or Storage.Errno.NotPermitted;

    /// <summary>The volume or the quota is exhausted.</summary>
    public bool IsFull => Errno is Storage.Errno.NoSpace or Storage.Errno.QuotaExceeded;
}

/// <summary>The error numbers that the spool tells apart (Linux; the same on x64 and arm64).</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int WouldBlock = 11;
    public const int Access = 13;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;
    public const int QuotaExceeded = 122;
}
