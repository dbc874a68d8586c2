namespace Gateway.Commands;

/// <summary>Standard output or standard error, for which "full" and "closed" are things that happen.</summary>
/// <remarks>
/// Promises: output that cannot be written ends the command with one sentence and <see cref="ExitCode.InputOutput"/>, once: what is written behind that
/// is dropped, so that nothing that closes a writer fails again. A reader that has gone (<c>| head</c>) is no failure. What cannot be
/// written to standard error is dropped, because there is nowhere left to say so.
/// Threads: one.
/// </remarks>
internal sealed class StandardStream : Stream
{
    private readonly Stream _stream;
    private readonly bool _mayFail;
    private bool _isDead;

    private StandardStream(Stream stream, bool mayFail)
    {
        _stream = stream;
        _mayFail = mayFail;
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

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

    /// <summary>Opens standard output.</summary>
    public static StandardStream OpenOutput() => new(Console.OpenStandardOutput(), mayFail: false);

    /// <summary>Opens standard error.</summary>
    public static StandardStream OpenError() => new(Console.OpenStandardError(), mayFail: true);

    /// <summary>Over another stream, for tests.</summary>
    internal static StandardStream Over(Stream stream) => new(stream, mayFail: false);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isDead)
        {
            return;
        }

        try
        {
            _stream.Write(buffer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _isDead = true;
            if (!_mayFail)
            {
                throw new CommandFailedException(ExitCode.InputOutput, $"The output cannot be written: {(e is IOException ? e.Message : "it is closed")}");
            }
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // The console's streams keep nothing back.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
