using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Gateway.Spool.Format;
using Gateway.Spool.Log;
using Gateway.Spool.Storage;

namespace Gateway.Spool;

/// <summary>Keeps messages safe on disk until they are completed: a segmented log with one fsync for many commits.</summary>
/// <remarks>
/// Promises: what a completed commit or update wrote survives kill -9 and power loss. Nothing is known by half: a commit that
/// failed towards its caller is cancelled in the log if it became durable all the same.
/// Fails: <see cref="SpoolUnavailableException"/> when the disk does not take it, <see cref="SpoolDeadlineException"/> when not
/// in time; after either nothing is acknowledged and the same id may be committed again.
/// Threads: every member may be called from any thread.
/// </remarks>
public sealed class Spool : IAsyncDisposable
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly SpoolParts _parts;
    private readonly DirectoryLock _lock;
    private readonly MessageReader _reader;
    private readonly CommitLoop _loop;
    private readonly Evacuation _evacuation;
    private readonly Task _commitThread;
    private readonly Task _housekeepingThread;
    private readonly ITimer _ticker;
    private readonly SemaphoreSlim _bodyFlushes = new(4);
    private int _isDisposed;

    private Spool(SpoolParts parts, DirectoryLock directoryLock, RecoveryReport recovery, ulong lastSequence)
    {
        _parts = parts;
        _lock = directoryLock;
        Recovery = recovery;
        Housekeeper housekeeper = new(parts);
        housekeeper.CheckFreeSpace();
        _reader = new MessageReader(parts.Disk, parts.Paths, parts.Index, housekeeper.Wake);
        _loop = new CommitLoop(parts, parts.Supply.Take(), lastSequence);
        _evacuation = new Evacuation(parts);
        _commitThread = Start("spool-commit", _loop.Run);
        _housekeepingThread = Start("spool-housekeeper", housekeeper.Run);
        _ticker = parts.Time.CreateTimer(static spool => ((Spool)spool!).Tick(), this, TickInterval, TickInterval);
    }

    /// <summary>Whether messages are taken, and if not, why. Costs one volatile read.</summary>
    public SpoolHealth Health => _parts.Health.Current;

    /// <summary>What opening found.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>What is live now, in the order of commits; a copy.</summary>
    public IReadOnlyList<SpoolEntry> Entries => _parts.Index.Snapshot();

    /// <summary>Totals and sizes now.</summary>
    public SpoolStats Stats
    {
        get
        {
            SpoolTotals t = _loop.Totals;
            return new SpoolStats(
                t.Messages, t.Records, t.Batches, t.Flushes, t.Bytes, t.Failures, _parts.Index.Count, _parts.Index.Segments().Length, _parts.Queue.BacklogBytes);
        }
    }

    internal SpoolOptions Options => _parts.Options;

    /// <summary>The moving of what is left in sparse segments, for tests that wait for it.</summary>
    internal Task Evacuating => _evacuation.Running;

    /// <summary>Bytes of a header and an inline body together that fit into one segment.</summary>
    public long MaximumInlineBytes => _parts.Options.SegmentBytes - SegmentHeader.Size - RecordHeader.LengthOf(0, 0) - RecordHeader.LengthOf(0, 0) - RecordHeader.Alignment;

    /// <summary>Opens the spool in a directory, making it if need be, and recovers what is in it.</summary>
    /// <param name="options">Where and how large.</param>
    /// <param name="time">Drives the deadlines and the periodic work.</param>
    /// <param name="observer">Hears of batches and faults; may be null.</param>
    /// <param name="disk">The file system; the real one when null.</param>
    /// <param name="cancellation">Ends the recovery between two segments.</param>
    /// <exception cref="SpoolOpenException">Another process has the directory, or a newer version wrote it.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static Task<Spool> OpenAsync(
        SpoolOptions options, TimeProvider time, ISpoolObserver? observer = null, Disk? disk = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Task.Run(() => Open(options, time, observer, disk ?? PosixDisk.Instance, cancellation), cancellation);
    }

    /// <summary>Makes a message with its body durable.</summary>
    /// <remarks>
    /// Promises: durable when it completes. The memory of header and body must stay as it is until then; when the wait is
    /// cancelled or times out, it ends only once the memory is not needed any more, and the message is not in the spool.
    /// Cost: one copy of a small body, none of a large one; no allocation but the entry.
    /// </remarks>
    /// <param name="id">An id that no live message has.</param>
    /// <param name="header">Opaque; may be empty.</param>
    /// <param name="body">With the header at most <see cref="MaximumInlineBytes"/>; larger ones go through <see cref="CreateFile"/>.</param>
    /// <param name="cancellation">Bounds only the wait.</param>
    [Durable]
    public ValueTask CommitAsync(SpoolId id, ReadOnlyMemory<byte> header, ReadOnlySequence<byte> body, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length + body.Length, MaximumInlineBytes, nameof(body));
        return Refusal(id) is { } refusal
            ? ValueTask.FromException(refusal)
            : Submit(PendingRecord.Message(_parts.Pool, id, header, body), cancellation);
    }

    /// <summary>Makes a message durable whose body was written to its own file.</summary>
    /// <remarks>
    /// The file is flushed outside the commit thread. When the commit completes the spool owns the file; when it fails,
    /// the file stays the caller's.
    /// </remarks>
    [Durable]
    public async ValueTask CommitAsync(SpoolId id, ReadOnlyMemory<byte> header, SpoolFile body, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, MaximumInlineBytes, nameof(header));
        if (Refusal(id) is { } refusal)
        {
            throw refusal;
        }

        try
        {
            // Abandoned by its waiter, the flush goes on and does no harm: the descriptor stays open until it returns.
            await Task.Run(() => FlushBodyAsync(body), CancellationToken.None).WaitAsync(_parts.Options.CommitTimeout, _parts.Time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new SpoolDeadlineException($"the body file was not durable within {_parts.Options.CommitTimeout}");
        }

        await Submit(PendingRecord.Message(_parts.Pool, id, header, body), cancellation);
    }

    /// <summary>Makes a file for a body that is too large to be kept in memory while it is received.</summary>
    public SpoolFile CreateFile()
    {
        try
        {
            ulong name;
            do
            {
                name = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
            }
            while (name == 0);
            return new SpoolFile(_parts.Disk, name, _parts.Paths.Body(name));
        }
        catch (DiskException fault)
        {
            throw HealthLatch.Unavailable(fault);
        }
    }

    /// <summary>Replaces the state of a live message; durable when it completes, and the last one counts.</summary>
    /// <remarks>Fails also with <see cref="InvalidOperationException"/> when the message is not live. After a failure either state may count.</remarks>
    public ValueTask UpdateAsync(SpoolId id, ReadOnlyMemory<byte> state, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(state.Length, MaximumInlineBytes, nameof(state));
        return _parts.Index.Find(id) is { } entry
            ? Submit(PendingRecord.Update(_parts.Pool, entry, state), cancellation)
            : ValueTask.FromException(new InvalidOperationException($"message {id} is not in the spool"));
    }

    /// <summary>Ends the life of a message: it leaves <see cref="Entries"/> at once.</summary>
    /// <remarks>
    /// Promises: survives kill -9 a moment later, power loss about a second later; until then power loss brings the message
    /// back, which is a duplicate and not a loss.
    /// </remarks>
    /// <returns>False when the message was not live.</returns>
    [EndsCustody]
    public bool Complete(SpoolId id)
    {
        if (_parts.Index.Remove(id) is not { } entry)
        {
            return false;
        }

        PendingRecord done = PendingRecord.Done(_parts.Pool, entry);
        if (!_parts.Queue.TryAdd(done))
        {
            done.Release();
        }

        return true;
    }

    /// <summary>Waits until all that was committed and completed before is durable and files without use are gone.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await Submit(PendingRecord.Barrier(_parts.Pool), cancellation);
        await _parts.Housekeeper.BarrierAsync().WaitAsync(cancellation);
    }

    /// <summary>The entry of a live message, or null.</summary>
    public SpoolEntry? Find(SpoolId id) => _parts.Index.Find(id);

    /// <summary>Reads the header of a live message from disk.</summary>
    /// <exception cref="SpoolCorruptException">It does not match its checksum.</exception>
    /// <exception cref="InvalidOperationException">The message is not live.</exception>
    public ReadOnlyMemory<byte> ReadHeader(SpoolId id)
    {
        byte[] bytes = [];
        int length = _reader.ReadHeader(id, ref bytes).Length;
        return bytes.AsMemory(RecordHeader.Size, length);
    }

    /// <summary>Reads the header of a live message from disk into a buffer of the caller's.</summary>
    /// <param name="id">The message.</param>
    /// <param name="buffer">Replaced by a longer one when it is too short; what is returned lies in it.</param>
    /// <exception cref="SpoolCorruptException">It does not match its checksum.</exception>
    /// <exception cref="InvalidOperationException">The message is not live.</exception>
    public ReadOnlySpan<byte> ReadHeader(SpoolId id, ref byte[] buffer) => _reader.ReadHeader(id, ref buffer);

    /// <summary>Opens the body of a live message for reading.</summary>
    /// <remarks>Cost: the first opening after a restart reads the body once to check it; later ones read nothing.</remarks>
    /// <exception cref="SpoolCorruptException">It does not match its checksum, or its file is missing.</exception>
    /// <exception cref="InvalidOperationException">The message is not live.</exception>
    public SpoolBody OpenBody(SpoolId id) => _reader.OpenBody(id);

    /// <summary>Writes what waits, closes the log and lets the directory go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _ticker.DisposeAsync();
        _parts.Health.Close();
        await _evacuation.DisposeAsync();
        _parts.Queue.Close();
        await _commitThread;
        _parts.Housekeeper.Close();
        await _housekeepingThread;
        _parts.Supply.Dispose();
        Array.ForEach(_parts.Index.Segments(), static segment => segment.Dispose());
        _lock.Dispose();
    }

    private static Spool Open(SpoolOptions options, TimeProvider time, ISpoolObserver? observer, Disk disk, CancellationToken cancellation)
    {
        SpoolPaths paths = new(Path.GetFullPath(options.Directory));
        disk.CreateDirectory(paths.Root);
        DirectoryLock directoryLock = DirectoryLock.Take(disk, paths.Root);
        SpoolIndex index = new();
        try
        {
            disk.CreateDirectory(paths.Log);
            disk.CreateDirectory(paths.Large);
            disk.CreateDirectory(paths.Hints);
            disk.FlushDirectory(paths.Root);
            Recovery recovery = new(disk, paths, index, time, byHints: true);
            RecoveryReport report = recovery.Run(cancellation);
            SegmentSupply supply = new(disk, paths.Log, options.SegmentBytes, recovery.NextNumber);
            supply.Adopt(recovery.Spares, recovery.Cuts);
            SpoolParts parts = new(options, time, observer, disk, paths, index, new CommitQueue(time), supply, new HealthLatch(observer), new PendingPool());
            return new Spool(parts, directoryLock, report, recovery.LastSequence);
        }
        catch
        {
            Array.ForEach(index.Segments(), static segment => segment.Dispose());
            directoryLock.Dispose();
            throw;
        }
    }

    [CatchesAll("the fault of a thread is the fault of its task, which is awaited when the spool closes")]
    private static Task Start(string name, Action body)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                body();
                ended.SetResult();
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return ended.Task;
    }

    private Exception? Refusal(SpoolId id)
    {
        SpoolHealth health = _parts.Health.Current;
        return !health.IsHealthy ? new SpoolUnavailableException(health.Reason, health.Detail)
            : _parts.Index.Contains(id) ? new InvalidOperationException($"message {id} is in the spool already")
            : null;
    }

    private ValueTask Submit(PendingRecord record, CancellationToken cancellation)
    {
        ValueTask task = record.AsTask(cancellation);
        if (!_parts.Queue.TryAdd(record))
        {
            _ = record.TrySettle(new SpoolUnavailableException(SpoolUnavailableReason.Closed, "the spool is closed"));
            record.Release();
        }

        return task;
    }

    private async Task FlushBodyAsync(SpoolFile body)
    {
        await _bodyFlushes.WaitAsync();
        try
        {
            _parts.Disk.FlushData(body.Handle);
            _parts.Disk.FlushDirectory(_parts.Paths.Large);
        }
        catch (DiskException fault)
        {
            throw HealthLatch.Unavailable(fault);
        }
        finally
        {
            _bodyFlushes.Release();
        }
    }

    private void Tick()
    {
        TimeSpan? stall = _parts.Queue.Expire(_parts.Options.CommitTimeout);
        _parts.Health.Stalled(stall is { } running ? $"a write has not returned for {running}" : null);
        _parts.Queue.Tick();
        _parts.Housekeeper.Tick();
        _evacuation.Tick();
    }
}
