using System.Collections.Concurrent;

namespace Gateway.Smtp.Client;

/// <summary>Keeps connections to downstream hosts open between messages.</summary>
/// <remarks>
/// Promises: at most <see cref="DownstreamOptions.MaxConnectionsPerHost"/> rented connections per host; the one used last is
/// lent first, so that the surplus grows idle and is closed; a connection on which the host hung up is never lent.
/// Mail that must not share connections with other mail (previously failed, suspicious) uses a pool of its own.
/// Threads: any.
/// Cost: one poll of the socket per rental of an idle connection.
/// </remarks>
public sealed class DownstreamPool : IAsyncDisposable
{
    private readonly DownstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<DownstreamHost, HostShelf> _shelves = new();
    private readonly ITimer _sweep;
    private volatile bool _closed;

    /// <summary>Makes an empty pool.</summary>
    public DownstreamPool(DownstreamOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        TimeSpan period = options.IdleTimeout / 4;
        period = period < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : period;
        _sweep = time.CreateTimer(static pool => ((DownstreamPool)pool!).Sweep(), this, period, period);
    }

    /// <summary>Unused connections kept at this moment, over all hosts.</summary>
    public int IdleCount => _shelves.Values.Sum(static shelf => shelf.IdleCount);

    /// <summary>Lends a connection: an idle one, or a new one. Waits while all the host's connections are lent.</summary>
    /// <remarks>Every rented connection must come back through <see cref="Return"/>, whatever happened to it.</remarks>
    /// <returns>The connection, or why none came about; on failure there is nothing to return.</returns>
    /// <exception cref="OperationCanceledException">Stopped while waiting for another rental to end.</exception>
    public async ValueTask<ConnectResult> RentAsync(DownstreamHost host, CancellationToken ct)
    {
        HostShelf shelf = Shelf(host);
        await shelf.Lent.WaitAsync(ct);
        try
        {
            while (shelf.TryTake(out DownstreamConnection? idle))
            {
                if (idle.CanReuse && idle.IsQuiet())
                {
                    return new ConnectResult(idle);
                }

                idle.Close();
            }

            ConnectResult result = await DownstreamConnection.ConnectAsync(host, _options, _time, ct);
            if (!result.IsConnected)
            {
                shelf.Lent.Release();
            }

            return result;
        }
        catch
        {
            shelf.Lent.Release();
            throw;
        }
    }

    /// <summary>Takes a rented connection back; closes it when it cannot be used again or enough are kept.</summary>
    public void Return(DownstreamConnection connection)
    {
        HostShelf shelf = Shelf(connection.Host);
        bool kept = !_closed && connection.CanReuse && shelf.TryKeep(connection, _options.MaxIdlePerHost, _time.GetTimestamp());
        shelf.Lent.Release();
        if (!kept)
        {
            connection.Close();
        }
        else if (_closed)
        {
            shelf.Close(long.MaxValue);
        }
    }

    /// <summary>
    /// Sends one message over a rented connection and returns it. Where an idle connection turns out to be dead before
    /// the host answered anything, repeats over another one.
    /// </summary>
    /// <exception cref="OperationCanceledException">Stopped while waiting for another rental to end.</exception>
    public async Task<DeliveryReport> SendAsync(DownstreamHost host, OutboundMessage message, CancellationToken ct)
    {
        while (true)
        {
            ConnectResult result = await RentAsync(host, ct);
            if (!result.IsConnected)
            {
                return result.Failure.ToReport(message);
            }

            try
            {
                DeliveryReport report = await result.Connection.SendAsync(message, ct);
                if (!report.StaleConnection)
                {
                    return report;
                }
            }
            finally
            {
                Return(result.Connection);
            }
        }
    }

    /// <summary>Closes all idle connections; rented ones are closed when they come back.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _sweep.DisposeAsync();
        foreach (HostShelf shelf in _shelves.Values)
        {
            shelf.Close(long.MaxValue);
        }
    }

    private HostShelf Shelf(DownstreamHost host) => _shelves.GetOrAdd(
        host, static (_, options) => new HostShelf(options.MaxConnectionsPerHost), _options);

    private void Sweep()
    {
        long now = _time.GetTimestamp();
        long oldest = now - (long)(_options.IdleTimeout.TotalSeconds * _time.TimestampFrequency);
        foreach (HostShelf shelf in _shelves.Values)
        {
            shelf.Close(oldest);
        }
    }
}
