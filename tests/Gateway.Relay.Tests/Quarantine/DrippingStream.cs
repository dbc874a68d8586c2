namespace Gateway.Relay.Tests.Quarantine;

/// <summary>A source that does not know its length, gives a few octets at a time, and can fail or stop on the way.</summary>
public sealed class DrippingStream(byte[] content) : Stream
{
    private int _position;

    public int FailAt { get; init; } = int.MaxValue;

    /// <summary>At this place the source waits for <see cref="Resume"/> and first completes <see cref="Paused"/>.</summary>
    public int PauseAt { get; init; } = int.MaxValue;

    public TaskCompletionSource Paused { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Resume { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= FailAt)
        {
            throw new InvalidOperationException("The source failed.");
        }

        if (_position >= PauseAt)
        {
            Paused.TrySetResult();
            await Resume.Task.WaitAsync(cancellationToken);
        }

        int count = Math.Min(Math.Min(buffer.Length, 7777), content.Length - _position);
        content.AsSpan(_position, count).CopyTo(buffer.Span);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
