using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <content>MAIL and RCPT: the envelope.</content>
internal sealed partial class SmtpSession
{
    private bool _smtpUtf8;
    private int _recipients;
    private int _mails;

    private ValueTask<SmtpReply> Mail(ReadOnlySpan<byte> argument)
    {
        // RFC 9422, MAILMAX: all of them count, whatever becomes of them.
        if (Limits.SessionMessages > 0 && ++_mails > Limits.SessionMessages)
        {
            return new(LimitReplies.SessionMessages);
        }

        if (Tls.RequiresAuth && peer.AuthenticatedUser is null)
        {
            return new(Replies.AuthRequired);
        }

        if (!TrySkipKeyword(ref argument, "FROM"u8))
        {
            return new(Replies.BadMail);
        }

        if (!TryReadPath(argument, out MailPath sender, out int length))
        {
            return new(Replies.BadSenderAddress);
        }

        if (EsmtpParameters.ReadMail(argument[length..], out MailParameters parameters) is SmtpReply refusal)
        {
            return new(refusal);
        }

        if (parameters.HasAuth && (Tls.Users is null || peer.Tls is null))
        {
            return new(Replies.ParameterNotOffered);
        }

        if (parameters.RequireTls && peer.Tls is null)
        {
            return new(Replies.ParameterNotOffered);
        }

        if (!sender.IsAscii && !parameters.SmtpUtf8)
        {
            return new(Replies.NeedsSmtpUtf8);
        }

        if (parameters.Size > Limits.MessageBytes)
        {
            return new(Replies.MessageTooLarge);
        }

        receiver.Reset();
        _smtpUtf8 = parameters.SmtpUtf8;
        _binary = parameters.Body == BodyType.BinaryMime;
        _recipients = 0;
        ValueTask<SmtpReply> pending = receiver.MailAsync(sender, parameters);
        return pending.IsCompletedSuccessfully ? new(AfterMail(pending.Result)) : AwaitMailAsync(pending);
    }

    private async ValueTask<SmtpReply> AwaitMailAsync(ValueTask<SmtpReply> pending) => AfterMail(await pending);

    private SmtpReply AfterMail(SmtpReply reply)
    {
        if (reply.IsSuccess)
        {
            _phase = SessionPhase.Mail;
        }

        return reply;
    }

    private ValueTask<SmtpReply> Recipient(ReadOnlySpan<byte> argument)
    {
        if (!TrySkipKeyword(ref argument, "TO"u8))
        {
            return new(Replies.BadRecipient);
        }

        if (!TryReadPath(argument, out MailPath recipient, out int length) || recipient.IsNull)
        {
            return new(Replies.BadRecipientAddress);
        }

        if (EsmtpParameters.ReadRecipient(argument[length..], _smtpUtf8, out RecipientParameters parameters) is SmtpReply refusal)
        {
            return new(refusal);
        }

        if (!recipient.IsAscii && !_smtpUtf8)
        {
            return new(Replies.NeedsSmtpUtf8);
        }

        if (_recipients >= Limits.Recipients)
        {
            return new(Replies.TooManyRecipients);
        }

        ValueTask<SmtpReply> pending = receiver.RecipientAsync(recipient, parameters);
        return pending.IsCompletedSuccessfully ? new(AfterRecipient(pending.Result)) : AwaitRecipientAsync(pending);
    }

    private async ValueTask<SmtpReply> AwaitRecipientAsync(ValueTask<SmtpReply> pending) => AfterRecipient(await pending);

    private SmtpReply AfterRecipient(SmtpReply reply)
    {
        if (reply.IsSuccess)
        {
            _recipients++;
            _phase = SessionPhase.Recipients;
        }

        return reply;
    }

    /// <summary>Skips <c>FROM:</c> or <c>TO:</c> and the spaces that many clients put behind it.</summary>
    private bool TrySkipKeyword(ref ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword)
    {
        if (argument.Length < keyword.Length || !Ascii.EqualsIgnoreCase(argument[..keyword.Length], keyword))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = argument[keyword.Length..];
        if (rest.StartsWith((byte)' ') && IsLenient)
        {
            rest = rest.TrimStart((byte)' ');
        }

        if (!rest.StartsWith((byte)':'))
        {
            return false;
        }

        argument = rest[1..].TrimStart((byte)' ');
        return true;
    }

    /// <summary>True for a client of a network that may leave the grammar where the meaning is plain.</summary>
    private bool IsLenient => greetings.Profile.IsLenient(peer.Remote.Address);

    private bool TryReadPath(ReadOnlySpan<byte> argument, out MailPath path, out int length) =>
        (MailPath.TryParse(argument, out path, out length) && !IsGlued(argument, length))
        || (IsLenient && MailPath.TryParseLenient(argument, out path, out length) && !IsGlued(argument, length));

    /// <summary>Something other than a space right behind the closing bracket.</summary>
    private static bool IsGlued(ReadOnlySpan<byte> argument, int length) => argument.Length > length && argument[length] != ' ';
}
