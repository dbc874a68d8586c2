using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What administrators order, also in the middle of things.</summary>
public class QueueOrderTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    /// <summary>Removes a message for good; what was asked and what was done.</summary>
    private static async Task<(int Asked, int Done)> RemoveAsync(RelayHouse house, MessageId id)
    {
        QueueOrderOutcome outcome = await house.Relay.Delivery.OrderAsync(QueueOrder.Remove, new QueueFilter { Id = id }, "ann", "test", dryRun: false, now: true);
        Assert.Equal(outcome.Asked, outcome.Count + outcome.UnderWay + outcome.Gone + outcome.Failed);
        return (outcome.Asked, outcome.Count);
    }

    [Fact]
    public async Task Retry_DeferredMessage_GoesOutAtOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        Assert.Equal(0, house.Relay.Delivery.Retry(new MessageId(id.Value + 1), "ann"));
        Assert.Equal(1, house.Relay.Delivery.Retry(id, "ann"));
        await house.EmptyAsync();
        Assert.Equal(0, house.Relay.Delivery.Retry(null, "ann"));
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Retry_HostsDown_TriesThemAtOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.StopListening();
        await house.QueueAsync();
        await house.DeferredAsync(await house.QueueAsync());
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Deferred == 2);
        house.Server.Listen();
        Assert.Equal(2, house.Relay.Delivery.Retry(null, "ann"));
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
    }

    [Fact]
    public async Task Retry_BesideTheClock_DeliversEachOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        for (int i = 0; i < 50; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.List(100).All(e => e.Due is not null));
        house.Server.ClearRules();
        await Task.WhenAll(
            Task.Run(() => house.Time.Advance(TimeSpan.FromSeconds(40)), Ct),
            Task.Run(() => house.Relay.Delivery.Retry(null, "ann"), Ct),
            Task.Run(() => house.Relay.Delivery.Retry(null, "bob"), Ct));
        await house.EmptyAsync();
        Assert.Equal(50, house.Server.Messages.Count);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Remove_WaitingMessage_IsGoneForGoodWithoutABounce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        MessageId deferred = await house.QueueAsync();
        await house.DeferredAsync(deferred);
        house.Server.StopListening();
        house.Server.DropConnections();
        MessageId inLine = await house.QueueAsync();
        await house.DeferredAsync(inLine);

        Assert.Equal((1, 1), await RemoveAsync(house, deferred));
        Assert.Equal((1, 1), await RemoveAsync(house, inLine));
        Assert.Equal((0, 0), await RemoveAsync(house, inLine));
        Assert.Equal(0, house.Relay.Delivery.Count);
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Remove_WhileItIsSent_TheAttemptIsTheLast()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Reply("451 4.3.0 later")));
        MessageId id = await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        Assert.Equal((1, 0), await RemoveAsync(house, id));
        Assert.NotNull(house.Relay.Delivery.Find(id));
        gate.SetResult();
        await house.EmptyAsync();
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Empty(house.Server.Messages);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Remove_BesideEverythingElse_LeavesNothingStuck()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        int answers = 0;
        house.Server.KeepTranscript = false;
        house.Server.On(SmtpStep.Rcpt, _ => Interlocked.Increment(ref answers) % 3 == 0 ? SmtpAction.Reply("451 4.7.1 later") : null);
        using CancellationTokenSource done = new();
        Task[] storm =
        [
            Storm(() => Task.FromResult(house.Relay.Delivery.Retry(null, "ann"))),
            Storm(async () =>
            {
                foreach (QueueEntry entry in house.Relay.Delivery.List(50).Where((_, i) => i % 5 == 0))
                {
                    Assert.True(MessageId.TryParse(entry.Id, out MessageId id));
                    await RemoveAsync(house, id);
                }
            }),
            Storm(() =>
            {
                house.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.CompletedTask;
            }),
        ];
        for (int i = 0; i < 300; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Count == 0);
        await done.CancelAsync();
        await Task.WhenAll(storm);
        Assert.Empty(house.Logs.Errors);
        Assert.Equal(house.Server.Messages.Count, house.Server.Messages.Select(m => m.Text).Distinct(StringComparer.Ordinal).Count());
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);

        Task Storm(Func<Task> act) => Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await act();
                    await Task.Delay(TimeSpan.FromMilliseconds(2), Ct);
                }
            },
            Ct);
    }

    [Fact]
    public async Task List_Limit_OldestFirst()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.StopListening();
        List<string> ids = [];
        for (int i = 0; i < 5; i++)
        {
            ids.Add((await house.QueueAsync(RelayHouse.Clean, "b@example.net", "c@example.net")).ToString());
        }

        IReadOnlyList<QueueEntry> list = house.Relay.Delivery.List(3);
        Assert.Equal(ids.Take(3), list.Select(e => e.Id));
        Assert.All(list, e => Assert.Equal(("a@example.org", (long)RelayHouse.Clean.Length, "default", 2), (e.Sender, e.Size, e.Route, e.Recipients.Count)));
        (int active, int deferred, TimeSpan? oldestAge) = house.Relay.Delivery.Totals();
        Assert.Equal(5, active + deferred);
        Assert.Equal(TimeSpan.Zero, oldestAge);
    }
}
