using Gateway.Smtp.Protocol;
using SmtpServer;
using SmtpServer.Protocol;

namespace Gateway.Smtp.Server.PackageEngine;

/// <content>What the package asks while it reads and carries out a command.</content>
internal sealed partial class PackageSession
{
    // What the package reads in place of the content of a message.
    private static readonly byte[] Placeholder = "x\r\n.\r\n"u8.ToArray();

    /// <summary>The package has read a command and it comes in order: checks what ours makes of it.</summary>
    /// <exception cref="SmtpResponseException">Ours refuses it.</exception>
    public void Execute(object? sender, SmtpCommandEventArgs executing)
    {
        _state = LineState.Executing;
        if (Judge(executing.Command.Name) is SmtpReply refusal)
        {
            _step = Step.Reply(refusal);
            // The client never sees the text.
            throw new SmtpResponseException(SmtpResponse.TransactionFailed);
        }
    }

    /// <summary>MAIL, which the package has read and accepts.</summary>
    public async ValueTask<bool> MailAsync()
    {
        bool accepted = await DecideAsync(_parts.Bounds.OverRate(SmtpVerb.Mail), () => _envelope.MailAsync(Argument));
        _phase = accepted ? SessionPhase.Mail : _phase;
        return accepted;
    }

    /// <summary>RCPT, which the package has read and accepts.</summary>
    public async ValueTask<bool> RecipientAsync()
    {
        bool accepted = await DecideAsync(_parts.Bounds.OverRate(SmtpVerb.Rcpt), () => _envelope.RecipientAsync(Argument));
        if (accepted)
        {
            _envelope.CountRecipient();
            _phase = SessionPhase.Recipients;
        }

        return accepted;
    }

    /// <summary>The package has answered 354: what it reads next is the content.</summary>
    public void ExpectContent() => _state = LineState.Content;

    /// <summary>The package has read the placeholder.</summary>
    public async ValueTask CommitAsync() => _received = Outcome.IsOver ? default : await GuardAsync(_content.CommitDataAsync(_gone));

    /// <summary>Ours has checked the password of the line under way, and it is right.</summary>
    public bool HasAuthenticated => _step?.Answer is { IsSuccess: true };

    /// <summary>The package has answered the line: its code is merged with what ours makes of it.</summary>
    /// <param name="code">The package's reply code.</param>
    /// <param name="isOutOfOrder">It refuses the command where the session stands.</param>
    public async ValueTask AnswerAsync(int code, bool isOutOfOrder)
    {
        if (Outcome.IsOver || _state == LineState.Answered)
        {
            return;
        }

        if (_received.Reply is not null)
        {
            AnswerContent();
        }
        else if (code < 400)
        {
            Answer(_step ?? Step.Reply(Replies.Ok), code);
        }
        else
        {
            Answer(Step.Reply(_step?.Answer is { Code: >= 400 } ours ? ours : Disagree(isOutOfOrder)), code);
        }

        if (_parts.Replies.IsFull)
        {
            await _parts.Replies.FlushAsync();
        }
    }

    private void Answer(in Step step, int code)
    {
        _parts.Settle(step, _verb);
        if (step.Kind == StepKind.Receive)
        {
            _parts.Replies.Answer(step.Answer!);
            return;
        }

        // The lines of AUTH come one by one, and each has its reply.
        _state = LineState.Answered;
        if (code == 334 && step.Kind != StepKind.Challenge)
        {
            // The package waits for a response and the client for nothing: the next line would be read in two ways.
            Outcome.End(SessionEnd.ProtocolViolation);
        }
    }

    private void AnswerContent()
    {
        SmtpReply reply = _received.Reply!;
        _received = default;
        _state = LineState.Answered;
        ResetTransaction();
        _parts.Replies.Answer(reply);
        if (_content.EndIsForged)
        {
            // Whoever sends a forged end of data has sent what follows it as a second message: trust nothing behind it.
            Outcome.End(SessionEnd.ProtocolViolation);
        }
    }

    /// <summary>The package refuses what ours would accept, or has not seen: what ours has done of it is undone.</summary>
    private SmtpReply Disagree(bool isOutOfOrder)
    {
        bool wasRunning = _sasl.IsRunning;
        if (_verb == SmtpVerb.Auth && (wasRunning || _step?.Answer is { IsSuccess: true }))
        {
            _parts.Peer.AuthenticatedUser = null;
            return _sasl.End(wasRunning ? Replies.BadAuth : Replies.AuthFailed).Answer!;
        }

        return _parts.Tls.IsNeededFor(_verb) ? Replies.MustStartTls
            : !isOutOfOrder ? OwnRefusal() ?? PackageRefusals.Of(_verb)
            : _verb == SmtpVerb.StartTls && _parts.Tls.RefuseStart(Argument) is SmtpReply encrypted ? encrypted
            : _verb == SmtpVerb.Data && _phase == SessionPhase.Mail ? Replies.NoValidRecipients
            : CommandBounds.OutOfOrder(_verb, _phase);
    }

    /// <summary>Where ours refuses an address or a parameter too, it knows why.</summary>
    private SmtpReply? OwnRefusal() => _verb switch
    {
        SmtpVerb.Mail => _envelope.RefuseMail() ?? _envelope.ReadMail(Argument, out _, out _),
        SmtpVerb.Rcpt => _envelope.ReadRecipient(Argument, out _, out _),
        _ => null,
    };

    /// <summary>Asks the receiver, unless a rate refuses the command; the reply goes out when the package has answered.</summary>
    private async ValueTask<bool> DecideAsync(SmtpReply? refusal, Func<ValueTask<SmtpReply>> ask)
    {
        SmtpReply? reply = refusal ?? await GuardAsync(AskAsync(ask));
        _step = reply is null ? null : Step.Reply(reply);
        return reply is { IsSuccess: true };
    }

    private static async ValueTask<SmtpReply> AskAsync(Func<ValueTask<SmtpReply>> ask) => await ask();
}
