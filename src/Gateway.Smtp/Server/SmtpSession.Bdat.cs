using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>BDAT: the message in counted chunks (RFC 3030).</content>
/// <remarks>
/// Octets of a chunk are never looked at for commands or dots, whatever becomes of the chunk: a refused one is read and thrown
/// away before its reply. Where the count cannot be read, nobody knows where the octets end, and the session is over.
/// </remarks>
internal sealed partial class SmtpSession
{
    private bool _binary;

    // A chunk was announced and its octets come next; set by the command, taken by ReceiveChunkAsync.
    private bool _chunkDue;
    private long _chunkLeft;
    private bool _chunkIsLast;
    private SmtpReply? _chunkRefusal;

    // Chunks behind a refused one were on their way already (RFC 3030 section 2): their replies are no further errors.
    private bool _chunkFailed;

    // Octets of refused chunks since the last message that was taken: bounds what is read only to be thrown away.
    private long _wasted;

    // A command line that is skipped because it is too long began with BDAT.
    private bool _skippedChunk;

    /// <summary>Whether a line that was refused for its form says BDAT: what follows it may be anything but commands.</summary>
    private static bool IsChunkCommand(ReadOnlySpan<byte> line) =>
        line.Length >= 4 && Ascii.EqualsIgnoreCase(line[..4], "BDAT"u8) && (line.Length == 4 || line[4] <= ' ');

    private static bool StartsChunk(in ReadOnlySequence<byte> line)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(5, line.Length)];
        line.Slice(0, start.Length).CopyTo(start);
        return IsChunkCommand(start);
    }

    private ValueTask<SmtpReply> Bdat(ReadOnlySpan<byte> argument)
    {
        if (!TryReadChunk(argument, out _chunkLeft, out _chunkIsLast))
        {
            End(SessionEnd.ProtocolViolation);
            return new(Replies.BadChunk);
        }

        _chunkDue = true;
        _chunkRefusal = NeedsTls(SmtpVerb.Bdat) ? Replies.MustStartTls : _phase switch
        {
            SessionPhase.Chunks or SessionPhase.Recipients => null,
            SessionPhase.Mail => Replies.NoValidRecipients,
            _ => OutOfOrder(SmtpVerb.Bdat),
        };
        // Not sent: the reply comes from ReceiveChunkAsync, behind the octets.
        return new(Replies.StartMailInput);
    }

    /// <summary><c>chunk-size [SP "LAST"]</c>; RFC 3030 section 2.</summary>
    private static bool TryReadChunk(ReadOnlySpan<byte> argument, out long size, out bool last)
    {
        int space = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> digits = space < 0 ? argument : argument[..space];
        last = space >= 0;
        size = 0;
        return digits.Length is > 0 and <= 19
            && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(digits, out size, out int read) && read == digits.Length
            && (!last || Ascii.EqualsIgnoreCase(argument[space..].TrimStart((byte)' '), "LAST"u8));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveChunkAsync(CancellationToken gone)
    {
        _chunkDue = false;
        SmtpReply? refusal = _chunkRefusal;
        if (refusal is null && _phase == SessionPhase.Recipients)
        {
            SmtpReply begun = await receiver.BeginAsync();
            refusal = begun.IsIntermediate ? null : begun;
            _phase = SessionPhase.Chunks;
            _dataLength = 0;
            _messageDue = Deadline(Limits.MessageTimeout);
        }

        if (!await TakeChunkAsync(refusal is null, gone))
        {
            return;
        }

        refusal ??= _dataLength > Limits.MessageBytes ? Replies.MessageTooLarge : null;
        if (refusal is not null)
        {
            RefuseChunk(refusal);
        }
        else if (_chunkIsLast)
        {
            _wasted = 0;
            SmtpReply reply = await receiver.CommitAsync(new DataEnd(_dataLength, -1), gone);
            _messages += reply.IsSuccess ? 1 : 0;
            ResetTransaction();
            Answer(Count(reply));
        }
        else
        {
            Answer(Count(Replies.ChunkOk));
        }
    }

    /// <summary>Reads the octets of the chunk, to keep them or to throw them away.</summary>
    /// <returns>False when the session ended instead.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeChunkAsync(bool keep, CancellationToken gone)
    {
        _inData = true;
        if (!keep)
        {
            _messageDue = Deadline(Limits.MessageTimeout);
        }

        while (_chunkLeft > 0)
        {
            if (await ReadAsync(Limits.DataTimeout, _messageDue) is not ReadResult read)
            {
                receiver.Reset();
                return false;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            ReadOnlySequence<byte> octets = buffer.Slice(0, Math.Min(_chunkLeft, buffer.Length));
            _chunkLeft -= octets.Length;
            if (keep)
            {
                foreach (ReadOnlyMemory<byte> piece in octets)
                {
                    ((IDataSink)this).Append(piece.Span);
                }

                // As with DATA: a receiver that waits here makes the client wait.
                await receiver.DrainAsync(gone);
            }

            _wasted += keep ? 0 : octets.Length;
            _input.AdvanceTo(octets.End);
            if (_chunkLeft > 0 && read.IsCompleted)
            {
                receiver.Reset();
                End(SessionEnd.DisconnectedInData);
                return false;
            }

            if (_chunkLeft > 0 && Math.Max(_wasted, keep ? _dataLength - Limits.MessageBytes : 0) > Limits.MessageBytes)
            {
                // As with DATA: do not read for ever what is thrown away.
                receiver.Reset();
                Answer(keep ? Replies.MessageTooLarge : _chunkRefusal ?? Replies.MessageTooLarge);
                End(SessionEnd.ProtocolViolation);
                return false;
            }
        }

        _inData = false;
        return true;
    }

    private void RefuseChunk(SmtpReply refusal)
    {
        refusal = Count(refusal);
        if (_chunkFailed)
        {
            Write(refusal);
        }
        else
        {
            Answer(refusal);
        }

        _chunkFailed = true;
        // A chunk that came in its place fails its transaction; the last one ends it in any case.
        if (_phase == SessionPhase.Chunks)
        {
            ResetTransaction();
        }
        else if (_chunkIsLast && _phase == SessionPhase.Mail)
        {
            ResetTransaction();
        }
    }
}
