using System.Collections.Concurrent;
using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Transport;

namespace Gateway.Fuzz.Protocol;

/// <summary>What the receiving side knows of one session.</summary>
internal sealed class SessionAccount
{
    private readonly TaskCompletionSource<SessionSummary> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the session.</summary>
    public Task<SessionSummary> Closed => _closed.Task;

    /// <summary>Messages answered 2xx by the relay.</summary>
    public int Accepted { get; set; }

    /// <summary>What the session did against its promises to a receiver, or what the receiver threw; null for nothing.</summary>
    public string? Broken { get; set; }

    public void Close(in SessionSummary summary) => _closed.TrySetResult(summary);
}

/// <summary>Stands between the sessions and the relay, checks the order of calls, and remembers what was taken.</summary>
/// <remarks>Threads: any.</remarks>
internal sealed class Accounting(ISmtpReceiverFactory relay) : ISmtpReceiverFactory
{
    private readonly ConcurrentDictionary<(int Client, int Server), SessionAccount> _sessions = new();

    /// <summary>The ids under which messages were queued.</summary>
    public ConcurrentDictionary<string, bool> Queued { get; } = new(StringComparer.Ordinal);

    /// <summary>The account of the session between two ports; made when it is not there yet.</summary>
    public SessionAccount Of(IPEndPoint client, IPEndPoint server) => _sessions.GetOrAdd((client.Port, server.Port), static _ => new SessionAccount());

    /// <summary>Forgets a session before its ports are used again.</summary>
    public void Forget(IPEndPoint client, IPEndPoint server) => _sessions.TryRemove((client.Port, server.Port), out _);

    public ISmtpReceiver Create(SmtpPeer peer) => new Receiver(this, Of(peer.Remote, peer.Local), relay.Create(peer));

    private sealed class Receiver(Accounting all, SessionAccount account, ISmtpReceiver inner) : ISmtpReceiver
    {
        private bool _open;
        private bool _receiving;
        private bool _closed;
        private long _octets;

        public SmtpReply? Greet() => inner.Greet();

        public void HandshakeEnded(in TlsHandshake handshake) => inner.HandshakeEnded(handshake);

        public void AuthenticationEnded(string mechanism, string? user, bool ok) => inner.AuthenticationEnded(mechanism, user, ok);

        public async ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters)
        {
            Promise(!_open && !_receiving, "MAIL without a reset before");
            SmtpReply reply = await inner.MailAsync(sender, parameters);
            _open = true;
            return reply;
        }

        public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters)
        {
            Promise(_open && !_receiving, "RCPT without MAIL");
            return inner.RecipientAsync(recipient, parameters);
        }

        public async ValueTask<SmtpReply> BeginAsync()
        {
            Promise(_open && !_receiving, "content without MAIL");
            SmtpReply reply = await inner.BeginAsync();
            _receiving = reply.IsIntermediate;
            _octets = 0;
            return reply;
        }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            Promise(_receiving, "octets without content");
            _octets += bytes.Length;
            inner.Append(bytes);
        }

        public ValueTask DrainAsync(CancellationToken cancellationToken) => inner.DrainAsync(cancellationToken);

        public async ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken)
        {
            Promise(_receiving, "end of data without content");
            Promise(end.Length == _octets, "the length at the end is not that of the octets");
            SmtpReply reply = await inner.CommitAsync(end, cancellationToken);
            _receiving = false;
            if (reply.IsSuccess)
            {
                account.Accepted++;
                all.Queued[reply.Text[(reply.Text.LastIndexOf(' ') + 1)..]] = true;
            }

            return reply;
        }

        public void Reset()
        {
            _open = false;
            _receiving = false;
            inner.Reset();
        }

        public void Closed(in SessionSummary summary)
        {
            Promise(!_closed, "closed twice");
            _closed = true;
            account.Broken ??= summary.Fault?.ToString();
            inner.Closed(summary);
            account.Close(summary);
        }

        public ValueTask DisposeAsync()
        {
            Promise(_closed, "disposed without being closed");
            return inner.DisposeAsync();
        }

        private void Promise(bool holds, string broken)
        {
            if (!holds)
            {
                account.Broken ??= broken;
            }
        }
    }
}
