using System.Buffers;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>From a command line to the step that it asks for.</content>
internal sealed partial class SmtpSession
{
    private ValueTask<Step> ExecuteAsync(in TakenLine line, bool isLast)
    {
        ReadOnlySequence<byte> raw = line.Octets;
        if (line.Length > _parts.Limits.CommandLineBytes)
        {
            SmtpReply refusal = _sasl.IsRunning ? _sasl.End(Replies.AuthLineTooLong).Answer! : Replies.LineTooLong;
            return new(line.Length > CommandLines.Longest || line.HidesChunk ? Step.Close(refusal, SessionEnd.ProtocolViolation) : Step.Reply(refusal));
        }

        if (raw.IsSingleSegment)
        {
            return ExecuteAsync(raw.FirstSpan, isLast);
        }

        Span<byte> joined = raw.Length <= LargestOnStack ? stackalloc byte[(int)raw.Length] : new byte[raw.Length];
        raw.CopyTo(joined);
        return ExecuteAsync(joined, isLast);
    }

    private ValueTask<Step> ExecuteAsync(ReadOnlySpan<byte> line, bool isLast)
    {
        if (line.Length < 2 || line[^2] != '\r')
        {
            return new(_sasl.IsRunning ? MalformedResponse(line, isLast) : Malformed(line, Replies.BareLineFeed));
        }

        if (_sasl.IsRunning)
        {
            return _sasl.TakeResponseAsync(line[..^2], isLast);
        }

        if (!CommandLine.TryParse(line[..^2], out CommandLine command))
        {
            return new(Malformed(line, Replies.BadCommandBytes));
        }

        _verb = command.Verb;
        CommandRow row = CommandTable.Row(command.Verb);
        if (row.MustEndGroup && !isLast)
        {
            return new(Step.Close(Replies.NotSynchronized, SessionEnd.ProtocolViolation));
        }

        // BDAT is refused behind its octets: refused here, they would be taken for commands.
        SmtpReply? refusal = command.Verb != SmtpVerb.Bdat && _parts.Tls.IsNeededFor(command.Verb) ? Replies.MustStartTls
            : !row.Legal.HasFlag(_phase) ? CommandBounds.OutOfOrder(command.Verb, _phase)
            : _parts.Bounds.OverRate(command.Verb);
        return refusal is not null ? new(Step.Reply(refusal)) : HandleAsync(command);
    }

    private ValueTask<Step> HandleAsync(in CommandLine command) => command.Verb switch
    {
        SmtpVerb.Mail => After(SmtpVerb.Mail, _envelope.MailAsync(command.Argument)),
        SmtpVerb.Rcpt => After(SmtpVerb.Rcpt, _envelope.RecipientAsync(command.Argument)),
        SmtpVerb.Data => After(SmtpVerb.Data, BeginAsync(command.Argument)),
        SmtpVerb.Auth => _sasl.BeginAsync(command.Argument, _phase),
        SmtpVerb.Helo or SmtpVerb.Ehlo => new(Step.Reply(Hello(command))),
        SmtpVerb.Bdat => new(AnnounceChunk(command.Argument)),
        SmtpVerb.Rset => new(Step.Reply(Rset(command.Argument))),
        SmtpVerb.Noop => new(Step.Reply(Replies.Ok)),
        SmtpVerb.Quit => new(command.Argument.IsEmpty ? Step.Close(Replies.Bye, SessionEnd.Quit) : Step.Reply(Replies.NoArgumentAllowed)),
        SmtpVerb.Vrfy => new(Step.Reply(command.Argument.IsEmpty ? Replies.BadVerify : Replies.CannotVerify)),
        SmtpVerb.Expn => new(Step.Reply(Replies.NotImplemented)),
        SmtpVerb.Help => new(Step.Reply(Replies.Help)),
        SmtpVerb.StartTls => new(_parts.Tls.RefuseStart(command.Argument) is SmtpReply refusal ? Step.Reply(refusal) : Step.Upgrade(Replies.ReadyToStartTls)),
        SmtpVerb.XClient => new(XClient(command.Argument)),
        SmtpVerb.XForward => new(Step.Reply(_trusted.Forward(command.Argument))),
        _ => new(Step.Reply(Replies.UnknownCommand)),
    };

    /// <summary>A line refused for its form; when it says BDAT, chunk octets follow that nobody can tell from commands.</summary>
    private static Step Malformed(ReadOnlySpan<byte> line, SmtpReply refusal) =>
        CommandLines.IsChunk(line) ? Step.Close(refusal, SessionEnd.ProtocolViolation) : Step.Reply(refusal);

    /// <summary>A line behind a 334 that does not end in CRLF: its 500 ends the exchange, so the next line is a command again.</summary>
    private Step MalformedResponse(ReadOnlySpan<byte> line, bool isLast)
    {
        _sasl.End(Replies.BareLineFeed);
        return isLast ? Malformed(line, Replies.BareLineFeed) : Step.Close(Replies.NotSynchronized, SessionEnd.ProtocolViolation);
    }

    /// <summary>What follows from the receiver's reply.</summary>
    private ValueTask<Step> After(SmtpVerb verb, ValueTask<SmtpReply> pending) =>
        pending.IsCompletedSuccessfully ? new(After(verb, pending.Result)) : AwaitAsync(verb, pending);

    private async ValueTask<Step> AwaitAsync(SmtpVerb verb, ValueTask<SmtpReply> pending) => After(verb, await pending);

    private Step After(SmtpVerb verb, SmtpReply reply)
    {
        if (verb == SmtpVerb.Data)
        {
            return reply.IsIntermediate ? Step.Receive(reply) : Step.Reply(reply);
        }

        if (reply.IsSuccess)
        {
            _phase = verb == SmtpVerb.Mail ? SessionPhase.Mail : SessionPhase.Recipients;
        }

        if (reply.IsSuccess && verb == SmtpVerb.Rcpt)
        {
            _envelope.CountRecipient();
        }

        return Step.Reply(reply);
    }

    private ValueTask<SmtpReply> BeginAsync(ReadOnlySpan<byte> argument) =>
        !argument.IsEmpty ? new(Replies.NoArgumentAllowed)
        : _envelope.IsBinary ? new(Replies.BinaryNeedsBdat)
        : _phase == SessionPhase.Recipients ? _parts.Receiver.BeginAsync() : new(Replies.NoValidRecipients);

    /// <summary>BDAT; where the count cannot be read, nobody knows where the octets end, and the session is over.</summary>
    private Step AnnounceChunk(ReadOnlySpan<byte> argument)
    {
        if (!Chunk.TryRead(argument, out long size, out bool isLast))
        {
            return Step.Close(Replies.BadChunk, SessionEnd.ProtocolViolation);
        }

        SmtpReply? refusal = _parts.Tls.IsNeededFor(SmtpVerb.Bdat) ? Replies.MustStartTls
            : _phase is SessionPhase.Chunks or SessionPhase.Recipients ? null
            : _phase == SessionPhase.Mail ? Replies.NoValidRecipients : CommandBounds.OutOfOrder(SmtpVerb.Bdat, _phase);
        bool isFirst = refusal is null && _phase == SessionPhase.Recipients;
        _phase = isFirst ? SessionPhase.Chunks : _phase;
        return Step.Receive(new Chunk(size, isLast, isFirst, refusal));
    }

    private SmtpReply Hello(in CommandLine command)
    {
        if (_parts.RefuseHello(command.Argument) is SmtpReply refusal)
        {
            return refusal;
        }

        // RFC 5321 section 4.1.4: EHLO in the middle of a session is a RSET too.
        ResetTransaction();
        _trusted.ForgetHello();
        return _parts.TakeHello(command);
    }

    private SmtpReply Rset(ReadOnlySpan<byte> argument)
    {
        if (argument.IsEmpty && _phase != SessionPhase.Greeted)
        {
            ResetTransaction();
        }

        return argument.IsEmpty ? Replies.Ok : Replies.NoArgumentAllowed;
    }

    private Step XClient(ReadOnlySpan<byte> argument)
    {
        if (_trusted.ReplaceClient(argument, out SmtpReply? refusal) is SmtpReply bad)
        {
            return Step.Reply(bad);
        }

        _phase = _trusted.Phase;
        return refusal is null ? Step.Reply(_parts.Greetings.Greeting) : Step.Close(refusal, SessionEnd.Refused);
    }

    private void ResetTransaction()
    {
        _parts.Receiver.Reset();
        _trusted.ForgetForwarded();
        _content.Reset();
        _phase = SessionPhase.Ready;
    }

    /// <summary>Forgets all that was said in clear.</summary>
    private void StandAtGreeting()
    {
        ResetTransaction();
        _trusted.ForgetHello();
        _phase = SessionPhase.Greeted;
        _parts.ForgetHello();
    }
}
