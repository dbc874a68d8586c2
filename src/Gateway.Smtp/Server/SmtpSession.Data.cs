using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>DATA: the message itself.</content>
internal sealed partial class SmtpSession : IDataSink
{
    private long _dataLength;
    private LineEndNormalizer? _normalizer;

    /// <summary>Counts what the decoder hands on; beyond the size limit octets are dropped, not stored.</summary>
    void IDataSink.Append(ReadOnlySpan<byte> bytes)
    {
        _dataLength += bytes.Length;
        if (_dataLength <= Limits.MessageBytes)
        {
            receiver.Append(bytes);
        }
    }

    private ValueTask<SmtpReply> Data(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            return new(Replies.NoArgumentAllowed);
        }

        if (_binary)
        {
            return new(Replies.BinaryNeedsBdat);
        }

        return _phase == SessionPhase.Recipients ? receiver.BeginAsync() : new(Replies.NoValidRecipients);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveDataAsync(CancellationToken gone)
    {
        DataDecoder decoder = default;
        _dataLength = 0;
        _inData = true;
        IDataSink sink = DataSink();
        _messageDue = Deadline(Limits.MessageTimeout);
        bool ended = false;
        while (!ended)
        {
            if (await ReadAsync(Limits.DataTimeout, _messageDue) is not ReadResult read)
            {
                receiver.Reset();
                return;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            ended = Decode(ref decoder, ref buffer, sink);
            // Drained before the pipe is told to read on: a receiver that waits here makes the client wait.
            await receiver.DrainAsync(gone);
            _input.AdvanceTo(buffer.Start);
            if (!ended && read.IsCompleted)
            {
                receiver.Reset();
                End(SessionEnd.DisconnectedInData);
                return;
            }

            if (!ended && _dataLength - Limits.MessageBytes > Limits.MessageBytes)
            {
                // It was told the limit by SIZE and goes on: do not read for ever what is thrown away.
                receiver.Reset();
                Answer(Replies.MessageTooLarge);
                End(SessionEnd.ProtocolViolation);
                return;
            }
        }

        _inData = false;
        _record.Content(_dataLength, complete: true);
        SmtpReply reply = _dataLength > Limits.MessageBytes
            ? Replies.MessageTooLarge
            : await receiver.CommitAsync(new DataEnd(_dataLength, decoder.FirstSuspectOffset, decoder.FirstUnstuffedOffset) { Normalized = _normalizer?.Done }, gone);
        _messages += reply.IsSuccess ? 1 : 0;
        if (!reply.IsSuccess)
        {
            _tally.Revoke(SmtpVerb.Data);
        }

        _notes |= _normalizer?.Done.Total > 0 ? SessionNotes.LineEndsNormalized : SessionNotes.None;
        ResetTransaction();
        Answer(reply);
        if (decoder.FirstSuspectOffset >= 0)
        {
            _notes |= SessionNotes.Smuggling;
            // Whoever sends a forged end of data has sent what follows it as a second message: trust nothing behind it.
            End(SessionEnd.ProtocolViolation);
        }
    }

    /// <summary>Where the octets of the next message go: straight to us, or past the normaliser for clients that may have it.</summary>
    private IDataSink DataSink()
    {
        if (_normalizer is null)
        {
            if (!greetings.Profile.MaySendBareLineEnds(peer.Remote.Address))
            {
                return this;
            }

            _normalizer = new LineEndNormalizer(this);
        }

        _normalizer.Reset();
        return _normalizer;
    }

    private static bool Decode(ref DataDecoder decoder, ref ReadOnlySequence<byte> buffer, IDataSink sink)
    {
        while (!buffer.IsEmpty)
        {
            bool ended = decoder.Decode(buffer.FirstSpan, sink, out int consumed);
            buffer = buffer.Slice(consumed);
            if (ended)
            {
                return true;
            }
        }

        return false;
    }
}
