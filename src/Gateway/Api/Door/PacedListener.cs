using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Api.Door;

/// <summary>Accepts connections no faster than a <see cref="NewcomerPace"/> allows.</summary>
/// <remarks>Promises: closing the port does not wait for the pace. Threads: as Kestrel calls it: one accepts, another may unbind.</remarks>
/// <param name="listener">What really listens.</param>
/// <param name="pace">The pace.</param>
internal sealed class PacedListener(IConnectionListener listener, NewcomerPace pace) : IConnectionListener
{
    private readonly CancellationTokenSource _unbound = new();

    /// <inheritdoc/>
    public EndPoint EndPoint => listener.EndPoint;

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await pace.WaitAsync(_unbound.Token);
        }
        catch (OperationCanceledException)
        {
            // Closed: the listener says so itself.
        }

        return await listener.AcceptAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await listener.UnbindAsync(cancellationToken);
        await _unbound.CancelAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await _unbound.CancelAsync();
        _unbound.Dispose();
    }
}
