using Gateway.Relay.Message;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The quarantine in one SQLite database: one file to back up, readable with any SQLite tool.</summary>
/// <remarks>
/// Promises: as <see cref="IQuarantineStore"/>. The file is readable by its owner only. Bodies are compressed, identical ones are
/// stored once, and removed ones are overwritten.
/// Fails: <see cref="QuarantineUnavailableException"/>; the store recovers by itself when the cause is gone.
/// Threads: one writer thread that commits many requests at once, a few connections for reading.
/// Cost: one fsync for all requests that arrived during the one before.
/// </remarks>
public sealed class SqliteQuarantineStore : IQuarantineStore
{
    private readonly QuarantineWriter _writer;
    private readonly QuarantineReaders _readers;
    private readonly BodyIntake _intake;
    private readonly BodyCodec _codec = new();
    private readonly BodyCodec _records = StoredRecord.NewCodec();
    private readonly TimeProvider _time;
    private readonly UpgradeCopies _copies;

    private SqliteQuarantineStore(QuarantineWriter writer, string path, QuarantineStoreLimits limits, UpgradeCopies copies, TimeProvider time)
    {
        _writer = writer;
        _copies = copies;
        _time = time;
        _readers = new QuarantineReaders(path, limits);
        _intake = new BodyIntake(writer, _codec, limits.LargeBodies);
    }

    /// <summary>What the writer has done so far; for metrics.</summary>
    public QuarantineActivity Activity => _writer.Activity;

    /// <summary>The copy that was kept before this opening upgraded the database; null when it did not.</summary>
    public UpgradeCopy? Upgraded => _copies.Kept;

    /// <inheritdoc cref="OpenAsync(string, TimeProvider, QuarantineStoreLimits, CancellationToken)"/>
    public static Task<SqliteQuarantineStore> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken) =>
        OpenAsync(path, time, new QuarantineStoreLimits(), cancellationToken);

    /// <summary>Opens the quarantine; makes it when there is none, upgrades it when an older gateway made it.</summary>
    /// <remarks>Fails: <see cref="QuarantineUnavailableException"/>, also for a database of a newer gateway or of another program.</remarks>
    /// <param name="path">The database file; its directory exists.</param>
    /// <param name="time">The clock of the audit trail and of <see cref="Activity"/>.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="cancellationToken">Ends the wait before the opening has begun.</param>
    public static async Task<SqliteQuarantineStore> OpenAsync(
        string path, TimeProvider time, QuarantineStoreLimits limits, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        try
        {
            UpgradeCopies copies = new(full, limits.Volume);
            QuarantineWriter writer = await Task.Run(() => new QuarantineWriter(full, limits, copies, time), cancellationToken);
            return new SqliteQuarantineStore(writer, full, limits, copies, time);
        }
        catch (Exception error) when (error is Microsoft.Data.Sqlite.SqliteException or UnauthorizedAccessException
            or (IOException and not QuarantineUnavailableException))
        {
            throw QuarantineErrors.Unavailable(error, full);
        }
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(QuarantineEntry entry, Stream body, CancellationToken cancellationToken)
    {
        var stored = new StoredEntry(entry, _records);
        TakenBody taken = await _intake.TakeAsync(body, cancellationToken);
        Task<bool> written;
        try
        {
            written = await _writer.EnqueueAsync(new AddRequest(stored, taken), cancellationToken);
            _ = await written.WaitAsync(cancellationToken);
        }
        catch when (taken.Staged is not null)
        {
            // Harmless when the entry is or will be written: only a body that is nobody's is removed, and requests keep their order.
            await _intake.AbandonAsync(taken.Staged.Value);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<QuarantineEntry?> FindAsync(string id, CancellationToken cancellationToken) =>
        EntryId.IsValid(id) ? await _readers.ReadAsync(connection => EntryReading.Find(connection, _records, id), cancellationToken) : null;

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantineSummary>> ListAsync(QuarantineFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _readers.ReadAsync(connection => ListReading.List(connection, filter), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<Stream?> OpenBodyAsync(string id, CancellationToken cancellationToken)
    {
        if (!EntryId.IsValid(id))
        {
            return null;
        }

        (long Key, long Length)? body = await _readers.ReadAsync(connection => EntryReading.Body(connection, id), cancellationToken);
        return body is var (key, length) ? new BodyStream(_readers, _codec, key, length) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DecideAsync(
        string id,
        IReadOnlyCollection<QuarantineState> from,
        QuarantineState to,
        ReviewDecision decision,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(decision);
        if (!string.Equals(decision.EntryId, id, StringComparison.Ordinal))
        {
            throw new ArgumentException("The decision is about another entry.", nameof(decision));
        }

        return EntryId.IsValid(id)
            && await _writer.SubmitAsync(new DecideRequest(id, [.. from], to, decision, _time.GetUtcNow()), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> NoteAsync(string id, IReadOnlyList<ReviewDecision> outcomes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        return EntryId.IsValid(id) && await _writer.SubmitAsync(new NoteRequest(id, outcomes, _time.GetUtcNow()), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>?> RecipientsToRepeatAsync(string id, CancellationToken cancellationToken) =>
        _readers.ReadAsync(connection => RepeatedRelease.Recipients(connection, id), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<QuarantineSessionLine>> SessionAsync(string id, CancellationToken cancellationToken) =>
        EntryId.IsValid(id) ? await _readers.ReadAsync(connection => EntryReading.Session(connection, _records, id), cancellationToken) : [];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReviewDecision>> HistoryAsync(string id, CancellationToken cancellationToken) =>
        EntryId.IsValid(id) ? await _readers.ReadAsync(connection => EntryReading.History(connection, id), cancellationToken) : [];

    /// <inheritdoc/>
    public Task<IReadOnlyList<RuleCount>> CountByRuleAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(ListReading.CountByRule, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantineGroup>> GroupAsync(
        QuarantineGrouping by, QuarantineFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _readers.ReadAsync(connection => ListReading.Group(connection, by, filter), cancellationToken);
    }

    /// <inheritdoc/>
    public QuarantineUsage Usage => _writer.Usage;

    /// <inheritdoc/>
    public Task<DiscardedMail> ExpireAsync(
        string rule, TimeSpan before, int most, string actor, string reason, CancellationToken cancellationToken) =>
        _writer.SubmitAsync(new ExpireRequest(rule, before, most, actor, reason, _time.GetUtcNow()), cancellationToken);

    /// <inheritdoc/>
    public Task<int> ForgetAsync(TimeSpan before, int most, CancellationToken cancellationToken)
    {
        _copies.RemoveOld(_time.GetUtcNow());
        return _writer.SubmitAsync(new ForgetRequest(before, most), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, QuarantinedSince>> OldestByRuleAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(ListReading.OldestByRule, cancellationToken);

    /// <inheritdoc/>
    public Task<(string Id, TimeSpan Since)?> LatestAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(ListReading.Latest, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<QuarantineTotals> TotalsAsync(CancellationToken cancellationToken) =>
        await _readers.ReadAsync(ListReading.Totals, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<QuarantineEntry>> ReleasingAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(connection => EntryReading.InState(connection, _records, QuarantineState.Releasing), cancellationToken);

    /// <summary>Writes what was handed over, then closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        // Readers first: the last connection to close folds the write-ahead log into the file, and only a writing one can.
        await _readers.DisposeAsync();
        await _writer.DisposeAsync();
        _intake.Dispose();
        _codec.Dispose();
        _records.Dispose();
    }
}
