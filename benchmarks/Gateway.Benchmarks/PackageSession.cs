using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SmtpServer;
using SmtpServer.IO;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using PackageServices = SmtpServer.ComponentModel.ServiceProvider;

namespace Gateway.Benchmarks;

/// <summary>A session of the package SmtpServer, as its README hosts it, over pipes in memory into a store that discards.</summary>
internal sealed class PackageSession : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _server;

    private PackageSession(int octets)
    {
        Dialogue = new SmtpDialogue(octets);
        PackageServices services = new();
        services.Add((IEndpointListenerFactory)new OneConnection(Dialogue.Server));
        services.Add((IMessageStore)new Discard());
        ISmtpServerOptions options = new SmtpServerOptionsBuilder().ServerName("mx.example.org").Endpoint(static e => e.SessionTimeout(TimeSpan.FromDays(1))).Build();
        _server = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    /// <summary>The client.</summary>
    public SmtpDialogue Dialogue { get; }

    /// <summary>Opens it and says EHLO.</summary>
    public static async Task<PackageSession> OpenAsync(int octets)
    {
        PackageSession session = new(octets);
        await session.Dialogue.GreetAsync(lines: 4);
        return session;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Dialogue.QuitAsync();
        await _stop.CancelAsync();
        await _server;
        _stop.Dispose();
    }

    private sealed class Discard : MessageStore
    {
        public override Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken) => Task.FromResult(SmtpResponse.Ok);
    }

    /// <summary>Gives the one connection, then none.</summary>
    private sealed class OneConnection(IDuplexPipe pipe) : IEndpointListenerFactory, IEndpointListener, ISecurableDuplexPipe
    {
        private bool _given;

        public PipeReader Input => pipe.Input;

        public PipeWriter Output => pipe.Output;

        public bool IsSecure => false;

        public SslProtocols SslProtocol => SslProtocols.None;

        public IEndpointListener CreateListener(IEndpointDefinition endpointDefinition) => this;

        public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
        {
            if (_given)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            _given = true;
            return this;
        }

        public Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Dispose()
        {
            // The pipes belong to the benchmark.
        }
    }
}
