using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Benchmarks;

/// <summary>A session of the gateway's own engine over pipes in memory, into a receiver that discards.</summary>
internal sealed class KestrelSession : IAsyncDisposable
{
    private readonly SessionRegistry _registry = new(TimeProvider.System);
    private readonly Task _session;

    private KestrelSession(int octets)
    {
        Dialogue = new SmtpDialogue(octets);
        SmtpServerProfile profile = new() { HostName = "mx.example.org" };
        SmtpConnectionHandler handler = new(new DiscardFactory(), () => profile, _registry, TimeProvider.System);
        DefaultConnectionContext connection = new("bench", Dialogue.Server, Dialogue.Client)
        {
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 40000),
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 25),
        };
        _session = handler.OnConnectedAsync(connection);
    }

    /// <summary>The client.</summary>
    public SmtpDialogue Dialogue { get; }

    /// <summary>Opens it and says EHLO.</summary>
    public static async Task<KestrelSession> OpenAsync(int octets)
    {
        KestrelSession session = new(octets);
        await session.Dialogue.GreetAsync(lines: 7);
        return session;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Dialogue.QuitAsync();
        await _session;
        await _registry.DisposeAsync();
    }

    private sealed class DiscardFactory : ISmtpReceiverFactory
    {
        public ISmtpReceiver Create(SmtpPeer peer) => new Discard();
    }

    private sealed class Discard : ISmtpReceiver
    {
        public SmtpReply? Greet() => null;

        public ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters) => new(Replies.SenderOk);

        public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters) => new(Replies.RecipientOk);

        public ValueTask<SmtpReply> BeginAsync() => new(Replies.StartMailInput);

        public void Append(ReadOnlySpan<byte> bytes)
        {
            // Discarded.
        }

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken) => new(Replies.Queued("4bXk2Zq9Rt"));

        public void Reset()
        {
            // Nothing is kept.
        }

        public void Closed(in SessionSummary summary)
        {
            // Nobody asks.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
