using System.Buffers;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server.PackageEngine;

/// <content>What ours makes of a line, before the package reads it and while the package carries it out.</content>
internal sealed partial class PackageSession
{
    private ReadOnlySpan<byte> Argument => CommandLine.TryParse(_line.AsSpan(0, _line.Length - 2), out CommandLine command) ? command.Argument : default;

    /// <summary>Refuses a line that the package must not see; keeps all others.</summary>
    private Step? Refuse(in TakenLine line, bool isLast)
    {
        if (line.Length > _parts.Limits.CommandLineBytes)
        {
            SmtpReply refusal = _sasl.IsRunning ? _sasl.End(Replies.AuthLineTooLong).Answer! : Replies.LineTooLong;
            // The package still waits for the response, and would take the next command for it.
            return line.Length > CommandLines.Longest || line.HidesChunk || _verb == SmtpVerb.Auth
                ? Step.Close(refusal, SessionEnd.ProtocolViolation) : Step.Reply(refusal);
        }

        _line = line.Octets.ToArray();
        if (_sasl.IsRunning)
        {
            return !isLast ? Step.Close(_sasl.End(Replies.NotSynchronized).Answer!, SessionEnd.ProtocolViolation)
                : !_line.AsSpan().EndsWith("\r\n"u8) ? Step.Close(_sasl.End(Replies.BareLineFeed).Answer!, SessionEnd.ProtocolViolation)
                : null;
        }

        return !_line.AsSpan().EndsWith("\r\n"u8) ? Malformed(Replies.BareLineFeed)
            : !CommandLine.TryParse(_line.AsSpan(0, _line.Length - 2), out CommandLine command) ? Malformed(Replies.BadCommandBytes)
            : Refuse(command.Verb, isLast);
    }

    private Step? Refuse(SmtpVerb verb, bool isLast)
    {
        _verb = verb;
        return CommandTable.Row(verb).MustEndGroup && !isLast ? Step.Close(Replies.NotSynchronized, SessionEnd.ProtocolViolation)
            // BDAT is not offered. Its octets would be read as commands.
            : verb == SmtpVerb.Bdat ? Step.Close(Replies.NotImplemented, SessionEnd.ProtocolViolation)
            : null;
    }

    private Step Malformed(SmtpReply refusal) =>
        CommandLines.IsChunk(_line) ? Step.Close(refusal, SessionEnd.ProtocolViolation) : Step.Reply(refusal);

    /// <summary>What takes time of ours is done before the package reads the line: a password is checked, a message is begun.</summary>
    private async ValueTask<Step?> PrepareAsync()
    {
        if (_sasl.IsRunning)
        {
            return await _sasl.TakeResponseAsync(_line.AsSpan(0, _line.Length - 2), isLast: true);
        }

        if (_verb == SmtpVerb.Auth && !_parts.Tls.IsNeededFor(SmtpVerb.Auth) && CommandTable.Row(SmtpVerb.Auth).Legal.HasFlag(_phase))
        {
            return IsScram(Argument) ? Step.Reply(_sasl.Refuse(_phase) ?? Replies.UnknownMechanism) : await _sasl.BeginAsync(Argument, _phase);
        }

        if (_verb != SmtpVerb.Data || _phase != SessionPhase.Recipients || !Argument.IsEmpty)
        {
            return null;
        }

        SmtpReply begun = await _parts.Receiver.BeginAsync();
        if (!begun.IsIntermediate)
        {
            return Step.Reply(begun);
        }

        return _parts.Input.SpokeBeforeReply() ? Step.Close(Replies.NotSynchronized, SessionEnd.ProtocolViolation) : Step.Receive(begun);
    }

    /// <summary>What EHLO does not offer here is not begun.</summary>
    private static bool IsScram(ReadOnlySpan<byte> argument) =>
        argument.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(argument[..5], "SCRAM"u8);

    /// <summary>What ours says to a command that the package is about to carry out; sets the reply for one that goes on.</summary>
    private SmtpReply? Judge(string name)
    {
        if (!name.Equals(CommandTable.Row(_verb).Name, StringComparison.OrdinalIgnoreCase))
        {
            return Replies.UnknownCommand;
        }

        if (_parts.Tls.IsNeededFor(_verb))
        {
            return Replies.MustStartTls;
        }

        if (!CommandTable.Row(_verb).Legal.HasFlag(_phase))
        {
            return CommandBounds.OutOfOrder(_verb, _phase);
        }

        return _step?.Answer is { Code: >= 400 } prepared ? Prepared(prepared) : Judge();
    }

    private SmtpReply Prepared(SmtpReply reply)
    {
        if (_step is { Kind: StepKind.Close } step)
        {
            _parts.Settle(step, _verb);
        }

        return reply;
    }

    private SmtpReply? Judge()
    {
        ReadOnlySpan<byte> argument = Argument;
        switch (_verb)
        {
            case SmtpVerb.Helo or SmtpVerb.Ehlo:
                if (_parts.RefuseHello(argument) is SmtpReply badName)
                {
                    return badName;
                }

                ResetTransaction();
                // It was read once already: the verb comes of it.
                _ = CommandLine.TryParse(_line.AsSpan(0, _line.Length - 2), out CommandLine command);
                _step = Step.Reply(_parts.TakeHello(command));
                return null;
            case SmtpVerb.Rset or SmtpVerb.Quit when !argument.IsEmpty:
                return Replies.NoArgumentAllowed;
            case SmtpVerb.Rset:
                if (_phase != SessionPhase.Greeted)
                {
                    ResetTransaction();
                }

                return null;
            case SmtpVerb.Quit:
                _step = Step.Close(Replies.Bye, SessionEnd.Quit);
                return null;
            case SmtpVerb.StartTls:
                _step = Step.Upgrade(Replies.ReadyToStartTls);
                return _parts.Tls.RefuseStart(argument);
            default:
                return null;
        }
    }
}
