using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Gateway.SmtpServerGuard.Wire;

/// <summary>Gives the package one whole line at a time, or behind 354 one whole message, each in one segment.</summary>
/// <remarks>
/// Promises: no more than the bounds is kept for a client; the replies to a group are written before a wait for the client; a session that ends for our reasons is told so.
/// Threads: one session, one call at a time.
/// Cost: nothing is copied but lines that lie across two blocks, and content once.
/// </remarks>
/// <param name="inner">What the client sends.</param>
/// <param name="replies">What it is told.</param>
/// <param name="bounds">What it may send.</param>
internal sealed class LineReader(PipeReader inner, ReplyGroup replies, LineBounds bounds) : PipeReader
{
    private const string Closing = "421 4.3.2 Closing the connection";
    private readonly ContentReader _content = new();
    private SequencePosition? _lineEnd;
    private bool _first = true;
    private bool _over;

    /// <summary>True when the message read last has not one octet.</summary>
    public bool HasEmptyContent => _content.IsEmpty;

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (!_over)
        {
            replies.SettleDebt();
            ReadResult read = await ReadMoreAsync(cancellationToken);
            if ((replies.AwaitsContent ? TakeContent(read.Buffer) : TakeLine(read.Buffer)) is { } taken)
            {
                return new ReadResult(taken, isCanceled: false, isCompleted: false);
            }

            _over |= read.IsCompleted;
        }

        return new ReadResult(default, isCanceled: false, isCompleted: true);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => throw new NotSupportedException("The package waits for its input.");

    /// <summary>Lets go of what was given last; the package always takes all of it.</summary>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_lineEnd is { } end)
        {
            _lineEnd = null;
            inner.AdvanceTo(end);
        }

        _content.Release();
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Writes what is left to say. A line that has no reply even now made the package fail.</summary>
    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (replies.Owes)
        {
            replies.EndWith("421 4.3.0 Local error, closing the connection");
        }

        await SayLastAsync();
        await inner.CompleteAsync(exception);
    }

    private async ValueTask SayLastAsync()
    {
        try
        {
            await replies.FlushGroupAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            // The client has gone.
        }
    }

    private async ValueTask<ReadResult> ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (inner.TryRead(out ReadResult read))
        {
            return read;
        }

        try
        {
            await replies.FlushGroupAsync(cancellationToken);
            return await inner.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops, or the session is too old. What the package would say of mail under way is 554, which is for good.
            // It is written here, because the package may close the connection as soon as it hears of the stop.
            replies.EndWith(Closing);
            await SayLastAsync();
            throw;
        }
    }

    private ReadOnlySequence<byte>? TakeLine(in ReadOnlySequence<byte> buffer)
    {
        SequenceReader<byte> reader = new(buffer);
        bool whole = reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n"u8);
        if (whole ? reader.Consumed > bounds.Line : buffer.Length > bounds.Line)
        {
            return End(buffer, "500 5.5.2 Line too long");
        }

        if (!whole)
        {
            inner.AdvanceTo(buffer.Start, buffer.End);
            return null;
        }

        ReadOnlySequence<byte> line = buffer.Slice(0, reader.Position);
        ReadOnlySequence<byte> given = line.IsSingleSegment ? line : new ReadOnlySequence<byte>(line.ToArray());
        bool proxy = given.FirstSpan.Length > 5 && Ascii.EqualsIgnoreCase(given.FirstSpan[..6], "PROXY "u8);
        if (proxy && !(_first && bounds.MayProxy))
        {
            return End(buffer, "503 5.5.1 PROXY is not taken here");
        }

        _first = false;
        _lineEnd = reader.Position;
        replies.Owes = !proxy;
        return given;
    }

    private ReadOnlySequence<byte>? TakeContent(in ReadOnlySequence<byte> buffer)
    {
        long taken = 0;
        bool complete = false;
        foreach (ReadOnlyMemory<byte> piece in buffer)
        {
            taken += _content.Append(piece.Span, bounds.Content, out complete);
            if (complete || _content.IsTooLong)
            {
                break;
            }
        }

        if (_content.IsTooLong)
        {
            return End(buffer, "552 5.3.4 Message too big");
        }

        inner.AdvanceTo(buffer.GetPosition(taken));
        if (!complete)
        {
            return null;
        }

        replies.EndContent();
        return _content.Take();
    }

    private ReadOnlySequence<byte>? End(in ReadOnlySequence<byte> buffer, string reply)
    {
        replies.EndWith(reply);
        inner.AdvanceTo(buffer.End);
        _over = true;
        return null;
    }
}
