using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SmtpServer;
using SmtpServer.IO;
using SmtpServer.Net;

namespace Gateway.DotnetPeer;

/// <summary>The listener of the package, but for Nagle's algorithm, which makes each pipelined reply wait for the client's delayed acknowledgement.</summary>
internal sealed class NoDelayListener : IEndpointListenerFactory
{
    /// <inheritdoc/>
    public IEndpointListener CreateListener(IEndpointDefinition endpointDefinition) => new Listener(new TcpListener(endpointDefinition.Endpoint));

    private sealed class Listener : IEndpointListener
    {
        private readonly TcpListener _listener;

        public Listener(TcpListener listener)
        {
            _listener = listener;
            _listener.Start();
        }

        public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
        {
            Socket socket = await _listener.AcceptSocketAsync(cancellationToken);
            socket.NoDelay = true;
            return new Connection(new NetworkStream(socket, ownsSocket: true));
        }

        public void Dispose() => _listener.Dispose();
    }

    private sealed class Connection(NetworkStream stream) : ISecurableDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream);

        public PipeWriter Output { get; } = PipeWriter.Create(stream);

        public bool IsSecure => false;

        public SslProtocols SslProtocol => SslProtocols.None;

        public Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Dispose() => stream.Dispose();
    }
}
