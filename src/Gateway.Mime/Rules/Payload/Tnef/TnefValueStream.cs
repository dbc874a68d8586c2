using MimeKit.Tnef;

namespace Gateway.Mime.Rules.Payload.Tnef;

/// <summary>So many octets of the current attribute of a TNEF reader, as a stream for a reader of an embedded message.</summary>
internal sealed class TnefValueStream(TnefReader reader, int length) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => Consumed; set => throw new NotSupportedException(); }

    /// <summary>Octets read so far.</summary>
    public int Consumed { get; private set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int wanted = Math.Min(count, length - Consumed);
        int read = wanted > 0 ? reader.ReadAttributeRawValue(buffer, offset, wanted) : 0;
        Consumed += read;
        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
