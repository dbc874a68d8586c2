using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>MAIL and RCPT: reads them, checks what a session may ask, hands the addresses to the receiver.</summary>
/// <remarks>Threads: its session's. Cost: a receiver that need not wait costs no allocation.</remarks>
internal sealed class EnvelopeCommands(SessionParts parts)
{
    private bool _smtpUtf8;
    private int _recipients;
    private int _mails;

    /// <summary>MAIL said BODY=BINARYMIME, so that only BDAT may bring the content (RFC 3030 section 3).</summary>
    public bool IsBinary { get; private set; }

    private ListenerTls Listener => parts.Greetings.Tls;

    private SmtpPeer Peer => parts.Peer;

    /// <summary>MAIL.</summary>
    /// <param name="argument">What is behind the verb.</param>
    public ValueTask<SmtpReply> MailAsync(ReadOnlySpan<byte> argument)
    {
        // RFC 9422, MAILMAX: all of them count, whatever becomes of them.
        if (parts.Limits.SessionMessages > 0 && ++_mails > parts.Limits.SessionMessages)
        {
            return new(LimitReplies.SessionMessages);
        }

        if (Listener.RequiresAuth && Peer.AuthenticatedUser is null)
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

        SmtpReply? refusal = EsmtpParameters.ReadMail(argument[length..], out MailParameters parameters) ?? Refuse(sender, parameters);
        if (refusal is not null)
        {
            return new(refusal);
        }

        parts.Receiver.Reset();
        _smtpUtf8 = parameters.SmtpUtf8;
        IsBinary = parameters.Body == BodyType.BinaryMime;
        _recipients = 0;
        return parts.Receiver.MailAsync(sender, parameters);
    }

    /// <summary>RCPT.</summary>
    /// <param name="argument">What is behind the verb.</param>
    public ValueTask<SmtpReply> RecipientAsync(ReadOnlySpan<byte> argument)
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

        return _recipients >= parts.Limits.Recipients ? new(Replies.TooManyRecipients) : parts.Receiver.RecipientAsync(recipient, parameters);
    }

    /// <summary>The receiver took a recipient.</summary>
    public void CountRecipient() => _recipients++;

    private SmtpReply? Refuse(in MailPath sender, in MailParameters parameters) =>
        (parameters.HasAuth && (Listener.Users is null || Peer.Tls is null)) || (parameters.RequireTls && Peer.Tls is null) ? Replies.ParameterNotOffered
        : !sender.IsAscii && !parameters.SmtpUtf8 ? Replies.NeedsSmtpUtf8
        : parameters.Size > parts.Limits.MessageBytes ? Replies.MessageTooLarge
        : null;

    /// <summary>Skips <c>FROM:</c> or <c>TO:</c> and the spaces that many clients put behind it.</summary>
    private bool TrySkipKeyword(ref ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword)
    {
        if (argument.Length < keyword.Length || !Ascii.EqualsIgnoreCase(argument[..keyword.Length], keyword))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = argument[keyword.Length..];
        if (rest.StartsWith((byte)' ') && parts.IsLenient)
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

    private bool TryReadPath(ReadOnlySpan<byte> argument, out MailPath path, out int length) =>
        (MailPath.TryParse(argument, out path, out length) && !IsGlued(argument, length))
        || (parts.IsLenient && MailPath.TryParseLenient(argument, out path, out length) && !IsGlued(argument, length));

    /// <summary>Something other than a space right behind the closing bracket.</summary>
    private static bool IsGlued(ReadOnlySpan<byte> argument, int length) => argument.Length > length && argument[length] != ' ';
}
