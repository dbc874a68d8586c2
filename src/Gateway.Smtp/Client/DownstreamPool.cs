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
    // With routes by MX there is no end of hosts.
    private static readonly TimeSpan KeepShelf = TimeSpan.FromHours(1);

    private readonly DownstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<DownstreamHost, IdleConnections> _shelves = new();
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

    /// <summary>Hosts that anything is kept of.</summary>
    internal int HostCount => _shelves.Count;

    /// <summary>Lends a connection: an idle one, or a new one. Waits while all the host's connections are lent.</summary>
    /// <remarks>Every rented connection must come back through <see cref="Return"/>, whatever happened to it.</remarks>
    /// <returns>The connection, or why none came about; on failure there is nothing to return.</returns>
    /// <exception cref="OperationCanceledException">Stopped while waiting for another rental to end.</exception>
    public ValueTask<ConnectResult> RentAsync(DownstreamHost host, CancellationToken ct) => RentAsync(host, isNew: false, Timeout.InfiniteTimeSpan, ct);

    [Excused("GW0006", "the place goes out with the connection and comes back through Return; without a connection it is given back here")]
    private async ValueTask<ConnectResult> RentAsync(DownstreamHost host, bool isNew, TimeSpan patience, CancellationToken ct)
    {
        IdleConnections shelf = Enter(host);
        try
        {
            await shelf.Lent.WaitAsync(ct);
        }
        catch
        {
            shelf.Leave(_time.GetTimestamp());
            throw;
        }

        try
        {
            while (!isNew && shelf.TryTake(out DownstreamConnection? idle))
            {
                if (idle.CanReuse && idle.IsQuiet())
                {
                    return new ConnectResult(idle);
                }

                idle.Close();
            }

            ConnectResult result = await new Connector(host, _options, _time) { Patience = patience, Refused = shelf.Refused }.ConnectAsync(ct);
            if (!result.IsConnected)
            {
                GiveBack(shelf);
            }

            return result;
        }
        catch
        {
            GiveBack(shelf);
            throw;
        }
    }

    /// <summary>Takes a rented connection back; closes it when it cannot be used again or enough are kept.</summary>
    public void Return(DownstreamConnection connection)
    {
        // Still the one it was rented from: a shelf in use is not retired.
        IdleConnections shelf = Shelf(connection.Host);
        bool kept = !_closed && connection.CanReuse && shelf.TryKeep(connection, _options.MaxIdlePerHost, _time.GetTimestamp());
        GiveBack(shelf);
        if (!kept)
        {
            connection.Close();
        }
        else if (_closed)
        {
            shelf.Close(long.MaxValue);
        }
    }

    /// <summary>Sends one message to the only host there is for it.</summary>
    /// <exception cref="OperationCanceledException">Stopped while waiting for another rental to end.</exception>
    public Task<DeliveryReport> SendAsync(DownstreamHost host, OutboundMessage message, CancellationToken ct) => SendAsync(host, message, hasNext: false, ct);

    /// <summary>
    /// Sends one message over a rented connection and returns it. Where a connection used before fails by itself
    /// (<see cref="FailureScope.Session"/>), repeats once over a new one.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="message">The message.</param>
    /// <param name="hasNext">Another host can take it: this one is waited for no longer than <see cref="DownstreamOptions.NextHostAfter"/>.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="OperationCanceledException">Stopped while waiting for another rental to end.</exception>
    public async Task<DeliveryReport> SendAsync(DownstreamHost host, OutboundMessage message, bool hasNext, CancellationToken ct)
    {
        TimeSpan patience = hasNext ? _options.NextHostAfter : Timeout.InfiniteTimeSpan;
        string? first = null;
        while (true)
        {
            ConnectResult result = await RentAsync(host, isNew: first is not null, patience, ct);
            if (!result.IsConnected)
            {
                return result.Failure.ToReport(message);
            }

            try
            {
                DeliveryReport report = await result.Connection.SendAsync(message, ct);
                if (!report.SessionFailed)
                {
                    report.FirstSession = first;
                    return report;
                }

                first = report.Recipients[^1].Reply?.ToString() ?? report.Detail ?? report.Recipients[^1].Outcome.ToString();
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
        foreach (IdleConnections shelf in _shelves.Values)
        {
            shelf.Close(long.MaxValue);
        }
    }

    private IdleConnections Shelf(DownstreamHost host) => _shelves.GetOrAdd(
        host, static (_, pool) => new IdleConnections(pool._options.MaxConnectionsPerHost, pool._time), this);

    private IdleConnections Enter(DownstreamHost host)
    {
        while (true)
        {
            IdleConnections shelf = Shelf(host);
            if (shelf.TryEnter(_time.GetTimestamp()))
            {
                return shelf;
            }

            _shelves.TryRemove(KeyValuePair.Create(host, shelf));
        }
    }

    private void GiveBack(IdleConnections shelf)
    {
        shelf.Lent.Release();
        shelf.Leave(_time.GetTimestamp());
    }

    private void Sweep()
    {
        long oldest = Ago(_options.IdleTimeout);
        long unused = Ago(KeepShelf);
        foreach (KeyValuePair<DownstreamHost, IdleConnections> one in _shelves)
        {
            one.Value.Close(oldest);
            if (one.Value.TryRetire(unused))
            {
                _shelves.TryRemove(one);
            }
        }
    }

    private long Ago(TimeSpan time) => _time.GetTimestamp() - (long)(time.TotalSeconds * _time.TimestampFrequency);
}
