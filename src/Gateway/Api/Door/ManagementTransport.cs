using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Gateway.Api.Door;

/// <summary>The sockets of the management interface, apart from those of SMTP: little is read ahead, and one line of work serves them all.</summary>
/// <remarks>
/// SMTP's sockets read up to 1 MiB ahead in blocks of 64 KiB and go on wherever a socket is ready, which is right for mail. At this interface it lets strangers
/// fill memory with bodies that nobody reads, and take every thread.
/// Connections are accepted at the pace of newcomers. Threads: any.
/// </remarks>
/// <param name="endPoint">Where the interface listens; told by reference, because two listeners may both ask for port 0.</param>
/// <param name="take">Gives the socket that is bound there.</param>
/// <param name="pace">How fast strangers are let in.</param>
/// <param name="logs">Logs.</param>
internal sealed class ManagementTransport(EndPoint endPoint, Func<EndPoint, Socket> take, NewcomerPace pace, ILoggerFactory logs)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Octets read ahead of one connection; the largest body of an order fits.</summary>
    private const int ReadAhead = 64 * 1024;

    /// <summary>Connections that wait to be accepted: with a pace more wait, and who has the token waits its turn among them instead of being dropped.</summary>
    private const int Backlog = 512;

    private readonly SocketTransportFactory _sockets = new(
        Options.Create(new SocketTransportOptions { MaxReadBufferSize = ReadAhead, Backlog = Backlog, IOQueueCount = 1, CreateBoundListenSocket = e => Small(take(e)) }), logs);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => ReferenceEquals(endpoint, endPoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new PacedListener(await _sockets.BindAsync(endpoint, cancellationToken), pace);

    /// <summary>The system keeps little for who waits to be accepted, too: it would take megabytes of each, and closing them takes longer than the answer.</summary>
    private static Socket Small(Socket socket)
    {
        socket.ReceiveBufferSize = ReadAhead;
        return socket;
    }
}
