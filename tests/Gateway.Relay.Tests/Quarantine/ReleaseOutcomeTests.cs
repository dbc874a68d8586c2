using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>What the reviewer hears of released mail, and releasing again what a host refused.</summary>
public class ReleaseOutcomeTests
{
    private const string Good = "good@ours.test";
    private const string Bad = "bad@ours.test";
    private const string Late = "late@ours.test";

    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task Release_RefusedForOneRecipient_IsToldAndReleasedAgainToThatOneAlone()
    {
        await using RelayHouse house = new();
        bool refuses = true;
        house.Server.On(SmtpStep.Rcpt, m => refuses && m.Line.Contains(Bad, StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Good, Bad);

        MessageId first = await ReleaseAsync(house, id);
        await house.EmptyAsync();

        Assert.Equal(
            [(QuarantineAction.Delivered, Good), (QuarantineAction.Refused, Bad)],
            (await OutcomesAsync(house, id, first)).Select(o => (o.Action, o.Recipient)).OrderBy(o => o.Action));
        Assert.Contains("550 5.1.1 no such user", (await OutcomesAsync(house, id, first)).Single(o => o.Recipient == Bad).Reason, StringComparison.Ordinal);
        Assert.Contains(house.Logs.All, l => l.Contains($"quarantine entry {id}, released as {first}, was not delivered to {Bad}", StringComparison.Ordinal));

        refuses = false;
        MessageId second = await ReleaseAsync(house, id);
        await house.EmptyAsync();

        Assert.NotEqual(first, second);
        Assert.Equal([(QuarantineAction.Delivered, Bad)], (await OutcomesAsync(house, id, second)).Select(o => (o.Action, o.Recipient!)));
        Assert.Equal(1, Received(house, Good));
        Assert.Equal(1, Received(house, Bad));
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        Assert.Equal((QuarantineState.Released, second.ToString()), ((await house.QuarantinedAsync(id)).State, (await house.QuarantinedAsync(id)).ReleaseId));
        await CheckTotalsAsync(house, released: 1);
    }

    [Fact]
    public async Task Release_Expired_IsToldWithTheLastReplyAndReleasedAgain()
    {
        await using RelayHouse house = new();
        house.Profile = house.Profile with { Retry = new RetrySchedule { Lifetime = TimeSpan.FromMinutes(5) } };
        bool defers = true;
        house.Server.On(SmtpStep.Rcpt, m => defers && m.Line.Contains(Late, StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 over quota") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Late);
        MessageId first = await ReleaseAsync(house, id);
        await house.DeferredAsync(first);
        Assert.Empty(await OutcomesAsync(house, id, first));
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "still waits in the queue", Ct));

        await house.EmptyAfterAsync(TimeSpan.FromHours(1));

        ReviewDecision outcome = Assert.Single(await OutcomesAsync(house, id, first));
        Assert.Equal((QuarantineAction.Expired, Late), (outcome.Action, outcome.Recipient));
        Assert.Contains("450 4.2.1 over quota", outcome.Reason, StringComparison.Ordinal);
        defers = false;
        await ReleaseAsync(house, id);
        await house.EmptyAsync();
        Assert.Equal(1, Received(house, Late));
    }

    [Fact]
    public async Task Release_ReturnedByAPerson_IsRefusedInTheirWords()
    {
        await using RelayHouse house = new();
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains(Late, StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 over quota") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Late);
        MessageId first = await ReleaseAsync(house, id);
        await house.DeferredAsync(first);

        await house.Relay.Delivery.OrderAsync(QueueOrder.Bounce, new QueueFilter { Id = first }, "ann", "not wanted", dryRun: false);
        await house.EmptyAsync();

        ReviewDecision outcome = Assert.Single(await OutcomesAsync(house, id, first));
        Assert.Equal(QuarantineAction.Refused, outcome.Action);
        Assert.Contains("not wanted", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Release_WhileAnotherRecipientStillWaits_TakesTheRefusedOneOnlyAndEachOneOnce()
    {
        await using RelayHouse house = new();
        bool sick = true;
        house.Server.On(SmtpStep.Rcpt, m => !sick ? null
            : m.Line.Contains(Bad, StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user")
            : m.Line.Contains(Late, StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 over quota") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Good, Bad, Late);
        MessageId first = await ReleaseAsync(house, id);
        await house.DeferredAsync(first);

        MessageId second = await ReleaseAsync(house, id);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(second) is null);
        Assert.Equal([(QuarantineAction.Refused, Bad)], (await OutcomesAsync(house, id, second)).Select(o => (o.Action, o.Recipient!)));

        sick = false;
        MessageId third = await ReleaseAsync(house, id);
        await house.EmptyAfterAsync(TimeSpan.FromHours(1));

        Assert.Equal([Bad], (await OutcomesAsync(house, id, third)).Select(o => o.Recipient));
        Assert.All((string[])[Good, Bad, Late], r => Assert.Equal(1, Received(house, r)));
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
    }

    [Fact]
    public async Task Release_AgainAndInterrupted_IsRepeatedToTheSameRecipients()
    {
        await using RelayHouse house = new();
        bool refuses = true;
        house.Server.On(SmtpStep.Rcpt, m => refuses && m.Line.Contains(Bad, StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Good, Bad);
        MessageId first = await ReleaseAsync(house, id);
        await house.EmptyAsync();
        await house.CloseAsync();
        refuses = false;
        // As if it had been killed behind the decision.
        await using (SqliteQuarantineStore store = await SqliteQuarantineStore.OpenAsync(house.QuarantinePath, house.Time, Ct))
        {
            ReviewDecision again = new(id.ToString(), QuarantineAction.Release, house.Time.GetUtcNow(), "ann", "x", new MessageId(first.Value + 77).ToString());
            Assert.True(await store.DecideAsync(id.ToString(), [QuarantineState.Released], QuarantineState.Releasing, again, Ct));
            Assert.Equal(1, store.Usage.All.Messages);
        }

        await house.OpenAsync();
        await house.EmptyAsync();

        Assert.Equal((1, 1), (Received(house, Good), Received(house, Bad)));
        await CheckTotalsAsync(house, released: 1);
    }

    [Fact]
    public async Task Release_AgainWithASickSpool_StaysReleasedAndCanBeTriedOnceMore()
    {
        await using RelayHouse house = new();
        bool refuses = true;
        house.Server.On(SmtpStep.Rcpt, m => refuses && m.Line.Contains(Bad, StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        await house.OpenAsync();
        MessageId id = await HoldAsync(house, Good, Bad);
        await ReleaseAsync(house, id);
        await house.EmptyAsync();
        refuses = false;
        house.Disk.WriteError = FailingDisk.InputOutput;
        house.Disk.CreateError = FailingDisk.InputOutput;
        await Assert.ThrowsAsync<QueueUnavailableException>(() => house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        Assert.Equal(QuarantineState.Released, (await house.QuarantinedAsync(id)).State);
        await CheckTotalsAsync(house, released: 1);

        house.Disk.WriteError = 0;
        house.Disk.CreateError = 0;
        await house.RestartAsync();
        await ReleaseAsync(house, id);
        await house.EmptyAsync();
        Assert.Equal((1, 1), (Received(house, Good), Received(house, Bad)));
    }

    [Fact]
    public async Task Release_StoreThatCannotAnswer_LosesTheLineAndDeliversOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house, Good);
        Execute(house, "CREATE TRIGGER no_outcomes BEFORE INSERT ON decision WHEN new.recipient IS NOT NULL BEGIN SELECT RAISE(ABORT, 'no'); END");

        MessageId first = await ReleaseAsync(house, id);
        await house.EmptyAsync();

        Assert.Empty(await OutcomesAsync(house, id, first));
        Assert.Contains($"released as {first}, could not be written", Assert.Single(house.Logs.Of(283)), StringComparison.Ordinal);
        Assert.Equal(1, Received(house, Good));
        Execute(house, "DROP TRIGGER no_outcomes");
    }

    private static async Task<MessageId> HoldAsync(RelayHouse house, params string[] recipients)
    {
        MessageId id = await house.QueueAsync(RelayHouse.Malformed, recipients);
        await house.QuarantinedAsync(id);
        return id;
    }

    private static async Task<MessageId> ReleaseAsync(RelayHouse house, MessageId id) =>
        Assert.NotNull(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "fine", Ct));

    /// <summary>What the history says became of one release.</summary>
    private static async Task<List<ReviewDecision>> OutcomesAsync(RelayHouse house, MessageId id, MessageId release) =>
        [.. (await house.Relay.Quarantine.Store.HistoryAsync(id.ToString(), Ct)).Where(d => d.Recipient is not null && d.ReleaseId == release.ToString())];

    private static int Received(RelayHouse house, string recipient) => house.Server.Messages.Count(m => m.Recipients.Contains(recipient));

    private static async Task CheckTotalsAsync(RelayHouse house, int released)
    {
        QuarantineTotals totals = await house.Relay.Quarantine.Store.TotalsAsync(Ct);
        Assert.Equal((0, 0, released), (totals.Items[QuarantineState.Quarantined], totals.Items[QuarantineState.Releasing], totals.Items[QuarantineState.Released]));
        Assert.Equal(default, house.Relay.Quarantine.Store.Usage.All);
        Assert.Equal(0L, Execute(house, "SELECT count(*) FROM client_total"));
    }

    private static object? Execute(RelayHouse house, string sql)
    {
        using SqliteConnection connection = new($"Data Source={house.QuarantinePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a literal of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
