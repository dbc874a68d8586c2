using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway.Api.Door;

/// <summary>The sockets of the management interface, apart from those of SMTP: little is read ahead, and one line of work serves them all.</summary>
/// <remarks>
/// SMTP's sockets read up to 1 MiB ahead in blocks of 64 KiB and go on wherever a socket is ready, which is right for mail. At this interface it lets strangers
/// fill memory with bodies that nobody reads, and take every thread.
/// Threads: any.
/// </remarks>
/// <param name="endPoint">Where the interface listens; told by reference, because two listeners may both ask for port 0.</param>
/// <param name="logs">Logs.</param>
internal sealed class ManagementTransport(EndPoint endPoint, ILoggerFactory logs) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Octets read ahead of one connection; the largest body of an order fits.</summary>
    private const int ReadAhead = 64 * 1024;

    /// <summary>Connections that wait to be accepted.</summary>
    private const int Backlog = 128;

    private readonly SocketTransportFactory _sockets = new(
        Options.Create(new SocketTransportOptions { MaxReadBufferSize = ReadAhead, Backlog = Backlog, IOQueueCount = 1 }), logs);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => ReferenceEquals(endpoint, endPoint);

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => _sockets.BindAsync(endpoint, cancellationToken);
}
