using System.Buffers;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Reads a stored body: decompressed, seekable, one piece in memory at a time.</summary>
/// <remarks>
/// Fails: <see cref="QuarantineUnavailableException"/> when a piece is missing (discarded meanwhile) or damaged, at the read that
/// needs it and at every later one. A connection is used only while a piece is fetched, so a slow reader holds up nobody.
/// Threads: one at a time.
/// </remarks>
internal sealed class BodyStream(QuarantineReaders readers, BodyCodec codec, long body, long length) : Stream
{
    private readonly byte[] _octets = ArrayPool<byte>.Shared.Rent(BodyCodec.PieceBytes);
    private long _loaded = -1;
    private long _position;
    private bool _closed;

    public override bool CanRead => !_closed;

    public override bool CanSeek => !_closed;

    public override bool CanWrite => false;

    public override long Length => length;

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
        ObjectDisposedException.ThrowIf(_closed, this);
        if (Missing(buffer.Length) is long piece)
        {
            Loaded(piece, readers.Read(connection => Load(connection, piece)));
        }

        return Take(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (Missing(buffer.Length) is long piece)
        {
            Loaded(piece, await readers.ReadAsync(connection => Load(connection, piece), cancellationToken));
        }

        return Take(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (!_closed)
        {
            _closed = true;
            ArrayPool<byte>.Shared.Return(_octets);
        }

        base.Dispose(disposing);
    }

    // The piece to fetch before the next octets can be taken; null when it is there, or none are wanted or left.
    private long? Missing(int wanted)
    {
        long piece = _position / BodyCodec.PieceBytes;
        return wanted > 0 && _position < length && piece != _loaded ? piece : null;
    }

    private int Load(Microsoft.Data.Sqlite.SqliteConnection connection, long piece)
    {
        _loaded = -1;
        using var query = new Statement(connection, "SELECT data FROM body_piece WHERE key = ?");
        return query.With(QuarantineTables.PieceKey(body, piece)).Step()
            ? codec.Decompress(query.Bytes(0), _octets.AsSpan(0, BodyCodec.PieceBytes))
            : throw new QuarantineUnavailableException("The body is no longer stored: its message was discarded.");
    }

    private void Loaded(long piece, int count)
    {
        if (count != Math.Min(BodyCodec.PieceBytes, length - (piece * BodyCodec.PieceBytes)))
        {
            throw new QuarantineUnavailableException("A piece of a stored body has the wrong length.");
        }

        _loaded = piece;
    }

    private int Take(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _position >= length)
        {
            return 0;
        }

        int from = (int)(_position % BodyCodec.PieceBytes);
        int count = (int)Math.Min(Math.Min(buffer.Length, BodyCodec.PieceBytes - from), length - _position);
        _octets.AsSpan(from, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
