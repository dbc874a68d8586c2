using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class SqliteQuarantineStoreTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Store_AddedEntry_IsFoundWithEverythingInIt()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = _quarantine.Entry() with { ReceivedAt = new DateTimeOffset(2026, 11, 23, 7, 0, 10, TimeSpan.FromHours(2)).AddTicks(1234567) };
        await _quarantine.AddAsync(store, entry);

        QuarantineEntry? found = await store.FindAsync(entry.Id, Ct);

        Assert.NotNull(found);
        Assert.Equal(entry.ReceivedAt, found.ReceivedAt);
        Assert.Equal(entry.Recipients, found.Recipients);
        Assert.Equal(entry.Findings, found.Findings);
        Assert.Equal(entry.Session, found.Session);
        Assert.Equal(entry.Envelope.ToArray(), found.Envelope.ToArray());
        Assert.Equal(entry, found with { Earlier = entry.Earlier, SessionName = entry.SessionName, Recipients = entry.Recipients, Findings = entry.Findings, Session = entry.Session, Envelope = entry.Envelope });
    }

    [Theory]
    [InlineData("")]
    [InlineData("unknown00001")]
    [InlineData("../../etc/passwd")]
    [InlineData("a' OR 1=1 --")]
    [InlineData("nul\0")]
    public async Task Store_IdNobodyHas_IsNotFound(string id)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);

        Assert.Null(await store.FindAsync(id, Ct));
        Assert.Null(await store.OpenBodyAsync(id, Ct));
        Assert.Empty(await store.HistoryAsync(id, Ct));
        Assert.False(await MoveAsync(store, id, QuarantineState.Quarantined, QuarantineState.Discarded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with/slash")]
    [InlineData("white space")]
    [InlineData("umläut")]
    [InlineData("x23456789x23456789x23456789x23456")]
    public async Task Store_AddWithBadId_Throws(string id)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => _quarantine.AddAsync(store, _quarantine.Entry() with { Id = id }));
    }

    [Fact]
    public async Task Store_AddTwice_KeepsTheFirst()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing, "R1");

        await _quarantine.AddAsync(store, entry with { Subject = "another" }, Body(100));
        await _quarantine.AddAsync(store, entry with { Subject = "another" }, Body(1_000_000));

        QuarantineEntry? found = await store.FindAsync(entry.Id, Ct);
        Assert.Equal(entry.Subject, found!.Subject);
        Assert.Equal(QuarantineState.Releasing, found.State);
        Assert.Equal(Body(4096), await ReadBodyAsync(store, entry.Id));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM entry"));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM body_piece"));
    }

    [Fact]
    public async Task Store_ThousandConcurrentAdds_CommitsFarFewerTimes()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync(limits: new() { WaitingRequests = 2000, BusyTimeout = TimeSpan.FromMinutes(1) });
        QuarantineEntry[] entries = [.. Enumerable.Range(0, 1000).Select(_ => _quarantine.Entry() with { ReceivedAt = Start })];
        Task adds;
        using (Microsoft.Data.Sqlite.SqliteConnection slowDisk = _quarantine.Lock())
        {
            adds = Task.WhenAll(entries.Select((entry, i) => Task.Run(() => _quarantine.AddAsync(store, entry, Body(4096, i)), Ct)));
            await WaitingAsync(store, 1000 - 256);
        }

        await adds;

        QuarantineActivity activity = store.Activity;
        Assert.Equal(1000, activity.Written);
        Assert.InRange(activity.Transactions, 4, 50);
        Assert.Equal(0, activity.Failed);
        Assert.Equal(1000, (await store.TotalsAsync(Ct)).Items[QuarantineState.Quarantined]);
        Assert.Equal(Body(4096, 777), await ReadBodyAsync(store, entries[777].Id));
    }

    [Fact]
    public async Task Store_FewAdds_GatherUntilTheyAreEnough()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync(limits: new() { Gathering = TimeSpan.FromHours(1), EnoughRequests = 4 });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => _quarantine.AddAsync(store, null, Body(100, i)), Ct)));

        Assert.Equal((4L, 1L), (store.Activity.Written, store.Activity.Transactions));
    }

    [Fact]
    public async Task Store_AddGathering_DecisionAndEndDoNotWaitForMore()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync(limits: new() { Gathering = TimeSpan.FromHours(1), EnoughRequests = 4 });

        Task<QuarantineEntry> first = _quarantine.AddAsync(store);
        await WaitingAsync(store, 1);
        Assert.False(await MoveAsync(store, "Q99999999999", QuarantineState.Quarantined, QuarantineState.Releasing, "R1"));
        QuarantineEntry added = await first;
        Task<QuarantineEntry> last = _quarantine.AddAsync(store);
        await WaitingAsync(store, 1);
        await store.DisposeAsync();

        await last;
        Assert.Equal(QuarantineState.Quarantined, (await (await _quarantine.OpenAsync()).FindAsync(added.Id, Ct))!.State);
    }

    [Fact]
    public async Task Store_QueueToWriterFull_MakesCallersWaitAndLosesNothing()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync(limits: new() { WaitingRequests = 2, BatchRequests = 3, Readers = 1 });

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => _quarantine.AddAsync(store, null, Body(100, i)), Ct)));

        Assert.Equal(100, (await store.TotalsAsync(Ct)).Items[QuarantineState.Quarantined]);
    }

    [Fact]
    public async Task Store_HostileStrings_AreStoredBoundedAndHarmless()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        string hostile = "a\0b \ud800 lone \udc00 '; DROP TABLE entry; -- \u202e\u0007 \"quote\" NEAR( {x}: ^* " + new string('ü', 5000);
        QuarantineEntry entry = _quarantine.Entry() with
        {
            Sender = hostile,
            Recipients = [.. Enumerable.Repeat(hostile, 3), string.Empty],
            ClientAddress = hostile,
            ClientHello = hostile,
            Protocol = hostile,
            Subject = hostile,
            HeaderFrom = hostile,
            HeaderMessageId = hostile,
            WorstRule = hostile,
            Fingerprint = hostile,
            Findings = [new(hostile, hostile, -1, -1, -1, hostile, hostile, hostile, hostile, hostile)],
        };
        await _quarantine.AddAsync(store, entry);

        QuarantineEntry? found = await store.FindAsync(entry.Id, Ct);

        Assert.NotNull(found);
        Assert.StartsWith("a\ufffdb \ufffd lone \ufffd '; DROP TABLE", found.Subject, StringComparison.Ordinal);
        Assert.EndsWith("üü", found.Subject, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(found.Subject), 1023, 1024);
        Assert.Equal(4, found.Recipients.Count);
        Assert.Equal(found.Subject, found.Sender);
        Assert.Equal(found.Subject, found.Findings[0].Excerpt);
        QuarantineSummary line = Assert.Single(await store.ListAsync(new() { Sender = hostile, Rule = found.WorstRule, Recipient = hostile, Text = "drop table entry" }, Ct));
        Assert.Equal(found.Subject, line.Subject);
        Assert.Equal(4, line.RecipientCount);
        Assert.Equal(found.Subject, (await store.GroupAsync(QuarantineGrouping.Sender, new(), Ct))[0].Key);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public async Task Store_ImpossibleTimes_AreStored(string time)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = _quarantine.Entry() with { ReceivedAt = DateTimeOffset.Parse(time) };
        await _quarantine.AddAsync(store, entry);

        Assert.Equal(entry.ReceivedAt, (await store.FindAsync(entry.Id, Ct))!.ReceivedAt);
        Assert.Single(await store.ListAsync(new(), Ct));
    }

    [Fact]
    public async Task Store_Totals_FollowEveryMove()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry[] entries = [.. Enumerable.Range(0, 4).Select(_ => _quarantine.Entry(rule: "nul-byte") with { Size = 1000 })];
        foreach (QuarantineEntry entry in entries)
        {
            await _quarantine.AddAsync(store, entry);
        }

        await MoveAsync(store, entries[0].Id, QuarantineState.Quarantined, QuarantineState.Discarded);
        await MoveAsync(store, entries[1].Id, QuarantineState.Quarantined, QuarantineState.Releasing);
        await MoveAsync(store, entries[1].Id, QuarantineState.Releasing, QuarantineState.Released);

        QuarantineTotals totals = await store.TotalsAsync(Ct);
        Assert.Equal(2, totals.Items[QuarantineState.Quarantined]);
        Assert.Equal(0, totals.Items[QuarantineState.Releasing]);
        Assert.Equal(1, totals.Items[QuarantineState.Released]);
        Assert.Equal(1, totals.Items[QuarantineState.Discarded]);
        Assert.Equal(3000, totals.Bytes);
        Assert.Equal(entries[2].ReceivedAt, totals.OldestQuarantined);
        Assert.True(totals.StoredBytes > 0);
        Assert.Equal(
            [new RuleCount("nul-byte", QuarantineState.Quarantined, 2, 2000), new("nul-byte", QuarantineState.Released, 1, 1000), new("nul-byte", QuarantineState.Discarded, 1, 1000)],
            await store.CountByRuleAsync(Ct));
    }

    [Fact]
    public async Task Store_Empty_HasTotalsOfNothing()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();

        QuarantineTotals totals = await store.TotalsAsync(Ct);

        Assert.All(totals.Items, state => Assert.Equal(0, state.Value));
        Assert.Equal(4, totals.Items.Count);
        Assert.Null(totals.OldestQuarantined);
        Assert.Empty(await store.CountByRuleAsync(Ct));
        Assert.Empty(await store.ReleasingAsync(Ct));
    }

    [Fact]
    public async Task Store_Cancelled_StopsWaiting()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.AddAsync(_quarantine.Entry(), new MemoryStream(Body(100)), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ListAsync(new(), cancelled));
    }

    [Fact]
    public async Task Store_Disposed_AnswersWithObjectDisposed()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => _quarantine.AddAsync(store));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.TotalsAsync(Ct).AsTask());
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    private static async Task WaitingAsync(SqliteQuarantineStore store, int requests)
    {
        while (store.Activity.Waiting < requests)
        {
            await Task.Yield();
        }
    }
}
