using Microsoft.Win32.SafeHandles;

namespace Gateway.Mime;

/// <summary>Message content in a region of a file.</summary>
/// <remarks>Fails: a file that ends before its region does reads as an <see cref="EndOfStreamException"/>, never as a shorter message.</remarks>
internal sealed class FileMessageBytes : MessageBytes
{
    private readonly SafeFileHandle _handle;
    private readonly long _start;
    private readonly IDisposable? _owner;

    public FileMessageBytes(SafeFileHandle handle, long offset, long length, IDisposable? owner)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _handle = handle;
        _start = offset;
        _owner = owner;
        Length = length;
    }

    public override long Length { get; }

    public override int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= Length || destination.IsEmpty)
        {
            return 0;
        }

        int count = (int)Math.Min(destination.Length, Length - offset);
        int read = RandomAccess.Read(_handle, destination[..count], _start + offset);
        return read > 0 ? read : throw new EndOfStreamException("The file ends before the message it should hold.");
    }

    protected override void Dispose(bool disposing) => _owner?.Dispose();
}
