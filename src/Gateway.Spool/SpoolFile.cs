using System.IO.Hashing;
using Gateway.Spool.Log;
using Gateway.Spool.Storage;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Spool;

/// <summary>A body that gets its own file while it is received, so that it is not written twice and stalls no one else's commit.</summary>
/// <remarks>
/// Promises: without a commit, disposing it deletes the file; after one, the spool owns the file.
/// Fails: <see cref="SpoolUnavailableException"/> when the disk does not take the bytes.
/// Threads: one at a time.
/// </remarks>
public sealed class SpoolFile : IDisposable
{
    // Early write-back keeps the fdatasync at the end short, and other fsyncs on the volume with it.
    private const long WritebackBytes = 4 * 1024 * 1024;

    private readonly Disk _disk;
    private readonly string _path;
    private readonly Crc32 _crc = new();
    private readonly Lock _gate = new();
    private long _writtenBack;
    private bool _isDetached;
    private bool _isDisposed;

    internal SpoolFile(Disk disk, ulong name, string path)
    {
        _disk = disk;
        Name = name;
        _path = path;
        Handle = disk.Open(path, create: true);
    }

    /// <summary>For reading back what was appended; positions are offsets in the body.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Bytes appended so far.</summary>
    public long Length { get; private set; }

    internal ulong Name { get; }

    internal uint Checksum => _crc.GetCurrentHashAsUInt32();

    /// <summary>Appends to the body. Pieces of 64 KiB or more cost least.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            _disk.WriteAll(Handle, bytes, Length);
        }
        catch (DiskException fault)
        {
            throw HealthLatch.Unavailable(fault);
        }

        _crc.Append(bytes);
        Length += bytes.Length;
        if (Length - _writtenBack >= WritebackBytes)
        {
            _disk.StartWriteback(Handle, _writtenBack, Length - _writtenBack);
            _writtenBack = Length;
        }
    }

    /// <summary>Reads back what was appended.</summary>
    /// <returns>Bytes read; fewer than asked only at the end.</returns>
    public int Read(long offset, Span<byte> target) => _disk.ReadAll(Handle, target, offset);

    /// <summary>Closes the file, and deletes it unless it was committed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                Handle.Dispose();
                if (!_isDetached)
                {
                    Delete();
                }
            }
        }
    }

    /// <summary>The log names the file from now on.</summary>
    internal void Detach()
    {
        lock (_gate)
        {
            _isDetached = true;
        }
    }

    /// <summary>The record that would have named it did not become durable.</summary>
    internal void Reattach()
    {
        lock (_gate)
        {
            _isDetached = false;
            if (_isDisposed)
            {
                Delete();
            }
        }
    }

    private void Delete()
    {
        try
        {
            _disk.Delete(_path);
        }
        catch (DiskException)
        {
            // Nothing names it: the next start removes it as an orphan.
        }
    }
}
