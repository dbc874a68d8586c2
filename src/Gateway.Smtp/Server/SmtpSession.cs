using System.Buffers;
using System.IO.Pipelines;
using Gateway.Smtp.Protocol;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Smtp.Server;

/// <summary>One SMTP conversation: reads command lines, answers them in order, hands mail to the receiver.</summary>
/// <remarks>
/// The commands are in the partial files by group (Hello, Mail, Data). Replies to pipelined commands are written together and
/// flushed before the session waits for more input, never one by one: with one flush a reply, a pipelining client waits for
/// Nagle and delayed acknowledgement, 44 ms a message.
/// Fails: an exception of the receiver becomes 451 or 421 and ends only this session.
/// Threads: one; <see cref="WakeIfOverdue"/> and <see cref="Drain"/> may come from any.
/// Source: RFC 5321, RFC 2920.
/// </remarks>
internal sealed partial class SmtpSession(
    IDuplexPipe transport, SmtpPeer peer, ISmtpReceiver receiver, SmtpServerProfile profile, TimeProvider time)
{
    private readonly PipeReader _input = transport.Input;
    private readonly PipeWriter _output = transport.Output;
    private readonly long _started = time.GetTimestamp();

    private SessionPhase _phase = SessionPhase.Greeted;
    private SessionEnd? _end;
    private Exception? _fault;
    private int _commands;
    private int _errors;
    private int _messages;

    // Timestamp after which the client is overdue; long.MaxValue while we are the ones who work.
    private long _deadline = long.MaxValue;
    private volatile bool _overdue;
    private volatile bool _draining;

    private SessionLimits Limits => profile.Limits;

    /// <summary>Runs the conversation to its end.</summary>
    /// <param name="connectionClosed">Cancelled when the socket is gone.</param>
    public async Task RunAsync(CancellationToken connectionClosed)
    {
        try
        {
            SmtpReply? refusal = receiver.Greet();
            Write(refusal ?? Replies.Greeting(profile.HostName));
            _end = refusal is null ? null : SessionEnd.Refused;
            await FlushAsync();
            while (_end is null)
            {
                await ReadCommandsAsync(connectionClosed);
            }
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException or OperationCanceledException)
        {
            _end ??= SessionEnd.Disconnected;
        }
        catch (Exception e)
        {
            // The one general catch of the receiving side: a fault of ours costs this session and nothing else.
            _fault = e;
            _end = SessionEnd.Fault;
            await TrySayAsync(Replies.InternalFault);
        }
        finally
        {
            receiver.Reset();
            TimeSpan elapsed = time.GetElapsedTime(_started);
            receiver.Closed(new SessionSummary(_end ?? SessionEnd.Disconnected, _commands, _errors, _messages, elapsed, _fault));
        }
    }

    /// <summary>Answers a connection that will not be served.</summary>
    public async Task RefuseAsync(SmtpReply reply)
    {
        await TrySayAsync(reply);
        receiver.Closed(new SessionSummary(SessionEnd.Refused, 0, 0, 0, time.GetElapsedTime(_started), null));
    }

    /// <summary>Ends the session at the next command boundary; a message that is being received is finished first.</summary>
    public void Drain()
    {
        _draining = true;
        _input.CancelPendingRead();
    }

    /// <summary>Called by the sweep: wakes a session whose client is overdue.</summary>
    public void WakeIfOverdue(long now)
    {
        if (now > Volatile.Read(ref _deadline))
        {
            _overdue = true;
            _input.CancelPendingRead();
            _output.CancelPendingFlush();
        }
    }

    private async ValueTask ReadCommandsAsync(CancellationToken connectionClosed)
    {
        if (await ReadAsync() is not ReadResult read)
        {
            return;
        }

        ReadOnlySequence<byte> buffer = read.Buffer;
        bool data = false;
        while (_end is null && !data && TryTakeLine(ref buffer, out ReadOnlySequence<byte> line))
        {
            _commands++;
            SmtpReply reply = await ExecuteAsync(line, isLast: buffer.IsEmpty);
            data = ReferenceEquals(reply, Replies.StartMailInput);
            Answer(reply);
        }

        bool stuck = !data && _end is null && buffer.Length > Limits.CommandLineBytes;
        if (stuck)
        {
            // No line end within the limit: what is behind it cannot be told from commands, so the session cannot go on.
            Answer(Replies.LineTooLong);
            End(SessionEnd.ProtocolViolation);
        }

        // When lines were left unread on purpose (DATA follows), they are not examined; else wait for more than a partial line.
        _input.AdvanceTo(buffer.Start, data ? buffer.Start : buffer.End);
        if (read.IsCompleted && !data && _end is null)
        {
            End(SessionEnd.Disconnected);
        }

        if (data)
        {
            await ReceiveDataAsync(connectionClosed);
        }

        if (_end is not null)
        {
            await FlushAsync();
        }
    }

    /// <summary>Waits for commands; replies that wait to be sent go out first, unless more input is already here.</summary>
    /// <returns>Null when the session ended instead; then nothing is left to advance.</returns>
    private async ValueTask<ReadResult?> ReadAsync()
    {
        while (!_draining)
        {
            if (!_input.TryRead(out ReadResult read))
            {
                await FlushAsync();
                if (_end is not null)
                {
                    return null;
                }

                Volatile.Write(ref _deadline, Deadline(Limits.CommandTimeout));
                read = await _input.ReadAsync();
                Volatile.Write(ref _deadline, long.MaxValue);
            }

            if (_overdue)
            {
                _input.AdvanceTo(read.Buffer.Start);
                await LeaveAsync(Replies.TimedOut, SessionEnd.TimedOut);
                return null;
            }

            if (!read.IsCanceled)
            {
                return read;
            }

            _input.AdvanceTo(read.Buffer.Start);
        }

        await LeaveAsync(Replies.ShuttingDown, SessionEnd.ShuttingDown);
        return null;
    }

    private ValueTask LeaveAsync(SmtpReply reply, SessionEnd end)
    {
        Write(reply);
        End(end);
        return FlushAsync();
    }

    private long Deadline(TimeSpan patience) =>
        time.GetTimestamp() + (long)(patience.TotalSeconds * time.TimestampFrequency);

    private static bool TryTakeLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        SequencePosition? lf = buffer.PositionOf((byte)'\n');
        if (lf is null)
        {
            line = default;
            return false;
        }

        SequencePosition end = buffer.GetPosition(1, lf.Value);
        line = buffer.Slice(0, end);
        buffer = buffer.Slice(end);
        return true;
    }

    private ValueTask<SmtpReply> ExecuteAsync(in ReadOnlySequence<byte> raw, bool isLast)
    {
        if (raw.Length > Limits.CommandLineBytes)
        {
            return new(Replies.LineTooLong);
        }

        if (raw.IsSingleSegment)
        {
            return Execute(raw.FirstSpan, isLast);
        }

        Span<byte> joined = stackalloc byte[(int)raw.Length];
        raw.CopyTo(joined);
        return Execute(joined, isLast);
    }

    private ValueTask<SmtpReply> Execute(ReadOnlySpan<byte> line, bool isLast)
    {
        if (line.Length < 2 || line[^2] != '\r')
        {
            return new(Replies.BareLineFeed);
        }

        if (!CommandLine.TryParse(line[..^2], out CommandLine command))
        {
            return new(Replies.BadCommandBytes);
        }

        CommandRow row = CommandTable.Row(command.Verb);
        if (row.MustEndGroup && !isLast)
        {
            End(SessionEnd.ProtocolViolation);
            return new(Replies.NotSynchronized);
        }

        if (!row.Legal.HasFlag(_phase))
        {
            return new(OutOfOrder(command.Verb));
        }

        return command.Verb switch
        {
            SmtpVerb.Helo or SmtpVerb.Ehlo => new(Hello(command)),
            SmtpVerb.Mail => Mail(command.Argument),
            SmtpVerb.Rcpt => Recipient(command.Argument),
            SmtpVerb.Data => Data(command.Argument),
            SmtpVerb.Rset => new(Rset(command.Argument)),
            SmtpVerb.Noop => new(Replies.Ok),
            SmtpVerb.Quit => new(Quit(command.Argument)),
            SmtpVerb.Vrfy => new(command.Argument.IsEmpty ? Replies.BadRecipient : Replies.CannotVerify),
            SmtpVerb.Expn => new(Replies.NotImplemented),
            SmtpVerb.Help => new(Help()),
            _ => new(Replies.UnknownCommand),
        };
    }

    private SmtpReply OutOfOrder(SmtpVerb verb) =>
        _phase == SessionPhase.Greeted ? Replies.HelloFirst : verb == SmtpVerb.Mail ? Replies.NestedMail : Replies.MailFirst;

    private void End(SessionEnd end) => _end ??= end;

    /// <summary>Writes a reply and keeps the count of errors.</summary>
    private void Answer(SmtpReply reply)
    {
        Write(reply);
        if (reply.IsPermanent && ++_errors >= Limits.Errors && _end is null)
        {
            Write(Replies.TooManyErrors);
            End(SessionEnd.TooManyErrors);
        }

        if (reply.Code == 421)
        {
            End(SessionEnd.Refused);
        }
    }

    private void Write(SmtpReply reply) => _output.Write(reply.Wire.Span);

    private async ValueTask FlushAsync()
    {
        ValueTask<FlushResult> pending = _output.FlushAsync();
        if (!pending.IsCompleted)
        {
            // The client does not read; it has as long for that as for its commands.
            Volatile.Write(ref _deadline, Deadline(Limits.CommandTimeout));
        }

        FlushResult flushed = await pending;
        Volatile.Write(ref _deadline, long.MaxValue);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            End(flushed.IsCanceled ? SessionEnd.TimedOut : SessionEnd.Disconnected);
        }
    }

    private async Task TrySayAsync(SmtpReply reply)
    {
        try
        {
            Write(reply);
            await FlushAsync();
        }
        catch (Exception e) when (e is ConnectionResetException or ConnectionAbortedException or IOException or InvalidOperationException)
        {
            // The peer is gone; there is nobody left to tell.
        }
    }
}
