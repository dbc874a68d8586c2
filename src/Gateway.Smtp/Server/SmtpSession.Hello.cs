using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>HELO, EHLO, RSET, QUIT: the commands about the session itself.</content>
internal sealed partial class SmtpSession
{
    private SmtpReply Hello(CommandLine command)
    {
        if (!HelloName.IsSound(command.Argument) && !(IsLenient && HelloName.IsSoundLenient(command.Argument)))
        {
            return Replies.BadHello;
        }

        // RFC 5321 section 4.1.4: EHLO in the middle of a session is a RSET too.
        ResetTransaction();
        _helloGiven = false;
        peer.Hello = Encoding.UTF8.GetString(command.Argument);
        peer.IsExtended = command.Verb == SmtpVerb.Ehlo;
        return peer.IsExtended ? greetings.EhloFor(peer) : greetings.Helo;
    }

    private SmtpReply Rset(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            return Replies.NoArgumentAllowed;
        }

        if (_phase != SessionPhase.Greeted)
        {
            ResetTransaction();
        }

        return Replies.Ok;
    }

    private SmtpReply Quit(ReadOnlySpan<byte> argument)
    {
        if (!argument.IsEmpty)
        {
            return Replies.NoArgumentAllowed;
        }

        End(SessionEnd.Quit);
        return Replies.Bye;
    }

    private void ResetTransaction()
    {
        receiver.Reset();
        ForgetForwarded();
        _phase = SessionPhase.Ready;
    }
}
