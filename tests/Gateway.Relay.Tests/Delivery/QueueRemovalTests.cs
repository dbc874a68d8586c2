using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What an order says it did is what happened, also in the middle of deliveries; and a removal can be taken back.</summary>
public class QueueRemovalTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Theory]
    [InlineData(QueueOrder.Remove, true)]
    [InlineData(QueueOrder.Remove, false)]
    [InlineData(QueueOrder.Hold, false)]
    [InlineData(QueueOrder.Retry, false)]
    [InlineData(QueueOrder.Resume, false)]
    public async Task Order_WhileMessagesAreDelivered_CountsWhatHappened(QueueOrder order, bool now)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        for (int round = 0; round < 3; round++)
        {
            await RoundAsync(house, order, now, messages: 60);
        }

        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Remove_IntoTheQuarantine_CanBeReleasedForADay()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        MessageId kept = await house.QueueAsync(RelayHouse.Clean, "b@example.net", "c@example.net");
        MessageId lost = await house.QueueAsync();
        await house.DeferredAsync(kept);
        await house.DeferredAsync(lost);
        QueueOrderOutcome outcome = await RemoveAsync(house, new QueueFilter { Id = kept });
        Assert.Equal((1, 1), (outcome.Asked, outcome.Count));
        Assert.Equal(1, (await RemoveAsync(house, new QueueFilter())).Count);
        Assert.Equal(0, house.Relay.Delivery.Count);
        QuarantineEntry entry = await house.QuarantinedAsync(kept);
        Assert.Equal(Removal.Rule, entry.WorstRule);
        Assert.Contains("by ann: the wrong filter", Assert.Single(entry.Findings).Detail, StringComparison.Ordinal);
        await house.QuarantinedAsync(lost);

        house.Server.ClearRules();
        Assert.NotNull(await house.Relay.Quarantine.ReleaseAsync(kept.ToString(), "bob", "it was wanted", Ct));
        await house.EmptyAsync();
        Assert.Equal(["b@example.net", "c@example.net"], Assert.Single(house.Server.Messages).Recipients);

        house.Time.Advance(Removal.Keep - TimeSpan.FromMinutes(2));
        await house.Relay.Quarantine.Keeper.SweepAsync(Ct);
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(lost)).State);
        house.Time.Advance(TimeSpan.FromMinutes(3));
        await house.Relay.Quarantine.Keeper.SweepAsync(Ct);
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(lost)).State);
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Remove_WhileItIsSentAndDeferred_GoesToTheQuarantineAfterIt()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Reply("451 4.3.0 later")));
        MessageId id = await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        QueueOrderOutcome outcome = await RemoveAsync(house, new QueueFilter());
        Assert.Equal((1, 0, 1), (outcome.Asked, outcome.Count, outcome.UnderWay));
        Assert.Equal(0, house.Logs.Count(27));
        gate.SetResult();
        await house.EmptyAsync();
        Assert.Equal(Removal.Rule, (await house.QuarantinedAsync(id)).WorstRule);
        await RelayHouse.UntilAsync(() => house.Logs.Count(281) == 1);
        Assert.Empty(house.Server.Messages);
    }

    [Fact]
    public async Task Remove_OneOfTwoRoutesUnderWay_IsCountedAsUnderWay()
    {
        await using ScriptedSmtpServer other = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server), RelayHouse.RouteTo("other.test", other)));
        TaskCompletionSource gate = new();
        other.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net", "c@other.test");
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        await other.WaitForStepAsync(SmtpStep.Rcpt, Ct);
        QueueOrderOutcome outcome = await RemoveAsync(house, new QueueFilter { Id = id });
        Assert.Equal((0, 1), (outcome.Count, outcome.UnderWay));
        gate.SetResult();
        await house.EmptyAsync();
        Assert.Equal(["c@other.test"], (await house.QuarantinedAsync(id)).Recipients);
        Assert.Single(house.Server.Messages);
        Assert.Empty(other.Messages);
    }

    private static Task<QueueOrderOutcome> RemoveAsync(RelayHouse house, QueueFilter filter) =>
        house.Relay.Delivery.OrderAsync(QueueOrder.Remove, filter, "ann", "the wrong filter", dryRun: false);

    private static async Task RoundAsync(RelayHouse house, QueueOrder order, bool now, int messages)
    {
        int before = house.Server.Messages.Count;
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        List<string> ids = [];
        for (int i = 0; i < messages; i++)
        {
            ids.Add((await house.QueueAsync()).ToString());
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.List(messages).All(e => e.Due is not null));
        if (order == QueueOrder.Resume)
        {
            await house.Relay.Delivery.OrderAsync(QueueOrder.Hold, new QueueFilter(), "ann", "", dryRun: false);
        }

        house.Server.ClearRules();
        house.Relay.Delivery.Retry(null, "ann");
        QueueOrderOutcome outcome = await house.Relay.Delivery.OrderAsync(order, new QueueFilter(), "ann", "round", dryRun: false, now: now);
        Assert.Equal(outcome.Asked, outcome.Count + outcome.UnderWay + outcome.Gone + outcome.Failed);
        Assert.Equal(0, outcome.Failed);
        if (order == QueueOrder.Hold)
        {
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Active == 0);
            await house.Relay.Delivery.OrderAsync(QueueOrder.Resume, new QueueFilter(), "ann", "", dryRun: false);
        }

        await house.EmptyAsync();
        int arrived = house.Server.Messages.Count - before;
        Assert.Equal(order == QueueOrder.Remove ? messages - outcome.Count : messages, arrived);
    }
}
