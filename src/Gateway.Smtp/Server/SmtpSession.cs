using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>One SMTP conversation: reads command lines, answers them in order, hands mail to the receiver.</summary>
/// <remarks>
/// The commands are in the partial files by group (Hello, Mail, Data, Tls, Auth), the waiting for the client in Wire. Replies to
/// pipelined commands are written together and flushed before the session waits for more input, never one by one: with one
/// flush a reply, a pipelining client waits for Nagle and delayed acknowledgement, 44 ms a message.
/// Fails: an exception of the receiver becomes 421 4.3.0 and ends only this session.
/// Threads: one; <see cref="WakeIfOverdue"/> and <see cref="Drain"/> may come from any.
/// Cost: the three methods that wait for the client at each turn draw their state from a pool: 430 octets allocated a
/// message of 4 KiB against 2,550 without, at the same CPU time.
/// Source: RFC 5321, RFC 2920.
/// </remarks>
internal sealed partial class SmtpSession(
    IDuplexPipe transport, SmtpPeer peer, ISmtpReceiver receiver, Greetings greetings, TimeProvider time)
{
    /// <summary>Octets of a command line after which the session is given up instead of the line being skipped.</summary>
    internal const int LongestLine = 64 * 1024;

    // Lines up to here that lie in two blocks are joined on the stack, whatever limit is configured.
    private const int LargestOnStack = 4096;

    // Other than once: TLS puts its own pipes in their place, while the sweep and a drain may look from other threads.
    private volatile PipeReader _input = transport.Input;
    private volatile PipeWriter _output = transport.Output;
    private readonly long _started = time.GetTimestamp();

    private SessionPhase _phase = SessionPhase.Greeted;
    private SessionEnd? _end;
    private Exception? _fault;
    private int _commands;
    private int _errors;
    private int _messages;

    // Octets of the current command line that were thrown away because it is over the limit.
    private long _skipped;

    // When the command line that has begun must be complete; no client buys time by sending it octet by octet.
    private long _lineDue = NotWaiting;

    private SessionLimits Limits => greetings.Profile.Limits;

    /// <summary>Runs the conversation to its end.</summary>
    /// <param name="gone">
    /// Cancelled when the connection is broken in both directions. A client that only closed its sending half (a script that
    /// ends its input) still waits for its reply and must not cancel anything.
    /// </param>
    public async Task RunAsync(CancellationToken gone)
    {
        try
        {
            SmtpReply? refusal = receiver.Greet();
            if (Tls.Mode is TlsMode.Implicit)
            {
                await UpgradeAsync(gone);
            }

            if (_end is null)
            {
                refusal ??= await HearEarlyTalkAsync();
                Write(refusal ?? greetings.Greeting);
                if (refusal is not null)
                {
                    End(SessionEnd.Refused);
                }

                await FlushAsync();
            }

            while (_end is null)
            {
                await ReadCommandsAsync(gone);
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            End(SessionEnd.Disconnected);
        }
        catch (Exception e)
        {
            // The one general catch of the receiving side: a fault of ours costs this session and nothing else.
            // Faults of the transport never come here, so an IOException is the receiver's disk and not the client.
            _fault = e;
            _end = SessionEnd.Fault;
            if (!IsSpeechless)
            {
                Write(Replies.InternalFault);
                await FlushAsync();
            }
        }
        finally
        {
            receiver.Reset();
            receiver.Closed(Summary());
            _record.Release();
        }
    }

    /// <summary>Answers a connection that will not be served.</summary>
    public async Task RefuseAsync(SmtpReply reply)
    {
        End(SessionEnd.Refused);
        if (Tls.Mode is not TlsMode.Implicit)
        {
            // There, a reply in clear would be noise, and a handshake is what a server that is full cannot afford.
            Write(reply);
            await FlushAsync();
        }

        _notes |= LimitReplies.Meaning(reply);
        receiver.Closed(Summary());
        _record.Release();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadCommandsAsync(CancellationToken gone)
    {
        // Between two chunks the message's own deadline goes on: empty chunks now and then buy it no time.
        long latest = _phase == SessionPhase.Chunks ? Math.Min(_lineDue, _messageDue) : _lineDue;
        if (await ReadAsync(Limits.CommandTimeout, latest) is not ReadResult read)
        {
            return;
        }

        ReadOnlySequence<byte> buffer = read.Buffer;
        bool data = false;
        SmtpReply? start = null;
        while (_end is null && !data && !_mustUpgrade && !_chunkDue && TryTakeLine(ref buffer, out ReadOnlySequence<byte> line))
        {
            _commands++;
            _lineDue = NotWaiting;
            _verb = _sasl is null ? SmtpVerb.Unknown : SmtpVerb.Auth;
            RecordCommand(line);
            SmtpReply answer = await ExecuteAsync(line, isLast: buffer.IsEmpty);
            if (_chunkDue)
            {
                break;
            }

            SmtpReply reply = Count(answer);
            _chunkFailed = false;
            data = reply.IsIntermediate && _sasl is null;
            if (data)
            {
                start = reply;
                break;
            }

            Answer(reply);
            if (_output.UnflushedBytes >= FlushThreshold)
            {
                // A megabyte of pipelined HELP asks for twenty megabytes of replies: wait until the client takes them.
                await FlushAsync();
            }
        }

        if (_chunkDue)
        {
            // Its octets may be here already, or come: either way they are read by count.
            _input.AdvanceTo(buffer.Start);
            await ReceiveChunkAsync(gone);
            if (_end is not null || _output.UnflushedBytes >= FlushThreshold)
            {
                await FlushAsync();
            }

            return;
        }

        if (!data && _end is null && !buffer.IsEmpty)
        {
            KeepPartialLine(ref buffer);
        }

        // All was looked at: the next read waits for more than a partial line. DATA is only taken with nothing behind it.
        _input.AdvanceTo(buffer.Start, buffer.End);
        if (read.IsCompleted && !data)
        {
            End(SessionEnd.Disconnected);
        }

        if (start is not null && SpokeBeforeReply())
        {
            Answer(Replies.NotSynchronized);
            End(SessionEnd.ProtocolViolation);
        }
        else if (start is not null)
        {
            Answer(start);
            await ReceiveDataAsync(gone);
        }

        if (_mustUpgrade && _end is null)
        {
            await UpgradeAsync(gone);
        }

        if (_end is not null && !IsSpeechless)
        {
            await FlushAsync();
        }
    }

    /// <summary>Bounds a line whose end has not come: its time, and what is kept of it.</summary>
    private void KeepPartialLine(ref ReadOnlySequence<byte> buffer)
    {
        if (_lineDue == NotWaiting)
        {
            _lineDue = Deadline(Limits.CommandTimeout);
        }

        if (_skipped + buffer.Length > Limits.CommandLineBytes)
        {
            _skippedChunk |= _skipped == 0 && StartsChunk(buffer);
            // Refused when its end comes, so that the same octets get the same replies for every split.
            _skipped += buffer.Length;
            buffer = buffer.Slice(buffer.End);
            if (_skipped > LongestLine)
            {
                _record.Overlong(_skipped);
                Answer(Replies.LineTooLong);
                End(SessionEnd.ProtocolViolation);
            }
        }
    }

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
        long length = _skipped + raw.Length;
        bool isChunk = _skippedChunk || (length > Limits.CommandLineBytes && _skipped == 0 && StartsChunk(raw));
        _skipped = 0;
        _skippedChunk = false;
        if (length > Limits.CommandLineBytes)
        {
            if (length > LongestLine || isChunk)
            {
                End(SessionEnd.ProtocolViolation);
            }

            if (_sasl is not null)
            {
                _sasl = null;
                return new(Replies.AuthLineTooLong);
            }

            return new(Replies.LineTooLong);
        }

        if (raw.IsSingleSegment)
        {
            return Execute(raw.FirstSpan, isLast);
        }

        Span<byte> joined = raw.Length <= LargestOnStack ? stackalloc byte[(int)raw.Length] : new byte[raw.Length];
        raw.CopyTo(joined);
        return Execute(joined, isLast);
    }

    private ValueTask<SmtpReply> Execute(ReadOnlySpan<byte> line, bool isLast)
    {
        if (line.Length < 2 || line[^2] != '\r')
        {
            return new(_sasl is null ? Malformed(line, Replies.BareLineFeed) : MalformedResponse(line, isLast));
        }

        if (_sasl is not null)
        {
            return AuthResponse(line[..^2], isLast);
        }

        if (!CommandLine.TryParse(line[..^2], out CommandLine command))
        {
            return new(Malformed(line, Replies.BadCommandBytes));
        }

        _verb = command.Verb;
        CommandRow row = CommandTable.Row(command.Verb);
        if (row.MustEndGroup && !isLast)
        {
            End(SessionEnd.ProtocolViolation);
            return new(Replies.NotSynchronized);
        }

        // BDAT is refused behind its octets: refused here, they would be taken for commands.
        if (command.Verb != SmtpVerb.Bdat && NeedsTls(command.Verb))
        {
            return new(Replies.MustStartTls);
        }

        if (!row.Legal.HasFlag(_phase))
        {
            return new(OutOfOrder(command.Verb));
        }

        if (OverRate(command.Verb) is SmtpReply busy)
        {
            return new(busy);
        }

        return command.Verb switch
        {
            SmtpVerb.Helo or SmtpVerb.Ehlo => new(Hello(command)),
            SmtpVerb.Mail => Mail(command.Argument),
            SmtpVerb.Rcpt => Recipient(command.Argument),
            SmtpVerb.Data => Data(command.Argument),
            SmtpVerb.Bdat => Bdat(command.Argument),
            SmtpVerb.Rset => new(Rset(command.Argument)),
            SmtpVerb.Noop => new(Replies.Ok),
            SmtpVerb.Quit => new(Quit(command.Argument)),
            SmtpVerb.Vrfy => new(command.Argument.IsEmpty ? Replies.BadVerify : Replies.CannotVerify),
            SmtpVerb.Expn => new(Replies.NotImplemented),
            SmtpVerb.Help => new(Replies.Help),
            SmtpVerb.StartTls => new(StartTls(command.Argument)),
            SmtpVerb.Auth => Auth(command.Argument),
            SmtpVerb.XClient => new(XClient(command.Argument)),
            SmtpVerb.XForward => new(XForward(command.Argument)),
            _ => new(Replies.UnknownCommand),
        };
    }

    private SmtpReply OutOfOrder(SmtpVerb verb) =>
        _phase == SessionPhase.Greeted ? Replies.HelloFirst
        : _phase == SessionPhase.Chunks ? Replies.ChunksBegun
        : verb is SmtpVerb.XClient or SmtpVerb.XForward ? Replies.TransactionOpen
        : verb == SmtpVerb.Mail ? Replies.NestedMail : Replies.MailFirst;

    /// <summary>A line refused for its form; when it says BDAT, chunk octets follow that nobody can tell from commands.</summary>
    private SmtpReply Malformed(ReadOnlySpan<byte> line, SmtpReply refusal)
    {
        if (IsChunkCommand(line))
        {
            End(SessionEnd.ProtocolViolation);
        }

        return refusal;
    }

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
}
