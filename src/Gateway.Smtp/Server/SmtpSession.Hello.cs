using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>HELO, EHLO, RSET, QUIT, HELP: the commands about the session itself.</content>
internal sealed partial class SmtpSession
{
    private static readonly SearchValues<byte> NotInHelloName = SearchValues.Create(" <>()\""u8);

    private SmtpReply? _ehlo;

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
        return peer.IsExtended ? _ehlo ??= Extensions() : new SmtpReply(250, default, profile.HostName);
    }

    private SmtpReply Extensions() => new(
        250,
        default,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{profile.HostName}\nPIPELINING\nSIZE {Limits.MessageBytes}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nHELP"));

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

    private static SmtpReply Help() => new(
        214,
        new EnhancedCode(2, 0, 0),
        "Commands: " + string.Join(' ', CommandTable.Rows.Skip(1).Where(r => r.Verb != SmtpVerb.Expn).Select(r => r.Name)));

    /// <summary>A name without spaces; real clients send underscores, bare words and unbracketed addresses, and all are harmless.</summary>
    private static bool IsHelloName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= MailPath.MaxDomainLength && !name.ContainsAny(NotInHelloName)
        && (Ascii.IsValid(name) || System.Text.Unicode.Utf8.IsValid(name));

    private void ResetTransaction()
    {
        receiver.Reset();
        _phase = SessionPhase.Ready;
    }
}
