using System.Collections.Concurrent;
using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Demo;

/// <summary>A mail system behind the demo's gateway: takes everything and keeps it in memory, by recipient.</summary>
/// <remarks>It speaks SMTP through the same engine as the gateway, on a loopback port of its own.</remarks>
internal sealed class CaptureServer : ISmtpReceiverFactory, IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SessionRegistry _sessions = new(TimeProvider.System);
    private readonly ConcurrentDictionary<string, byte[]> _byRecipient = new(StringComparer.Ordinal);

    private CaptureServer()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        SmtpServerProfile profile = new() { HostName = "capture.demo.invalid" };
        SmtpConnectionHandler handler = new(this, () => profile, _sessions, TimeProvider.System);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Run(handler.OnConnectedAsync)));
        _app = builder.Build();
    }

    /// <summary>Messages captured.</summary>
    public int Count => _byRecipient.Count;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    public static async Task<CaptureServer> StartAsync()
    {
        CaptureServer server = new();
        await server._app.StartAsync();
        IServerAddressesFeature addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()
            ?? throw new InvalidOperationException("Kestrel does not tell its addresses.");
        server.EndPoint = IPEndPoint.Parse(new Uri(addresses.Addresses.Single()).Authority);
        return server;
    }

    /// <summary>What a recipient got, or null.</summary>
    public byte[]? Find(string recipient) => _byRecipient.GetValueOrDefault(recipient);

    public ISmtpReceiver Create(SmtpPeer peer) => new Receiver(_byRecipient);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _sessions.DisposeAsync();
    }

    private sealed class Receiver(ConcurrentDictionary<string, byte[]> messages) : ISmtpReceiver
    {
        private readonly List<string> _recipients = [];
        private readonly MemoryStream _octets = new();

        public SmtpReply? Greet() => null;

        public ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters) => new(Replies.SenderOk);

        public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters)
        {
            _recipients.Add(recipient.Address);
            return new(Replies.RecipientOk);
        }

        public ValueTask<SmtpReply> BeginAsync() => new(Replies.StartMailInput);

        public void Append(ReadOnlySpan<byte> bytes) => _octets.Write(bytes);

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken)
        {
            byte[] message = _octets.ToArray();
            foreach (string recipient in _recipients)
            {
                messages[recipient] = message;
            }

            return new(Replies.Ok);
        }

        public void Reset()
        {
            _recipients.Clear();
            _octets.SetLength(0);
        }

        public void Closed(in SessionSummary summary)
        {
            // The demo does not look at the capture's sessions.
        }

        public ValueTask DisposeAsync()
        {
            _octets.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
