using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Smtp.Transport;

/// <summary>A connection's two pipes as one stream, which is what <see cref="System.Net.Security.SslStream"/> wants.</summary>
/// <remarks>
/// Promises: takes from the pipe only what it was asked for. A read of no octets waits until there are some, so that an idle TLS
/// session holds no buffer. The pipes are not completed: they belong to the connection.
/// Threads: one reader and one writer at a time.
/// </remarks>
internal sealed class DuplexStream(PipeReader input, PipeWriter output) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> waiting = read.Buffer;
            if (!waiting.IsEmpty)
            {
                int count = (int)Math.Min(waiting.Length, buffer.Length);
                waiting.Slice(0, count).CopyTo(buffer.Span);
                input.AdvanceTo(waiting.GetPosition(count));
                return count;
            }

            input.AdvanceTo(waiting.End);
            if (read.IsCompleted)
            {
                return 0;
            }

            // Cancelled by a wake-up that was meant for the plain session: not our concern, wait on.
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await output.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The pipes are asynchronous.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The pipes are asynchronous.");

    /// <inheritdoc/>
    public override void Flush()
    {
        // Every write is flushed.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
