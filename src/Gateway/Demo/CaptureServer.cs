using System.Collections.Concurrent;
using System.Net;
using Gateway.Hosting;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Demo;

/// <summary>A message as a capture server has just got it.</summary>
/// <param name="Recipients">Its recipients.</param>
/// <param name="Octets">Trace fields and content; valid until the reply.</param>
/// <param name="Connection">The connection it came over, for <see cref="IMailSystem.Cut"/>.</param>
internal sealed record CapturedMail(IReadOnlyList<string> Recipients, ReadOnlyMemory<byte> Octets, string Connection);

/// <summary>Decides what becomes of a message behind its end of data.</summary>
/// <param name="mail">The message.</param>
/// <param name="broken">Cancelled when the connection is gone.</param>
internal delegate ValueTask<SmtpReply> CaptureScript(CapturedMail mail, CancellationToken broken);

/// <summary>Where a capture server can be made to say something else than the usual.</summary>
internal enum CaptureStep
{
    /// <summary>The greeting.</summary>
    Greeting,

    /// <summary>MAIL.</summary>
    Mail,

    /// <summary>RCPT.</summary>
    Recipient,

    /// <summary>DATA.</summary>
    Data,
}

/// <summary>The mail system behind the gateway of a drill: what it does with a message is the caller's script.</summary>
/// <remarks>It speaks SMTP through the same engine as the gateway, on a loopback port of its own.</remarks>
internal sealed class CaptureServer : IMailSystem, ISmtpReceiverFactory
{
    private readonly WebApplication _app;
    private readonly CaptureScript _script;
    private readonly SessionRegistry _sessions = new(TimeProvider.System);
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new(StringComparer.Ordinal);

    private CaptureServer(CaptureScript script, int port)
    {
        _script = script;
        WebApplicationBuilder builder = PlainBuilder.Create();
        builder.Logging.ClearProviders();
        SmtpServerProfile profile = new() { HostName = "capture.demo.invalid" };
        SmtpConnectionHandler handler = new(this, () => profile, _sessions, TimeProvider.System);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Run(connection => ServeAsync(handler, connection))));
        _app = builder.Build();
    }

    /// <summary>What it says before the end of data instead of the usual; null for the usual.</summary>
    public Func<CaptureStep, SmtpReply?> Answer { get; init; } = static _ => null;

    /// <summary>True while it accepts connections and says nothing at all.</summary>
    public Func<bool> IsSilent { get; init; } = static () => false;

    /// <inheritdoc/>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Starts one.</summary>
    /// <param name="script">What it does with messages.</param>
    /// <param name="port">Where; 0 for any free port.</param>
    /// <param name="answer">What it says before the end of data.</param>
    /// <param name="isSilent">Whether it says nothing at all.</param>
    public static async Task<CaptureServer> StartAsync(
        CaptureScript script, int port = 0, Func<CaptureStep, SmtpReply?>? answer = null, Func<bool>? isSilent = null)
    {
        CaptureServer server = new(script, port) { Answer = answer ?? (static _ => null), IsSilent = isSilent ?? (static () => false) };
        await server._app.StartAsync();
        IServerAddressesFeature addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()
            ?? throw new InvalidOperationException("Kestrel does not tell its addresses.");
        server.EndPoint = IPEndPoint.Parse(new Uri(addresses.Addresses.Single()).Authority);
        return server;
    }

    /// <inheritdoc/>
    public void Cut(string connection)
    {
        if (_connections.TryGetValue(connection, out ConnectionContext? open))
        {
            open.Abort();
        }
    }

    /// <inheritdoc/>
    public int CutAll()
    {
        string[] open = [.. _connections.Keys];
        Array.ForEach(open, Cut);
        return open.Length;
    }

    /// <inheritdoc/>
    public ISmtpReceiver Create(SmtpPeer peer) => new Receiver(_script, Answer, peer.SessionId);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        CutAll();
        await _app.DisposeAsync();
        await _sessions.DisposeAsync();
    }

    private async Task ServeAsync(SmtpConnectionHandler handler, ConnectionContext connection)
    {
        _connections[connection.ConnectionId] = connection;
        try
        {
            if (IsSilent())
            {
                // Until the client hangs up.
                await connection.Transport.Input.ReadAtLeastAsync(int.MaxValue, CancellationToken.None);
                return;
            }

            await handler.OnConnectedAsync(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }

    private sealed class Receiver(CaptureScript script, Func<CaptureStep, SmtpReply?> answer, string connection) : ISmtpReceiver
    {
        private readonly List<string> _recipients = [];
        private readonly MemoryStream _octets = new();

        public SmtpReply? Greet() => answer(CaptureStep.Greeting);

        public ValueTask<SmtpReply> MailAsync(MailPath sender, MailParameters parameters) => new(answer(CaptureStep.Mail) ?? Replies.SenderOk);

        public ValueTask<SmtpReply> RecipientAsync(MailPath recipient, RecipientParameters parameters)
        {
            if (answer(CaptureStep.Recipient) is { } refused)
            {
                return new(refused);
            }

            _recipients.Add(recipient.Address);
            return new(Replies.RecipientOk);
        }

        public ValueTask<SmtpReply> BeginAsync() => new(answer(CaptureStep.Data) ?? Replies.StartMailInput);

        public void Append(ReadOnlySpan<byte> bytes) => _octets.Write(bytes);

        public ValueTask DrainAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<SmtpReply> CommitAsync(DataEnd end, CancellationToken cancellationToken) =>
            script(new CapturedMail(_recipients, _octets.GetBuffer().AsMemory(0, (int)_octets.Length), connection), cancellationToken);

        public void Reset()
        {
            _recipients.Clear();
            _octets.SetLength(0);
        }

        public void Closed(in SessionSummary summary)
        {
            // Nobody looks at the sessions of a capture.
        }

        public ValueTask DisposeAsync()
        {
            _octets.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
