using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class QuarantineDecisionTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Decide_ReleaseThatSucceeds_RecordsEveryStep()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        ReviewDecision release = Decision(entry.Id, QuarantineAction.Release, "R00000000001", "known sender");
        ReviewDecision queued = Decision(entry.Id, QuarantineAction.ReleaseQueued, null, "in the queue");

        Assert.True(await store.DecideAsync(entry.Id, [QuarantineState.Quarantined], QuarantineState.Releasing, release, Ct));
        Assert.Equal(QuarantineState.Releasing, (await store.FindAsync(entry.Id, Ct))!.State);
        Assert.Equal(entry.Id, Assert.Single(await store.ReleasingAsync(Ct)).Id);
        Assert.True(await store.DecideAsync(entry.Id, [QuarantineState.Releasing], QuarantineState.Released, queued, Ct));

        QuarantineEntry released = (await store.FindAsync(entry.Id, Ct))!;
        Assert.Equal(QuarantineState.Released, released.State);
        Assert.Equal("R00000000001", released.ReleaseId);
        Assert.Equal([release, queued], await store.HistoryAsync(entry.Id, Ct));
        Assert.Empty(await store.ReleasingAsync(Ct));
        Assert.Equal(Body(4096), await ReadBodyAsync(store, entry.Id));
    }

    [Fact]
    public async Task Decide_ReleaseThatFails_HoldsAgainAndMayBeRepeated()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);

        Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing, "R1"));
        Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Releasing, QuarantineState.Quarantined));
        Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing, "R2"));

        Assert.Equal("R2", (await store.FindAsync(entry.Id, Ct))!.ReleaseId);
        Assert.Equal(3, (await store.HistoryAsync(entry.Id, Ct)).Count);
    }

    [Fact]
    public async Task Decide_Discard_KeepsMetadataAndHistoryWithoutBody()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);

        Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded));

        Assert.Null(await store.OpenBodyAsync(entry.Id, Ct));
        Assert.Equal(entry.Subject, (await store.FindAsync(entry.Id, Ct))!.Subject);
        Assert.Single(await store.HistoryAsync(entry.Id, Ct));
        Assert.Single(await store.ListAsync(new() { Text = "invoice", State = QuarantineState.Discarded }, Ct));
    }

    [Fact]
    public async Task Decide_EveryPairOfStates_MovesOnlyWhereLegal()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        (QuarantineState From, QuarantineState To)[] legal =
        [
            (QuarantineState.Quarantined, QuarantineState.Releasing),
            (QuarantineState.Quarantined, QuarantineState.Discarded),
            (QuarantineState.Releasing, QuarantineState.Released),
            (QuarantineState.Releasing, QuarantineState.Quarantined),
        ];
        foreach (QuarantineState from in Enum.GetValues<QuarantineState>())
        {
            foreach (QuarantineState to in Enum.GetValues<QuarantineState>())
            {
                QuarantineEntry entry = await InStateAsync(store, from);
                int before = (await store.HistoryAsync(entry.Id, Ct)).Count;

                bool moved = await MoveAsync(store, entry.Id, from, to);

                Assert.Equal(legal.Contains((from, to)), moved);
                Assert.Equal(moved ? to : from, (await store.FindAsync(entry.Id, Ct))!.State);
                Assert.Equal(moved ? before + 1 : before, (await store.HistoryAsync(entry.Id, Ct)).Count);
            }
        }
    }

    [Fact]
    public async Task Decide_EntryInAnotherState_IsRefused()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);

        Assert.False(await MoveAsync(store, entry.Id, QuarantineState.Releasing, QuarantineState.Released));
        Assert.False(await store.DecideAsync(entry.Id, [], QuarantineState.Discarded, Decision(entry.Id, QuarantineAction.Discard), Ct));
        Assert.True(await store.DecideAsync(
            entry.Id, [QuarantineState.Quarantined, QuarantineState.Releasing], QuarantineState.Discarded, Decision(entry.Id, QuarantineAction.Discard), Ct));
    }

    [Fact]
    public async Task Decide_DecisionAboutAnotherEntry_Throws()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);

        await Assert.ThrowsAsync<ArgumentException>(() => store.DecideAsync(
            entry.Id, [QuarantineState.Quarantined], QuarantineState.Discarded, Decision("other", QuarantineAction.Discard), Ct).AsTask());
    }

    [Fact]
    public async Task Decide_ManyReleasesAtOnce_ExactlyOneWins()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        for (int round = 0; round < 20; round++)
        {
            QuarantineEntry entry = await _quarantine.AddAsync(store);

            bool[] won = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
                () => MoveAsync(store, entry.Id, QuarantineState.Quarantined, i % 2 == 0 ? QuarantineState.Releasing : QuarantineState.Discarded, $"R{i}").AsTask(),
                Ct)));

            Assert.Single(won, true);
            ReviewDecision decision = Assert.Single(await store.HistoryAsync(entry.Id, Ct));
            Assert.Equal(decision.ReleaseId, (await store.FindAsync(entry.Id, Ct))!.ReleaseId);
        }
    }

    [Fact]
    public async Task Decide_RandomMovesOverSharedBodies_MatchAModel()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        var random = new Random(20261123);
        var model = new Dictionary<string, (QuarantineState State, int Body)>();
        for (int step = 0; step < 400; step++)
        {
            if (model.Count == 0 || random.Next(3) == 0)
            {
                int body = random.Next(6);
                QuarantineEntry entry = await _quarantine.AddAsync(store, null, Body(body == 5 ? 300_000 : 500, body));
                model.Add(entry.Id, (QuarantineState.Quarantined, body));
                continue;
            }

            (string id, (QuarantineState state, int held)) = model.ElementAt(random.Next(model.Count));
            var to = (QuarantineState)random.Next(4);
            if (await MoveAsync(store, id, state, to))
            {
                model[id] = (to, held);
            }
        }

        var whole = model.Where(entry => entry.Value.State != QuarantineState.Discarded).ToList();
        foreach (KeyValuePair<string, (QuarantineState State, int Body)> entry in model)
        {
            Assert.Equal(entry.Value.State, (await store.FindAsync(entry.Key, Ct))!.State);
            byte[]? expected = entry.Value.State == QuarantineState.Discarded ? null : Body(entry.Value.Body == 5 ? 300_000 : 500, entry.Value.Body);
            Assert.Equal(expected, await ReadBodyAsync(store, entry.Key));
        }

        QuarantineTotals totals = await store.TotalsAsync(Ct);
        Assert.All(totals.Items, state => Assert.Equal(model.Values.Count(entry => entry.State == state.Key), state.Value));
        Assert.Equal(whole.Select(entry => entry.Value.Body).Distinct().Count(), _quarantine.Number("SELECT count(*) FROM body"));
        Assert.Equal(whole.Count, _quarantine.Number("SELECT sum(references_held) FROM body"));
    }

    private async Task<QuarantineEntry> InStateAsync(SqliteQuarantineStore store, QuarantineState state)
    {
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        if (state is QuarantineState.Releasing or QuarantineState.Released)
        {
            Assert.True(await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing));
        }

        if (state is QuarantineState.Released or QuarantineState.Discarded)
        {
            Assert.True(await MoveAsync(store, entry.Id, state == QuarantineState.Released ? QuarantineState.Releasing : QuarantineState.Quarantined, state));
        }

        return entry;
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();
}
