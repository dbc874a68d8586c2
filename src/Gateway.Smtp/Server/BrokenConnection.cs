using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Smtp.Server;

/// <summary>A token that is cancelled when a connection is reset or aborted, but not when the client closed its sending half.</summary>
/// <remarks>
/// Kestrel's <see cref="BaseConnectionContext.ConnectionClosed"/> fires for both. A client that ends its input with its message
/// (<c>nc host 25 &lt; file</c>) would have its message cancelled in the middle of being stored, and never hear a reply.
/// Threads: the token is cancelled on a thread of Kestrel's.
/// </remarks>
internal sealed class BrokenConnection : IDisposable
{
    private readonly CancellationTokenSource _broken = new();
    private readonly CancellationTokenRegistration _closed;
    private readonly Socket? _socket;

    /// <summary>Watches a connection.</summary>
    public BrokenConnection(ConnectionContext connection)
    {
        _socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        _closed = connection.ConnectionClosed.UnsafeRegister(static s => ((BrokenConnection)s!).OnClosed(), this);
    }

    /// <summary>The token.</summary>
    public CancellationToken Token => _broken.Token;

    /// <inheritdoc/>
    /// <remarks>The source holds no timer and no handle; disposing it could meet a cancellation that is still running.</remarks>
    public void Dispose() => _closed.Dispose();

    private void OnClosed()
    {
        // The socket knows a reset or an abort; after an orderly end of input it is still connected.
        if (_socket is not { Connected: true })
        {
            _broken.Cancel();
        }
    }
}
