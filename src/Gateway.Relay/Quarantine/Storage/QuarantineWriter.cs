using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Makes many requests durable with one transaction and one fsync.</summary>
/// <remarks>
/// Promises: a request that succeeded survives power loss. One bad request costs only itself: when a batch fails, its requests are
/// written one by one. The thread survives every failure; a connection that met an I/O error or damage is closed, and opened again
/// for the next batch, because what SQLite still has in its cache is not to be trusted then.
/// Fails: each request of a batch with <see cref="QuarantineUnavailableException"/> while the database cannot be written.
/// Threads: one dedicated thread owns the connection; any thread may enqueue. What somebody waits for is written at once; quarantined messages,
/// which the spool has until then, gather for <see cref="QuarantineStoreLimits.Gathering"/> when they are few.
/// </remarks>
internal sealed class QuarantineWriter : IAsyncDisposable
{
    private readonly string _path;
    private readonly QuarantineStoreLimits _limits;
    private readonly UpgradeCopies _copies;
    private readonly TimeProvider _time;
    private readonly Channel<WriteRequest> _requests;
    private readonly int _enough;
    private readonly ManualResetEventSlim _hurry = new(initialState: false, spinCount: 0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqliteConnection? _connection;
    private QuarantineTables? _tables;
    private bool _vacuumDue = true;
    private long _transactions;
    private long _written;
    private long _failed;
    private long _busyTicks;

    /// <summary>Opens the database, makes or upgrades it, and starts the thread.</summary>
    public QuarantineWriter(string path, QuarantineStoreLimits limits, UpgradeCopies copies, TimeProvider time)
    {
        _path = path;
        _limits = limits;
        _copies = copies;
        _time = time;
        _enough = Math.Min(limits.EnoughRequests, limits.WaitingRequests);
        _requests = Channel.CreateBounded<WriteRequest>(new BoundedChannelOptions(limits.WaitingRequests) { SingleReader = true });
        try
        {
            Open(mayCreate: true).RemoveUnfinishedBodies();
        }
        catch
        {
            Close();
            throw;
        }

        new Thread(Run) { Name = "quarantine writer", IsBackground = true }.Start();
    }

    /// <summary>What is quarantined as of the last commit.</summary>
    public QuarantineUsage Usage { get; } = new();

    /// <summary>What the thread has done so far.</summary>
    public QuarantineActivity Activity => new(
        Volatile.Read(ref _transactions),
        Volatile.Read(ref _written),
        Volatile.Read(ref _failed),
        _requests.Reader.Count,
        TimeSpan.FromTicks(Volatile.Read(ref _busyTicks)));

    /// <summary>Hands a request over, waiting while the queue is full; the inner task is the request's own completion.</summary>
    /// <remarks>When this throws, the request was not handed over and its memory is released.</remarks>
    public async ValueTask<Task<T>> EnqueueAsync<T>(WriteRequest<T> request, CancellationToken cancellationToken)
    {
        try
        {
            await _requests.Writer.WriteAsync(request, cancellationToken);
            if (!request.CanWait || _requests.Reader.Count >= _enough)
            {
                _hurry.Set();
            }

            return request.Completion;
        }
        catch (Exception error)
        {
            request.Release();
            ObjectDisposedException.ThrowIf(error is ChannelClosedException, this);
            throw;
        }
    }

    /// <summary>Hands a request over and waits until it is durable. Cancelling ends the wait, not the write.</summary>
    public async Task<T> SubmitAsync<T>(WriteRequest<T> request, CancellationToken cancellationToken)
    {
        Task<T> completion = await EnqueueAsync(request, cancellationToken);
        return await completion.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what is waiting, then closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        _hurry.Set();
        await _ended.Task;
        _hurry.Dispose();
    }

    private void Run()
    {
        try
        {
            WriteAll();
            Close();
        }
        finally
        {
            _ended.SetResult();
        }
    }

    private void WriteAll()
    {
        var batch = new List<WriteRequest>(_limits.BatchRequests);
        while (TakeBatch(batch))
        {
            long started = _time.GetTimestamp();
            try
            {
                Write(batch);
            }
            finally
            {
                batch.ForEach(request => request.Release());
                batch.Clear();
                Volatile.Write(ref _busyTicks, _busyTicks + _time.GetElapsedTime(started).Ticks);
            }

            if (_vacuumDue && _requests.Reader.Count == 0)
            {
                _vacuumDue = TryGiveSpaceBack();
            }
        }
    }

    private bool TakeBatch(List<WriteRequest> batch)
    {
        // A dedicated thread may block; the channel has no blocking read of its own.
        if (!_requests.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            return false;
        }

        Gather();
        _hurry.Reset();
        int weight = 0;
        while (batch.Count < _limits.BatchRequests && weight < _limits.BatchBytes && _requests.Reader.TryRead(out WriteRequest? request))
        {
            weight += request.Weight;
            batch.Add(request);
        }

        if (_requests.Reader.Count > 0)
        {
            _hurry.Set();
        }

        return true;
    }

    // Nobody waits for a quarantined message to be in the quarantine: the spool has it until then. Who hurries sets the event behind the request:
    // reset before the requests are read, it is lost for none of them.
    private void Gather()
    {
        if (_requests.Reader.Count < _enough && _requests.Reader.TryPeek(out WriteRequest? first) && first.CanWait)
        {
            _hurry.Wait(_limits.Gathering);
        }
    }

    private void Write(List<WriteRequest> batch)
    {
        Exception? error = TryWrite(batch);
        if (error is not null && batch.Count > 1 && !QuarantineErrors.IsWholeDatabase(error))
        {
            foreach (WriteRequest request in batch)
            {
                Answer([request], TryWrite([request]));
            }

            return;
        }

        Answer(batch, error);
    }

    private void Answer(List<WriteRequest> requests, Exception? error)
    {
        ref long counter = ref error is null ? ref _written : ref _failed;
        Volatile.Write(ref counter, counter + requests.Count);
        foreach (WriteRequest request in requests)
        {
            if (error is null)
            {
                request.Succeed();
            }
            else
            {
                request.Fail(QuarantineErrors.ForWriter(error, _path));
            }
        }
    }

    // Whatever goes wrong is the requests' answer: a thread that dies here would leave every later message without one.
    [CatchesAll("the fault is the answer of the requests: a thread that dies leaves every later message without one")]
    private Exception? TryWrite(List<WriteRequest> requests)
    {
        try
        {
            QuarantineTables tables = Open();
            tables.Begin();
            foreach (WriteRequest request in requests)
            {
                request.Apply(tables);
                _vacuumDue |= request.FreesSpace;
            }

            tables.Commit();
            Volatile.Write(ref _transactions, _transactions + 1);
            return null;
        }
        catch (Exception error)
        {
            RollBack(error);
            return error;
        }
    }

    private void RollBack(Exception error)
    {
        try
        {
            if (QuarantineErrors.SpoilsConnection(error))
            {
                Close();
            }

            _connection?.RollBackIfOpen();
        }
        catch (SqliteException)
        {
            // Closing rolls back as well.
            Close();
        }
    }

    // False also when it failed: only room is at stake, and it is tried again after the next decision.
    private bool TryGiveSpaceBack()
    {
        try
        {
            return _connection is not null && FreeSpace.GiveBack(_connection, () => _requests.Reader.Count == 0);
        }
        catch (SqliteException error)
        {
            RollBack(error);
            return false;
        }
    }

    // A file that was there and is gone is an unmounted volume or a mistake: an empty quarantine in its place would hide it.
    private QuarantineTables Open(bool mayCreate = false)
    {
        _connection ??= QuarantineConnection.OpenForWriting(_path, _limits.BusyTimeout, mayCreate, _copies);
        return _tables ??= new QuarantineTables(_connection, Usage);
    }

    private void Close()
    {
        _tables?.Dispose();
        _connection?.Dispose();
        (_tables, _connection) = (null, null);
    }
}
