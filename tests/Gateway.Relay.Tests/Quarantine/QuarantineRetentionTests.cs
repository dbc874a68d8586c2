using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Room;
using Gateway.Relay.Quarantine.Storage;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>What the store knows of its own size, and how mail leaves it by age.</summary>
public sealed class QuarantineRetentionTests : IAsyncDisposable
{
    private const string Actor = QuarantineRetention.Actor;

    private static readonly string[] Tables =
        ["entry", "entry_detail", "finding_rule", "entry_recipient", "search", "decision", "body", "body_piece", "client_total"];

    private readonly QuarantineFixture _quarantine = new();

    [Theory]
    [InlineData("192.0.2.77", "192.0.2.0/24")]
    [InlineData("::ffff:192.0.2.77", "192.0.2.0/24")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("::1", "::/64")]
    [InlineData("", "")]
    [InlineData("unix:/run/x", "")]
    public void ClientNetwork_Address_IsItsNetwork(string address, string network) => Assert.Equal(network, ClientNetwork.Of(address));

    [Fact]
    public async Task Usage_RandomMovesAndRestarts_IsWhatTheTablesHold()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        Random random = new(5);
        Dictionary<string, (QuarantineState State, string Network, long Size)> model = [];
        for (int step = 0; step < 300; step++)
        {
            if (step % 60 == 59)
            {
                await store.DisposeAsync();
                store = await _quarantine.OpenAsync();
            }

            if (model.Count == 0 || random.Next(2) == 0)
            {
                QuarantineEntry entry = _quarantine.Entry() with { ClientAddress = $"192.0.{random.Next(4)}.{random.Next(250)}", Size = random.Next(10_000) };
                await _quarantine.AddAsync(store, entry, Body(200, random.Next(5)));
                // Once more, as after a crash before the spool forgot it.
                await _quarantine.AddAsync(store, entry, Body(200, random.Next(5)));
                model.Add(entry.Id, (QuarantineState.Quarantined, ClientNetwork.Of(entry.ClientAddress), entry.Size));
                continue;
            }

            (string id, (QuarantineState State, string Network, long Size) known) = model.ElementAt(random.Next(model.Count));
            var to = (QuarantineState)random.Next(4);
            if (await MoveAsync(store, id, known.State, to))
            {
                model[id] = known with { State = to };
            }
        }

        var held = model.Values.Where(e => e.State is QuarantineState.Quarantined or QuarantineState.Releasing).ToList();
        Assert.Equal(new QuarantineShare(held.Count, held.Sum(e => e.Size)), store.Usage.All);
        Assert.Equal(
            held.GroupBy(e => e.Network).Select(g => new ClientShare(g.Key, g.Count(), g.Sum(e => e.Size))).OrderByDescending(s => s.Bytes),
            store.Usage.Largest(100));
        Assert.Equal(held.Select(e => e.Network).Distinct().Count(), _quarantine.Number("SELECT count(*) FROM client_total"));
        Assert.Equal((await store.TotalsAsync(Ct)).StoredBytes, store.Usage.StoredBytes);
    }

    [Fact]
    public async Task Expire_MailOfARule_LeavesOldestFirstWithAnAuditLine()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry[] flood = [await AddAsync(store, "bare-cr"), await AddAsync(store, "bare-cr"), await AddAsync(store, "bare-cr"), await AddAsync(store, "bare-cr")];
        QuarantineEntry poison = await AddAsync(store, "downstream-poison");
        Assert.True(await MoveAsync(store, flood[1].Id, QuarantineState.Quarantined, QuarantineState.Releasing));

        DiscardedMail first = await store.ExpireAsync("bare-cr", flood[3].Since, 1, Actor, "old", Ct);
        Assert.Equal(new DiscardedMail(1, 4096), first);
        Assert.Equal(QuarantineState.Discarded, (await store.FindAsync(flood[0].Id, Ct))!.State);
        Assert.Equal(QuarantineState.Quarantined, (await store.FindAsync(flood[2].Id, Ct))!.State);

        Assert.Equal(1, (await store.ExpireAsync("bare-cr", flood[3].Since, 100, Actor, "old", Ct)).Messages);
        Assert.Equal(
            [QuarantineState.Discarded, QuarantineState.Releasing, QuarantineState.Discarded, QuarantineState.Quarantined],
            await Task.WhenAll(flood.Select(async e => (await store.FindAsync(e.Id, Ct))!.State)));
        ReviewDecision decision = Assert.Single(await store.HistoryAsync(flood[2].Id, Ct));
        Assert.Equal((QuarantineAction.Discard, Actor, "old"), (decision.Action, decision.Actor, decision.Reason));
        Assert.Equal(QuarantineState.Quarantined, (await store.FindAsync(poison.Id, Ct))!.State);
        Assert.Equal(
            new Dictionary<string, QuarantinedSince> { ["bare-cr"] = new(flood[3].ReceivedAt, flood[3].Since), ["downstream-poison"] = new(poison.ReceivedAt, poison.Since) },
            await store.OldestByRuleAsync(Ct));
        Assert.Equal(new QuarantineShare(3, 3 * 4096), store.Usage.All);
    }

    [Fact]
    public async Task Expire_OneOfTwoWithTheSameBody_LeavesTheOtherItsBodyOverRestarts()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry first = await AddAsync(store, "bare-cr", Body(300_000));
        QuarantineEntry second = await AddAsync(store, "nul-byte", Body(300_000));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM body"));

        await store.ExpireAsync("bare-cr", TimeSpan.FromDays(1), 100, Actor, "old", Ct);
        await store.DisposeAsync();
        store = await _quarantine.OpenAsync();
        Assert.Null(await ReadBodyAsync(store, first.Id));
        Assert.Equal(Body(300_000), await ReadBodyAsync(store, second.Id));

        await store.ExpireAsync("nul-byte", TimeSpan.FromDays(1), 100, Actor, "old", Ct);
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM body_piece"));
    }

    [Fact]
    public async Task Forget_ReleasedAndDiscardedMail_LeavesNothingOfIt()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry[] all = [await AddAsync(store, "bare-cr"), await AddAsync(store, "bare-cr", Body(600_000)), await AddAsync(store, "bare-cr")];
        Assert.True(await MoveAsync(store, all[0].Id, QuarantineState.Quarantined, QuarantineState.Discarded));
        Assert.True(await MoveAsync(store, all[1].Id, QuarantineState.Quarantined, QuarantineState.Releasing));
        Assert.True(await MoveAsync(store, all[1].Id, QuarantineState.Releasing, QuarantineState.Released));

        Assert.Equal(0, await store.ForgetAsync(TimeSpan.FromSeconds(1), 100, Ct));
        Assert.Equal(2, await store.ForgetAsync(TimeSpan.FromDays(1), 100, Ct));
        Assert.Null(await store.FindAsync(all[0].Id, Ct));
        Assert.Null(await store.FindAsync(all[1].Id, Ct));
        Assert.Equal(all[2].Id, Assert.Single(await store.ListAsync(new QuarantineFilter { Text = "invoice" }, Ct)).Id);
        Assert.Equal(1, (await store.TotalsAsync(Ct)).Items.Values.Sum());

        Assert.True(await MoveAsync(store, all[2].Id, QuarantineState.Quarantined, QuarantineState.Discarded));
        Assert.Equal(1, await store.ForgetAsync(TimeSpan.FromDays(1), 100, Ct));
        Assert.All(Tables, table => Assert.Equal(0, _quarantine.Number($"SELECT count(*) FROM {table}")));
        Assert.Equal(default, store.Usage.All);
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    private Task<QuarantineEntry> AddAsync(SqliteQuarantineStore store, string rule, byte[]? body = null) =>
        _quarantine.AddAsync(store, _quarantine.Entry(rule: rule), body);
}
