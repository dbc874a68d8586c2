using System.Net;
using System.Net.Sockets;
using SmtpServer;
using SmtpServer.IO;
using SmtpServer.Net;

namespace Gateway.SmtpServerGuard.Wire;

/// <summary>Makes listeners whose connections are bounded; it tells of its endpoints as the factory of the package does.</summary>
internal sealed class GuardedListenerFactory(GuardedListenerOptions options, int maxMessageBytes) : EndpointListenerFactory
{
    /// <inheritdoc/>
    public override IEndpointListener CreateListener(IEndpointDefinition endpointDefinition)
    {
        TcpListener listener = new(endpointDefinition.Endpoint);
        listener.Start();
        EndpointEventArgs started = new(endpointDefinition, listener.LocalEndpoint);
        OnEndpointStarted(started);
        return new Listener(listener, options, maxMessageBytes, () => OnEndpointStopped(started));
    }

    /// <summary>One endpoint.</summary>
    private sealed class Listener(TcpListener listener, GuardedListenerOptions options, int maxMessageBytes, Action stopped) : IEndpointListener
    {
        private static readonly byte[] Crowded = "421 4.7.0 Too many connections\r\n"u8.ToArray();
        private int _open;

        /// <inheritdoc/>
        public async Task<ISecurableDuplexPipe> GetPipeAsync(ISessionContext context, CancellationToken cancellationToken)
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync(cancellationToken);
                if (Interlocked.Increment(ref _open) <= options.MaxConnections && Prepare(socket, context) is { } client)
                {
                    bool proxy = options.ProxyNetworks.Any(n => n.Contains(client));
                    return new GuardedPipe(socket, new LineBounds(options.MaxLineBytes, maxMessageBytes, proxy), () => Interlocked.Decrement(ref _open));
                }

                Interlocked.Decrement(ref _open);
                TurnAway(socket);
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            listener.Stop();
            stopped();
        }

        /// <summary>Notes the addresses where the package does, and returns the client's; null when it is gone already.</summary>
        private static IPAddress? Prepare(Socket socket, ISessionContext context)
        {
            try
            {
                socket.NoDelay = true;
                IPEndPoint client = (IPEndPoint)socket.RemoteEndPoint!;
                context.Properties[EndpointListener.LocalEndPointKey] = socket.LocalEndPoint!;
                context.Properties[EndpointListener.RemoteEndPointKey] = client;
                return client.Address.IsIPv4MappedToIPv6 ? client.Address.MapToIPv4() : client.Address;
            }
            catch (SocketException)
            {
                return null;
            }
        }

        private static void TurnAway(Socket socket)
        {
            try
            {
                // So little always fits into the buffer of a new socket.
                socket.Blocking = false;
                socket.Send(Crowded);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // It has gone by itself.
            }

            socket.Dispose();
        }
    }
}
