using Gateway.Spool.Log;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool;

/// <summary>The body of a live message, open for reading.</summary>
/// <remarks>
/// Promises: the bytes stay readable until it is disposed, also when the message is completed meanwhile.
/// Threads: reads may run in parallel; disposing may not run beside a read.
/// </remarks>
public sealed class SpoolBody : IDisposable
{
    private readonly Disk _disk;
    private readonly SafeFileHandle? _owned;
    private readonly Segment? _pinned;
    private readonly Action<Segment>? _unpin;
    private int _isDisposed;

    internal SpoolBody(Disk disk, SafeFileHandle ownFile, long length)
    {
        _disk = disk;
        _owned = ownFile;
        Handle = ownFile;
        Length = length;
    }

    internal SpoolBody(Disk disk, Segment pinned, long offset, long length, Action<Segment> unpin)
    {
        _disk = disk;
        _pinned = pinned;
        _unpin = unpin;
        Handle = pinned.File;
        Offset = offset;
        Length = length;
    }

    /// <summary>The file that holds the body; not the caller's to close.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Where the body begins in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>Bytes of the body.</summary>
    public long Length { get; }

    /// <summary>Reads from an offset in the body.</summary>
    /// <returns>Bytes read; fewer than asked only at the end of the body.</returns>
    public int Read(long offset, Span<byte> target)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int count = (int)Math.Min(target.Length, Math.Max(0, Length - offset));
        return count == 0 ? 0 : _disk.ReadAll(Handle, target[..count], Offset + offset);
    }

    /// <summary>Lets the file go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _owned?.Dispose();
            if (_pinned is not null)
            {
                _unpin!(_pinned);
            }
        }
    }
}
