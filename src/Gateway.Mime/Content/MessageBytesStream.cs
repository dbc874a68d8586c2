namespace Gateway.Mime;

/// <summary>A stream over message content, or over a region of it.</summary>
internal class MessageBytesStream : Stream
{
    private readonly MessageBytes _content;
    private readonly long _start;
    private readonly long _length;
    private long _position;

    public MessageBytesStream(MessageBytes content)
        : this(content, 0, content.Length)
    {
    }

    public MessageBytesStream(MessageBytes content, long start, long length)
    {
        _content = content;
        _start = start;
        _length = length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        long left = _length - _position;
        if (left <= 0)
        {
            return 0;
        }

        int read = _content.Read(_start + _position, buffer[..(int)Math.Min(buffer.Length, left)]);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin)
    {
        Position = origin switch
        {
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => _length + offset,
            _ => offset,
        };
        return _position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
