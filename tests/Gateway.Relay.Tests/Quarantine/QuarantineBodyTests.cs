using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class QuarantineBodyTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(1_048_576)]
    [InlineData(1_310_721)]
    [InlineData(20_000_000)]
    public async Task Body_RoundTrip_IsByteExact(int length)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        byte[] body = Body(Math.Max(length, 64))[..length];
        QuarantineEntry seekable = _quarantine.Entry();
        QuarantineEntry dripping = _quarantine.Entry();

        await _quarantine.AddAsync(store, seekable, body);
        await store.AddAsync(dripping, new DrippingStream(body), Ct);

        Assert.Equal(body, await ReadBodyAsync(store, seekable.Id));
        Assert.Equal(body, await ReadBodyAsync(store, dripping.Id));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(2, _quarantine.Number("SELECT references_held FROM body"));
    }

    [Fact]
    public async Task Body_StreamInTheMiddle_IsTakenFromThere()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = _quarantine.Entry();

        await store.AddAsync(entry, new MemoryStream(Body(1000)) { Position = 400 }, Ct);

        Assert.Equal(Body(1000)[400..], await ReadBodyAsync(store, entry.Id));
    }

    [Fact]
    public async Task Body_ReadAtRandomPlaces_GivesTheSameOctets()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        byte[] expected = Body(1_000_000);
        QuarantineEntry entry = await _quarantine.AddAsync(store, null, expected);
        await using Stream body = (await store.OpenBodyAsync(entry.Id, Ct))!;
        var random = new Random(7);
        byte[] buffer = new byte[50_000];

        for (int i = 0; i < 100; i++)
        {
            int from = random.Next(expected.Length);
            body.Position = from;
            int count = i % 2 == 0 ? body.Read(buffer) : await body.ReadAsync(buffer, Ct);
            Assert.InRange(count, 1, buffer.Length);
            Assert.Equal(expected[from..(from + count)], buffer[..count]);
        }

        body.Seek(0, SeekOrigin.End);
        Assert.Equal(0, body.Read(buffer));
        body.Seek(-1, SeekOrigin.End);
        Assert.Equal(1, await body.ReadAsync(buffer, Ct));
        body.Position = long.MaxValue;
        Assert.Equal(0, await body.ReadAsync(buffer, Ct));
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(700_000)]
    public async Task Body_SharedByTwo_GoesWithTheLastReference(int length)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry first = await _quarantine.AddAsync(store, null, Body(length));
        QuarantineEntry second = await _quarantine.AddAsync(store, null, Body(length));
        QuarantineEntry other = await _quarantine.AddAsync(store, null, Body(length, seed: 2));
        Assert.Equal(2, _quarantine.Number("SELECT count(*) FROM body"));

        await MoveAsync(store, first.Id, QuarantineState.Quarantined, QuarantineState.Discarded);

        Assert.Null(await ReadBodyAsync(store, first.Id));
        Assert.Equal(Body(length), await ReadBodyAsync(store, second.Id));

        await MoveAsync(store, second.Id, QuarantineState.Quarantined, QuarantineState.Discarded);

        Assert.Null(await ReadBodyAsync(store, second.Id));
        Assert.Equal(Body(length, seed: 2), await ReadBodyAsync(store, other.Id));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body_piece WHERE key >> 20 NOT IN (SELECT key FROM body)"));
    }

    [Fact]
    public async Task Body_DiscardedWhileBeingRead_FailsTheRead()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store, null, Body(600_000));
        await using Stream body = (await store.OpenBodyAsync(entry.Id, Ct))!;
        await body.ReadExactlyAsync(new byte[1000], Ct);

        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded);
        await _quarantine.AddAsync(store, null, Body(600_000, seed: 3));

        body.Position = 300_000;
        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => body.ReadExactlyAsync(new byte[1000], Ct).AsTask());
    }

    [Fact]
    public async Task Body_Discarded_IsOverwrittenInTheFile()
    {
        byte[] secret = "Meet me at the old harbour, midnight. "u8.ToArray();
        byte[] body = new byte[40_000];
        new Random(5).NextBytes(body);
        secret.CopyTo(body, 20_000);
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store, null, body);
        await store.DisposeAsync();
        Assert.True(File.ReadAllBytes(_quarantine.DatabasePath).AsSpan().IndexOf(secret) > 0, "noise is stored as it is");

        store = await _quarantine.OpenAsync();
        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded);
        await store.DisposeAsync();

        Assert.Equal(-1, File.ReadAllBytes(_quarantine.DatabasePath).AsSpan().IndexOf(secret));
    }

    [Fact]
    public async Task Body_ManyDiscarded_MakesTheFileSmaller()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        byte[] noise = new byte[8_000_000];
        new Random(3).NextBytes(noise);
        QuarantineEntry entry = await _quarantine.AddAsync(store, null, noise);

        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded);
        await store.DisposeAsync();
        store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);
        await store.DisposeAsync();

        Assert.InRange(new FileInfo(_quarantine.DatabasePath).Length, 1, 4_000_000);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3_000_000)]
    public async Task Body_SourceFails_LeavesNothingBehind(int failAt)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = _quarantine.Entry();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => store.AddAsync(entry, new DrippingStream(Body(4_000_000)) { FailAt = failAt }, Ct).AsTask());

        Assert.Null(await store.FindAsync(entry.Id, Ct));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body_piece"));
        await _quarantine.AddAsync(store, entry);
        Assert.NotNull(await ReadBodyAsync(store, entry.Id));
    }

    [Fact]
    public async Task Body_CallerGivesUpHalfway_LeavesNothingBehind()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        using var giveUp = new CancellationTokenSource();
        var source = new DrippingStream(Body(4_000_000)) { PauseAt = 2_500_000 };
        Task adding = store.AddAsync(_quarantine.Entry(), source, giveUp.Token).AsTask();
        await source.Paused.Task.WaitAsync(Ct);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding);
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body_piece"));
        for (int i = 0; i < 10; i++)
        {
            // No place among the large bodies was lost.
            await _quarantine.AddAsync(store, null, Body(300_000, i));
        }
    }

    [Fact]
    public async Task Body_Damaged_FailsTheReadOnly()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry damaged = await _quarantine.AddAsync(store, null, Body(4000));
        QuarantineEntry sound = await _quarantine.AddAsync(store, null, Body(4000, seed: 2));
        await store.DisposeAsync();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_quarantine.DatabasePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE body_piece SET data = zeroblob(length(data)) WHERE key = (SELECT min(key) FROM body_piece)";
            command.ExecuteNonQuery();
        }

        store = await _quarantine.OpenAsync();

        await Assert.ThrowsAsync<QuarantineUnavailableException>(() => ReadBodyAsync(store, damaged.Id));
        Assert.NotNull(await store.FindAsync(damaged.Id, Ct));
        Assert.Equal(Body(4000, seed: 2), await ReadBodyAsync(store, sound.Id));
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();
}
