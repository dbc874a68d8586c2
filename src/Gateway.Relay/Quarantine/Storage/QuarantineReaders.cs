using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>A few read-only connections; readers see the last commit and never wait for the writer.</summary>
/// <remarks>
/// Fails: <see cref="QuarantineUnavailableException"/>. A connection that met an error is not used again.
/// Threads: any. A read runs on the thread pool and is interrupted, also in the middle of a query, when its caller cancels.
/// </remarks>
internal sealed class QuarantineReaders(string path, QuarantineStoreLimits limits) : IAsyncDisposable
{
    private readonly SemaphoreSlim _places = new(limits.Readers);
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _closed;

    /// <summary>Runs a query on the thread pool.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Query(query, cancellationToken), cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Runs a short query on the calling thread, for streams that are read synchronously.</summary>
    public T Read<T>(Func<SqliteConnection, T> query)
    {
        _places.Wait();
        try
        {
            return Query(query, CancellationToken.None);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Waits for the queries under way and closes the connections.</summary>
    [Excused("GW0006", "all places are taken so that no query runs any more, and given back together at the end")]
    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        for (int i = 0; i < limits.Readers; i++)
        {
            await _places.WaitAsync();
        }

        while (_idle.TryTake(out SqliteConnection? connection))
        {
            connection.Dispose();
        }

        // The places stay usable, so that a late reader learns that the store is closed instead of waiting for ever.
        _places.Release(limits.Readers);
    }

    private T Query<T>(Func<SqliteConnection, T> query, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        SqliteConnection? connection = null;
        bool sound = false;
        try
        {
            if (!_idle.TryTake(out connection))
            {
                connection = QuarantineConnection.OpenForReading(path, limits.BusyTimeout);
            }

            sqlite3 handle = connection.Handle!;
            using CancellationTokenRegistration interrupt = cancellationToken.Register(() => raw.sqlite3_interrupt(handle));
            T result = query(connection);
            sound = true;
            return result;
        }
        catch (SqliteException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw QuarantineErrors.Unavailable(error, path);
        }
        finally
        {
            if (sound)
            {
                _idle.Add(connection!);
            }
            else
            {
                connection?.Dispose();
            }
        }
    }
}
