using Gateway.Smtp.Protocol;
using Gateway.Smtp.Transport;

namespace Gateway.Smtp.Server;

/// <summary>Makes a receiver for each new session; the seam between the protocol and what is behind it.</summary>
public interface ISmtpReceiverFactory
{
    /// <summary>Called once a connection, before the greeting.</summary>
    ISmtpReceiver Create(SmtpPeer peer);

    /// <summary>A connection from a proxy was dropped before it became a session, because its PROXY header is missing or unsound.</summary>
    /// <param name="proxy">Where it came from.</param>
    /// <param name="fault">Why, in words of ours.</param>
    /// <param name="isProbe">The proxy left before it had sent anything, as checks of its health do.</param>
    void ProxyRefused(System.Net.IPEndPoint proxy, string fault, bool isProbe)
    {
        // Who does not count them needs not know.
    }
}

/// <summary>What a session hands its mail to: the life of a transaction in seven verbs.</summary>
/// <remarks>
/// Promises to the receiver: calls come one at a time and in the order Greet, (Greet, Mail, Recipient*, Begin, (Append*, Drain)*,
/// Commit, Reset)*, Closed. Reset may come at any time, also twice and after Commit, and always comes before the next Mail.
/// Closed comes once, for a connection refused by the limit as the only call.
/// Promises by the receiver: a reply is a value, no outcome of a message is an exception; what it throws, an
/// <see cref="IOException"/> of its disk too, is answered 421 4.3.0 and ends the session.
/// </remarks>
public interface ISmtpReceiver : IDataSink, IAsyncDisposable
{
    /// <summary>May refuse the whole connection; null lets it in. Comes again when XCLIENT named another client.</summary>
    SmtpReply? Greet();

    /// <summary>A TLS handshake ended; behind <see cref="Greet"/>, outside of transactions, at most once.</summary>
    void HandshakeEnded(in TlsHandshake handshake)
    {
        // Who does not count them needs not know.
    }

    /// <summary>An authentication was tried; outside of transactions.</summary>
    /// <param name="mechanism">The SASL mechanism.</param>
    /// <param name="user">Who the client claims to be, as it was said or proven; null when the exchange did not get that far. Hostile when <paramref name="ok"/> is false.</param>
    /// <param name="ok">Whether that was proven.</param>
    void AuthenticationEnded(string mechanism, string? user, bool ok)
    {
        // Who does not count them needs not know.
    }

    /// <summary>Opens a transaction.</summary>
    ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters);

    /// <summary>Offers one recipient.</summary>
    ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters);

    /// <summary>The message is about to come; <see cref="Replies.StartMailInput"/> or any other 3xx lets it come, other replies refuse it.</summary>
    ValueTask<SmtpReply> BeginAsync();

    /// <summary>Called after the octets of one network read were appended; the place to wait when memory is short.</summary>
    /// <param name="cancellationToken">
    /// Cancelled when the connection is broken in both directions; not when the client only closed its sending half.
    /// </param>
    ValueTask DrainAsync(CancellationToken cancellationToken);

    /// <summary>The message is complete: judge it, store it, answer.</summary>
    /// <param name="end">What the decoder saw.</param>
    /// <param name="cancellationToken">As in <see cref="DrainAsync"/>: nobody is left to hear the reply.</param>
    /// <remarks>A 2xx reply is a promise that the message is on stable storage.</remarks>
    ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken);

    /// <summary>The transaction is dropped (RSET, EHLO, a refused or broken message).</summary>
    void Reset();

    /// <summary>The session ended.</summary>
    void Closed(in SessionSummary summary);
}

/// <summary>What the decoder saw of one message.</summary>
/// <param name="Length">Octets after dot-unstuffing.</param>
/// <param name="SuspectEndOffset">
/// Offset in the decoded octets of a dot line that another server might take for the end of data, or -1.
/// </param>
/// <param name="UnstuffedOffset">Offset in the decoded octets of the first line that began with a dot the client had not doubled, or -1.</param>
public readonly record struct DataEnd(long Length, long SuspectEndOffset, long UnstuffedOffset = -1)
{
    /// <summary>What was done to the line ends of a client that is excepted from the rules about them; null for all others.</summary>
    /// <remarks>Of such a client a message with a suspect end must be refused, whatever else is allowed.</remarks>
    public NormalizedLineEnds? Normalized { get; init; }
}
