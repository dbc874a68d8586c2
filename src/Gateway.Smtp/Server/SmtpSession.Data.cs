using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>DATA: the message itself.</content>
internal sealed partial class SmtpSession : IDataSink
{
    private long _dataLength;

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
        long latest = Deadline(Limits.MessageTimeout);
        bool ended = false;
        while (!ended)
        {
            if (await ReadAsync(Limits.DataTimeout, latest) is not ReadResult read)
            {
                receiver.Reset();
                return;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            ended = Decode(ref decoder, ref buffer);
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
        SmtpReply reply = _dataLength > Limits.MessageBytes
            ? Replies.MessageTooLarge
            : await receiver.CommitAsync(new DataEnd(_dataLength, decoder.FirstSuspectOffset, decoder.FirstUnstuffedOffset), gone);
        _messages += reply.IsSuccess ? 1 : 0;
        if (!reply.IsSuccess)
        {
            _tally.Revoke(SmtpVerb.Data);
        }

        ResetTransaction();
        Answer(reply);
        if (decoder.FirstSuspectOffset >= 0)
        {
            _notes |= SessionNotes.Smuggling;
            // Whoever sends a forged end of data has sent what follows it as a second message: trust nothing behind it.
            End(SessionEnd.ProtocolViolation);
        }
    }

    private bool Decode(ref DataDecoder decoder, ref ReadOnlySequence<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            bool ended = decoder.Decode(buffer.FirstSpan, this, out int consumed);
            buffer = buffer.Slice(consumed);
            if (ended)
            {
                return true;
            }
        }

        return false;
    }
}
