using System.Buffers;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>HELO, EHLO, RSET, QUIT: the commands about the session itself.</content>
internal sealed partial class SmtpSession
{
    private static readonly SearchValues<byte> NotInHelloName = SearchValues.Create(" <>()\""u8);

    private SmtpReply Hello(CommandLine command)
    {
        if (!IsHelloName(command.Argument))
        {
            return Replies.BadHello;
        }

        // RFC 5321 section 4.1.4: EHLO in the middle of a session is a RSET too.
        receiver.Reset();
        _phase = SessionPhase.Ready;
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

    /// <summary>A name without spaces; real clients send underscores, bare words and unbracketed addresses, and all are harmless.</summary>
    private static bool IsHelloName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= MailPath.MaxDomainLength && !name.ContainsAny(NotInHelloName) && MailPath.IsCleanUtf8(name);

    private void ResetTransaction()
    {
        receiver.Reset();
        _phase = SessionPhase.Ready;
    }
}
