using System.Text;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>A connection in memory: reads give exactly the packets a test sends, writes are kept.</summary>
/// <remarks>It tells when its reader asks for more than there is. So a test waits for what the server does, never for a clock.</remarks>
internal sealed class ScriptedStream : Stream
{
    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _packets = new();
    private readonly MemoryStream _written = new();
    private ReadOnlyMemory<byte> _packet;
    private TaskCompletionSource _starved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;

    /// <summary>Completes when everything sent was read and the reader wants more.</summary>
    public Task Starved
    {
        get
        {
            lock (_gate)
            {
                return _starved.Task;
            }
        }
    }

    /// <summary>How many writes there were; on a socket each is a segment of its own.</summary>
    public int Writes { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Gives packets to the reader, one to a read at most.</summary>
    public void Send(IEnumerable<string> packets)
    {
        lock (_gate)
        {
            foreach (string packet in packets)
            {
                _packets.Enqueue(Encoding.Latin1.GetBytes(packet));
            }

            _starved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _more.TrySetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What was written since the last call.</summary>
    public string TakeWritten()
    {
        lock (_gate)
        {
            string text = Encoding.Latin1.GetString(_written.GetBuffer().AsSpan(_seen, (int)_written.Length - _seen));
            _seen = (int)_written.Length;
            return text;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (!_packet.IsEmpty || _packets.TryDequeue(out _packet))
                {
                    return Take(buffer.Span);
                }

                _starved.TrySetResult();
                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Writes++;
            _written.Write(buffer.Span);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _written.Dispose();
        base.Dispose(disposing);
    }

    private int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _packet.Length);
        _packet.Span[..count].CopyTo(buffer);
        _packet = _packet[count..];
        return count;
    }
}
