using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Microsoft.Data.Sqlite;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class QuarantineFaultTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Fault_CopyOfTheFilesMidWrite_HasEverythingAcknowledged()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await _quarantine.AddAsync(store, null, Body(4096, i));
        }

        // A large body of which some pieces are committed and the rest has not come.
        var half = new DrippingStream(Body(4_000_000)) { PauseAt = 2_500_000 };
        QuarantineEntry unfinished = _quarantine.Entry();
        Task adding = store.AddAsync(unfinished, half, Ct).AsTask();
        await half.Paused.Task.WaitAsync(Ct);
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        Task load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                for (int i = 0; i < 8; i++)
                {
                    acknowledged.Add((await _quarantine.AddAsync(store)).Id);
                }
            },
            Ct)));
        while (acknowledged.Count < 16)
        {
            await Task.Yield();
        }

        // What a kill leaves: so little was written that no checkpoint has run, so the file stands still and the log only grows.
        string[] before = [.. acknowledged];
        string copy = Path.Combine(_quarantine.Folder, "copy.db");
        File.Copy(_quarantine.DatabasePath, copy);
        File.Copy(_quarantine.DatabasePath + "-wal", copy + "-wal");
        await load;
        half.Resume.SetResult();
        await adding;
        await using (FileStream log = File.Open(copy + "-wal", FileMode.Append))
        {
            await log.WriteAsync(new byte[5000], Ct);
        }

        SqliteQuarantineStore recovered = await _quarantine.OpenAsync(copy);

        foreach (string id in before)
        {
            Assert.Equal(Body(4096), await ReadBodyAsync(recovered, id));
        }

        Assert.True((await recovered.TotalsAsync(Ct)).Items[QuarantineState.Quarantined] >= before.Length + 5);
        Assert.Null(await recovered.FindAsync(unfinished.Id, Ct));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body WHERE sha256 IS NULL", copy));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body_piece WHERE key >> 20 NOT IN (SELECT key FROM body)", copy));
        Assert.Equal(Body(4_000_000), await ReadBodyAsync(store, unfinished.Id));
        await _quarantine.AddAsync(recovered, unfinished, Body(4_000_000));
        Assert.Equal(Body(4_000_000), await ReadBodyAsync(recovered, unfinished.Id));
    }

    [Fact]
    public async Task Fault_Reopened_HasEverything()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing, "R1");
        await store.DisposeAsync();
        Assert.False(File.Exists(_quarantine.DatabasePath + "-wal"));

        store = await _quarantine.OpenAsync();

        Assert.Equal(entry.Id, Assert.Single(await store.ReleasingAsync(Ct)).Id);
        Assert.Equal(Body(4096), await ReadBodyAsync(store, entry.Id));
    }

    [Fact]
    public async Task Fault_BadEntryInABatch_CostsOnlyItself()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        // Noise, because what compresses well fits.
        byte[] large = new byte[17 * 1024 * 1024];
        new Random(1).NextBytes(large);
        Task[] good;
        Task bad;
        using (SqliteConnection other = _quarantine.Lock())
        {
            // The first one waits for the lock; the others gather behind it and become one batch.
            good = [.. Enumerable.Range(0, 10).Select(_ => _quarantine.AddAsync(store))];
            bad = _quarantine.AddAsync(store, _quarantine.Entry("tooLarge") with { Envelope = large });
            good = [.. good, .. Enumerable.Range(0, 10).Select(_ => _quarantine.AddAsync(store))];
        }

        await Task.WhenAll(good);
        await Assert.ThrowsAsync<ArgumentException>(() => bad);
        Assert.Equal(1, store.Activity.Failed);
        Assert.Equal(20, (await store.TotalsAsync(Ct)).Items[QuarantineState.Quarantined]);
        Assert.Null(await store.FindAsync("tooLarge", Ct));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body WHERE references_held <> (SELECT count(*) FROM entry WHERE body = body.key)"));
    }

    [Fact]
    public async Task Fault_Locked_IsUnavailableUntilUnlocked()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync(limits: new() { BusyTimeout = TimeSpan.FromMilliseconds(20) });
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        using (SqliteConnection other = _quarantine.Lock())
        {
            await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.AddAsync(store));
            await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.AddAsync(store, null, Body(2_000_000)));
            await Assert.ThrowsAsync<QuarantineUnavailableException>(
                () => MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded).AsTask());
            Assert.NotNull(await ReadBodyAsync(store, entry.Id));
        }

        await _quarantine.AddAsync(store);
        Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded));
    }

    [Fact]
    public async Task Fault_DamagedIndex_IsUnavailableAndReadsGoOn()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        await store.DisposeAsync();
        Overwrite(_quarantine.Number("SELECT rootpage FROM sqlite_schema WHERE name = 'entry_fingerprint'"));

        store = await _quarantine.OpenAsync();

        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.AddAsync(store));
            await Assert.ThrowsAsync<QuarantineUnavailableException>(() => store.ListAsync(new() { Fingerprint = "f1a2" }, Ct));
            Assert.Single(await store.ListAsync(new(), Ct));
            Assert.Equal(Body(4096), await ReadBodyAsync(store, entry.Id));
        }
    }

    [Fact]
    public async Task Fault_DamageMendedWhileRunning_IsNoticed()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);
        await store.DisposeAsync();
        byte[] sound = await File.ReadAllBytesAsync(_quarantine.DatabasePath, Ct);
        Overwrite(_quarantine.Number("SELECT rootpage FROM sqlite_schema WHERE name = 'entry_client'"));
        store = await _quarantine.OpenAsync();
        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.AddAsync(store));

        await File.WriteAllBytesAsync(_quarantine.DatabasePath, sound, Ct);

        await _quarantine.AddAsync(store);
        Assert.Equal(2, (await store.ListAsync(new() { Client = "192.0.2.7" }, Ct)).Count);
    }

    [Fact]
    public async Task Fault_DamagedTables_RefusesToOpen()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);
        await store.DisposeAsync();
        Overwrite(_quarantine.Number("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_body_1'"));

        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync());
    }

    [Fact]
    public async Task Fault_NoDatabaseAtAll_RefusesToOpen()
    {
        await File.WriteAllTextAsync(_quarantine.DatabasePath, new string('x', 10_000), Ct);

        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync());
        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync(Path.Combine(_quarantine.Folder, "none", "q.db")));
        Assert.Equal(10_000, new FileInfo(_quarantine.DatabasePath).Length);
    }

    [Fact]
    public async Task Fault_NewerSchema_IsRefusedUnchanged()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);
        await store.DisposeAsync();
        Execute($"PRAGMA user_version = {QuarantineSchema.Version + 1}");

        QuarantineUnavailableException refused = await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync());

        Assert.Contains($"schema version {QuarantineSchema.Version + 1}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_quarantine.DatabasePath, refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM entry"));
    }

    [Fact]
    public async Task Fault_DatabaseOfAnotherProgram_IsRefusedUnchanged()
    {
        Execute("CREATE TABLE theirs (x)");

        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync());
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task Fault_FileMode_IsOwnerOnlyForAllThreeFiles()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes.");
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);
        AssertPrivate();
        await store.DisposeAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_quarantine.DatabasePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        store = await _quarantine.OpenAsync();

        await _quarantine.AddAsync(store);
        AssertPrivate();
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    private void AssertPrivate()
    {
        foreach (string file in Directory.GetFiles(_quarantine.Folder, "quarantine.db*"))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file));
        }

        Assert.Equal(3, Directory.GetFiles(_quarantine.Folder, "quarantine.db*").Length);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_quarantine.DatabasePath};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }

    private void Overwrite(long page)
    {
        long size = _quarantine.Number("PRAGMA page_size");
        using FileStream file = File.Open(_quarantine.DatabasePath, FileMode.Open);
        byte[] noise = new byte[size];
        file.Position = (page - 1) * size;
        new Random(1).NextBytes(noise);
        file.Write(noise);
    }
}
