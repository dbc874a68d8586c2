using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SmtpServer;
using SmtpServer.IO;
using SmtpServer.Net;

namespace Gateway.Demo;

/// <summary>Accepts connections for the package SmtpServer so that they can be cut, and without Nagle's algorithm, which costs it 40 ms a message.</summary>
internal sealed class CaptureListener : IEndpointListenerFactory, IEndpointListener
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<string, Connection> _open = new(StringComparer.Ordinal);
    private readonly Func<bool> _isSilent;
    private readonly Action<ISessionContext> _prepare;
    private int _accepted;

    /// <summary>Listens.</summary>
    /// <param name="port">Where, on loopback; 0 for any free port.</param>
    /// <param name="isSilent">Whether new connections are accepted and nothing is said.</param>
    /// <param name="prepare">Told of each session before its greeting.</param>
    public CaptureListener(int port, Func<bool> isSilent, Action<ISessionContext> prepare)
    {
        _isSilent = isSilent;
        _prepare = prepare;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The name of the connection of a session, and what is cancelled when it is cut.</summary>
    public static (string Id, CancellationToken Gone) Of(ISessionContext context) => context.Pipe is Connection connection ? (connection.Id, connection.Gone) : default;

    /// <inheritdoc/>
    public IEndpointListener CreateListener(IEndpointDefinition endpointDefinition) => this;

    /// <inheritdoc/>
    public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket socket = await _listener.AcceptSocketAsync(cancellationToken);
            socket.NoDelay = true;
            Connection connection = new(socket, (++_accepted).ToString(CultureInfo.InvariantCulture), _open);
            if (!_isSilent())
            {
                _prepare(context);
                return connection;
            }
        }
    }

    /// <summary>Closes one connection without a word.</summary>
    public void Cut(string connection)
    {
        if (_open.TryGetValue(connection, out Connection? open))
        {
            open.Dispose();
        }
    }

    /// <summary>Closes all connections without a word.</summary>
    public int CutAll()
    {
        string[] open = [.. _open.Keys];
        Array.ForEach(open, Cut);
        return open.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private sealed class Connection : ISecurableDuplexPipe
    {
        // The package can overlook an end of data that lies across two blocks. So a block holds every message of a demo or a drill.
        private const int Block = 4 * 1024 * 1024;

        private readonly CancellationTokenSource _gone = new();
        private readonly NetworkStream _stream;
        private readonly ConcurrentDictionary<string, Connection> _open;

        public Connection(Socket socket, string id, ConcurrentDictionary<string, Connection> open)
        {
            Id = id;
            _open = open;
            _stream = new NetworkStream(socket, ownsSocket: true);
            Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: Block, minimumReadSize: 1));
            Output = PipeWriter.Create(_stream);
            open[id] = this;
        }

        public string Id { get; }

        public CancellationToken Gone => _gone.Token;

        public PipeReader Input { get; }

        public PipeWriter Output { get; }

        public bool IsSecure => false;

        public SslProtocols SslProtocol => SslProtocols.None;

        public Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("There is no certificate.");

        public void Dispose()
        {
            _open.TryRemove(Id, out _);
            _stream.Dispose();
            _gone.Cancel();
        }
    }
}
