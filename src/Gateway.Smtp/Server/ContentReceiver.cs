using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>What came of the content of a message.</summary>
/// <param name="Reply">The reply, not yet written; null when the session ended instead.</param>
/// <param name="IsAnswered">The message is over, taken or refused; of a chunk out of its place: the last one.</param>
/// <param name="IsRepeat">A chunk behind a refused one, which was on its way already (RFC 3030 section 2): its reply is no further error.</param>
internal readonly record struct ReceivedContent(SmtpReply? Reply, bool IsAnswered = false, bool IsRepeat = false);

/// <summary>Receives the content of messages behind DATA and BDAT and hands it to the receiver.</summary>
/// <remarks>
/// Octets of a chunk are never looked at for commands or dots, whatever becomes of the chunk: a refused one is read and thrown
/// away before its reply.
/// Threads: its session's. Cost: its waits draw their state from a pool.
/// Source: RFC 5321 section 4.1.1.4, RFC 3030.
/// </remarks>
internal sealed class ContentReceiver(SessionParts parts) : IDataSink
{
    private ContentFraming _framing;
    private LineEndNormalizer? _normalizer;

    // Chunks behind a refused one were on their way already.
    private bool _isBehindRefused;

    // Octets of refused chunks since the last message that was taken: bounds what is read only to be thrown away.
    private long _wasted;

    private MessageProgress Progress => parts.Progress;

    private long MessageBytes => parts.Limits.MessageBytes;

    /// <summary>True when the last DATA held what another server might take for its end.</summary>
    public bool EndIsForged => _framing.SuspectOffset >= 0;

    /// <summary>Counts what the framing hands on; beyond the size limit octets are dropped, not stored.</summary>
    void IDataSink.Append(ReadOnlySpan<byte> bytes)
    {
        Progress.Length += bytes.Length;
        if (Progress.Length <= MessageBytes)
        {
            parts.Receiver.Append(bytes);
        }
    }

    /// <summary>The transaction is over; so is the message of its chunks.</summary>
    public void Reset() => Progress.Stage = ContentStage.None;

    /// <summary>A command that is no chunk was answered: a chunk that is refused from here on is an error of its own.</summary>
    public void EndRunOfChunks() => _isBehindRefused = false;

    /// <summary>Receives the content of DATA.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedContent> ReceiveDataAsync(CancellationToken gone) =>
        await TransferDataAsync(gone) ? await CommitDataAsync(gone) : default;

    /// <summary>Reads the content of DATA up to its end.</summary>
    /// <returns>False when the session ended instead.</returns>
    public ValueTask<bool> TransferDataAsync(CancellationToken gone)
    {
        _framing = default;
        Progress.Length = 0;
        parts.Clock.BeginMessage();
        return TransferAsync(DataSink(), null, gone);
    }

    /// <summary>The content of DATA is complete: has it judged and stored.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedContent> CommitDataAsync(CancellationToken gone)
    {
        Progress.Stage = ContentStage.None;
        parts.Record.Content(Progress.Length, complete: true);
        NormalizedLineEnds? normalized = _normalizer?.Done;
        SmtpReply reply = Progress.Length > MessageBytes
            ? Replies.MessageTooLarge
            : await parts.Receiver.CommitAsync(
                new DataEnd(Progress.Length, _framing.SuspectOffset, _framing.UnstuffedOffset) { Normalized = normalized }, gone);
        parts.Outcome.Messages += reply.IsSuccess ? 1 : 0;
        if (!reply.IsSuccess)
        {
            parts.Outcome.Tally.Revoke(SmtpVerb.Data);
        }

        parts.Outcome.Notes |= (normalized?.Total > 0 ? SessionNotes.LineEndsNormalized : SessionNotes.None)
            | (EndIsForged ? SessionNotes.Smuggling : SessionNotes.None);
        return new(reply, IsAnswered: true);
    }

    /// <summary>Receives a chunk; with the last one the message is complete.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedContent> ReceiveChunkAsync(Chunk chunk, CancellationToken gone)
    {
        SmtpReply? refusal = chunk.Refusal;
        if (chunk.IsFirst)
        {
            SmtpReply begun = await parts.Receiver.BeginAsync();
            refusal = begun.IsIntermediate ? null : begun;
            Progress.Length = 0;
            parts.Clock.BeginMessage();
        }

        if (refusal is not null)
        {
            parts.Clock.BeginMessage();
        }

        _framing = new ContentFraming(chunk.Size);
        if (!await TransferAsync(refusal is null ? this : null, refusal, gone))
        {
            return default;
        }

        Progress.Stage = chunk.Refusal is null ? ContentStage.BetweenChunks : ContentStage.None;
        refusal ??= Progress.Length > MessageBytes ? Replies.MessageTooLarge : null;
        if (refusal is not null)
        {
            bool isRepeat = _isBehindRefused;
            _isBehindRefused = true;
            return new(refusal, IsAnswered: chunk.IsLast || chunk.Refusal is null, isRepeat);
        }

        if (!chunk.IsLast)
        {
            return new(Replies.ChunkOk);
        }

        _wasted = 0;
        SmtpReply reply = await parts.Receiver.CommitAsync(new DataEnd(Progress.Length, -1), gone);
        parts.Outcome.Messages += reply.IsSuccess ? 1 : 0;
        return new(reply, IsAnswered: true);
    }

    /// <summary>Reads octets until the framing has its end, to keep them or to throw them away.</summary>
    /// <param name="sink">Where they go; null to throw them away.</param>
    /// <param name="refusal">Why they are thrown away.</param>
    /// <param name="gone">The connection is broken.</param>
    /// <returns>False when the session ended instead.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TransferAsync(IDataSink? sink, SmtpReply? refusal, CancellationToken gone)
    {
        Progress.Stage = ContentStage.Content;
        bool ended = _framing.IsComplete;
        while (!ended)
        {
            if (await parts.Input.ReadAsync(parts.Limits.DataTimeout, parts.Clock.MessageDue) is not ReadResult read)
            {
                parts.Receiver.Reset();
                return false;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            ended = _framing.Take(ref buffer, sink);
            if (sink is null)
            {
                _wasted += read.Buffer.Length - buffer.Length;
            }
            else
            {
                // Drained before the pipe is told to read on: a receiver that waits here makes the client wait.
                await parts.Receiver.DrainAsync(gone);
            }

            parts.Pipes.Input.AdvanceTo(buffer.Start);
            if (!ended && read.IsCompleted)
            {
                parts.Receiver.Reset();
                parts.Outcome.End(SessionEnd.DisconnectedInData);
                return false;
            }

            if (!ended && Excess(sink) > MessageBytes)
            {
                // It was told the limit by SIZE and goes on: do not read for ever what is thrown away.
                parts.Receiver.Reset();
                parts.Replies.Answer(refusal ?? Replies.MessageTooLarge);
                parts.Outcome.End(SessionEnd.ProtocolViolation);
                return false;
            }
        }

        return true;
    }

    /// <summary>Octets that were read only to be thrown away.</summary>
    private long Excess(IDataSink? sink) => Math.Max(_framing.IsCounted ? _wasted : 0, sink is null ? 0 : Progress.Length - MessageBytes);

    /// <summary>Where the octets of DATA go: straight to us, or past the normaliser for clients that may have it.</summary>
    private IDataSink DataSink()
    {
        if (_normalizer is null)
        {
            if (!parts.Greetings.Profile.MaySendBareLineEnds(parts.Peer.Remote.Address))
            {
                return this;
            }

            _normalizer = new LineEndNormalizer(this);
        }

        _normalizer.Reset();
        return _normalizer;
    }
}
