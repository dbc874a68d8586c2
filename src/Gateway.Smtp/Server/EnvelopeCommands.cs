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
        if (RefuseMail() is SmtpReply limit)
        {
            return new(limit);
        }

        if (ReadMail(argument, out MailPath sender, out MailParameters parameters) is SmtpReply refusal)
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
        if (ReadRecipient(argument, out MailPath recipient, out RecipientParameters parameters) is SmtpReply refusal)
        {
            return new(refusal);
        }

        return _recipients >= parts.Limits.Recipients ? new(Replies.TooManyRecipients) : parts.Receiver.RecipientAsync(recipient, parameters);
    }

    /// <summary>Counts a MAIL command, and refuses it where the session may give none.</summary>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? RefuseMail() =>
        // RFC 9422, MAILMAX: all of them count, whatever becomes of them.
        parts.Limits.SessionMessages > 0 && ++_mails > parts.Limits.SessionMessages ? LimitReplies.SessionMessages
        : Listener.RequiresAuth && Peer.AuthenticatedUser is null ? Replies.AuthRequired
        : null;

    /// <summary>Reads what is behind MAIL.</summary>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? ReadMail(ReadOnlySpan<byte> argument, out MailPath sender, out MailParameters parameters)
    {
        sender = default!;
        parameters = default!;
        return !TrySkipKeyword(ref argument, "FROM"u8) ? Replies.BadMail
            : !TryReadPath(argument, out sender, out int length) ? Replies.BadSenderAddress
            : EsmtpParameters.ReadMail(argument[length..], out parameters) ?? Refuse(sender, parameters);
    }

    /// <summary>Reads what is behind RCPT.</summary>
    /// <returns>The reply that refuses it, or null.</returns>
    public SmtpReply? ReadRecipient(ReadOnlySpan<byte> argument, out MailPath recipient, out RecipientParameters parameters)
    {
        recipient = default!;
        parameters = default!;
        return !TrySkipKeyword(ref argument, "TO"u8) ? Replies.BadRecipient
            : !TryReadPath(argument, out recipient, out int length) || recipient.IsNull ? Replies.BadRecipientAddress
            : EsmtpParameters.ReadRecipient(argument[length..], _smtpUtf8, out parameters)
                ?? (!recipient.IsAscii && !_smtpUtf8 ? Replies.NeedsSmtpUtf8 : null);
    }

    /// <summary>The receiver took a recipient.</summary>
    public void CountRecipient() => _recipients++;

    private SmtpReply? Refuse(in MailPath sender, in MailParameters parameters) =>
        (parameters.HasAuth && (Listener.Users is null || Peer.Tls is null)) || (parameters.RequireTls && Peer.Tls is null)
            || (parameters.Body == BodyType.BinaryMime && !parts.Greetings.OffersChunks) ? Replies.ParameterNotOffered
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
