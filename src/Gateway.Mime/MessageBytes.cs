using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Mime;

/// <summary>The immutable content of one message: chunks in memory or a region of a file.</summary>
/// <remarks>
/// Promises: the same offset always reads the same octets; offset 0 is the first octet of DATA.
/// Threads: any number may read at the same time, each with its own stream.
/// </remarks>
public abstract class MessageBytes : IDisposable
{
    /// <summary>The size in octets.</summary>
    public abstract long Length { get; }

    /// <summary>Copies octets from an offset; returns how many, 0 only at the end.</summary>
    /// <remarks>Fails: <see cref="ArgumentOutOfRangeException"/> for a negative offset. Fewer octets than asked for may come back before the end.</remarks>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>A synchronous, seekable, read-only stream over the content; closing it leaves the content open.</summary>
    public Stream OpenStream() => new MessageBytesStream(this);

    /// <summary>Content in memory, several chunks. The memory must not change while this object lives.</summary>
    public static MessageBytes FromMemory(ReadOnlySequence<byte> chunks) => FromMemory(chunks, owner: null);

    /// <summary>Content in memory, several chunks; the owner is disposed with this object.</summary>
    public static MessageBytes FromMemory(ReadOnlySequence<byte> chunks, IDisposable? owner) =>
        chunks.IsSingleSegment ? new MemoryMessageBytes(chunks.First, owner) : new SequenceMessageBytes(chunks, owner);

    /// <summary>Content in memory, one chunk. The memory must not change while this object lives.</summary>
    public static MessageBytes FromMemory(ReadOnlyMemory<byte> memory) => new MemoryMessageBytes(memory, owner: null);

    /// <summary>A region of a file, read with positioned reads; the owner, if any, is disposed with this object.</summary>
    /// <param name="handle">An open handle; the caller keeps it open as long as this object lives.</param>
    /// <param name="offset">Where in the file the message starts.</param>
    /// <param name="length">The size of the message in octets.</param>
    /// <param name="owner">What to dispose with this object, usually the handle itself; null to leave all open.</param>
    public static MessageBytes FromFile(SafeFileHandle handle, long offset, long length, IDisposable? owner = null) =>
        new FileMessageBytes(handle, offset, length, owner);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the content was made from.</summary>
    protected abstract void Dispose(bool disposing);
}
