using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Relay.Tests.House;

/// <summary>The real file system, which fails when a test wants it to.</summary>
internal sealed class FailingDisk : OverlaidDisk
{
    public const int InputOutput = 5;
    public const int NoSpace = 28;

    /// <summary>The errno of every write from now on; 0 for none.</summary>
    public int WriteError { get; set; }

    /// <summary>The errno of every new file from now on; 0 for none.</summary>
    public int CreateError { get; set; }

    /// <summary>Octets that are free; null for what is really free.</summary>
    public long? Free { get; set; }

    /// <summary>Writes that still succeed before <see cref="WriteError"/> counts.</summary>
    public int WritesLeft { get; set; }

    public override SafeFileHandle Open(string path, bool create)
    {
        Fail(create ? CreateError : 0, "open");
        return base.Open(path, create);
    }

    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (WriteError != 0 && WritesLeft-- <= 0)
        {
            Fail(WriteError, "pwrite");
        }

        return base.Write(file, bytes, offset);
    }

    public override long FreeBytes(string directory) => Free ?? base.FreeBytes(directory);

    private static void Fail(int errno, string call)
    {
        if (errno != 0)
        {
            throw new DiskException(call, string.Empty, errno);
        }
    }
}
