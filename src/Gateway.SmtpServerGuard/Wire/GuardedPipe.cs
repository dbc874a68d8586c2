using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SmtpServer.IO;

namespace Gateway.SmtpServerGuard.Wire;

/// <summary>A connection that gives the package one whole line, or one whole message, at a time.</summary>
internal sealed class GuardedPipe : ISecurableDuplexPipe
{
    private readonly LineBounds _bounds;
    private readonly Action _closed;
    private Stream _stream;
    private LineReader _lines;
    private bool _disposed;

    /// <summary>Takes over a connection.</summary>
    /// <param name="socket">The connection; disposed with this object.</param>
    /// <param name="bounds">What the client may send.</param>
    /// <param name="closed">Called once, at the end.</param>
    public GuardedPipe(Socket socket, LineBounds bounds, Action closed)
    {
        _bounds = bounds;
        _closed = closed;
        _stream = new NetworkStream(socket, ownsSocket: true);
        Replies = new ReplyGroup(PipeWriter.Create(_stream));
        _lines = new LineReader(PipeReader.Create(_stream), Replies, bounds);
    }

    /// <summary>The replies under way.</summary>
    public ReplyGroup Replies { get; private set; }

    /// <summary>True when the message read last has not one octet. The package cannot tell it from an empty line.</summary>
    public bool HasEmptyContent => _lines.HasEmptyContent;

    /// <inheritdoc/>
    public PipeReader Input => _lines;

    /// <inheritdoc/>
    public PipeWriter Output => Replies;

    /// <inheritdoc/>
    public bool IsSecure => _stream is SslStream;

    /// <inheritdoc/>
    public SslProtocols SslProtocol => (_stream as SslStream)?.SslProtocol ?? SslProtocols.None;

    /// <inheritdoc/>
    /// <remarks>What the client sent in clear behind STARTTLS is dropped (RFC 3207 section 4.2).</remarks>
    public async Task UpgradeAsync(X509Certificate certificate, SslProtocols protocols, CancellationToken cancellationToken = default)
    {
        await Replies.FlushGroupAsync(cancellationToken);
        SslStream secured = new(_stream, leaveInnerStreamOpen: false);
        SslServerAuthenticationOptions options = new() { ServerCertificate = certificate, EnabledSslProtocols = protocols };
        await secured.AuthenticateAsServerAsync(options, cancellationToken);
        _stream = secured;
        Replies = new ReplyGroup(PipeWriter.Create(secured));
        _lines = new LineReader(PipeReader.Create(secured), Replies, _bounds with { MayProxy = false });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _stream.Dispose();
            _closed();
        }
    }
}
