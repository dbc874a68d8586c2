using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What becomes of a message for each way an attempt can end.</summary>
public class DeliveryTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task Reload_RouteHasNewHosts_WaitingMailGoesThereWithoutNewMail()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await using ScriptedSmtpServer other = new();
        house.Server.StopListening();
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        house.Routes(RelayHouse.RouteTo("default", other));
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Single(other.Messages);
    }

    [Theory]
    [InlineData(SmtpStep.Mail, "451 4.7.1 greylisted")]
    [InlineData(SmtpStep.Rcpt, "450 4.2.1 mailbox busy")]
    [InlineData(SmtpStep.Data, "451 4.7.0 later")]
    [InlineData(SmtpStep.FinalDot, "452 4.3.1 full")]
    public async Task Deferred_BySmtpReply_WaitsOnItsOwnScheduleAndIsDelivered(SmtpStep step, string reply)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(step, SmtpAction.Reply(reply));
        MessageId id = await house.QueueAsync();

        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(reply, entry.LastReply);
        Assert.Equal(1, entry.Attempts);
        Assert.InRange((entry.Due!.Value - house.Time.GetUtcNow()).TotalSeconds, 24, 36);
        house.Time.Advance(TimeSpan.FromSeconds(23));
        Assert.Equal(RelayState.Deferred, house.Relay.Delivery.Find(id)!.State);
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(14));
        Assert.Single(house.Server.Messages);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Dropped_BehindTheContent_IsTriedAgainAtOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Drop);
        await house.QueueAsync();
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task DroppedTwice_BehindTheContent_WaitsOnItsOwnSchedule()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Drop);
        MessageId id = await house.QueueAsync();
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(2, entry.Attempts);
        Assert.InRange((entry.Due!.Value - house.Time.GetUtcNow()).TotalSeconds, 24, 36);
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(37));
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Waits_OfRepeatedFailures_Double()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 later"));
        MessageId id = await house.QueueAsync();
        foreach (int seconds in new[] { 30, 60, 120 })
        {
            QueueEntry entry = await house.DeferredAsync(id);
            double wait = (entry.Due!.Value - house.Time.GetUtcNow()).TotalSeconds;
            Assert.InRange(wait, seconds * 0.8, seconds * 1.2);
            house.Time.Advance(TimeSpan.FromSeconds(wait + 1));
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id)!.Attempts > entry.Attempts);
        }
    }

    [Fact]
    public async Task PartialFailure_AfterRestart_ServesOnlyTheRest()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("late", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 busy") : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "now@example.net", "late@example.net");
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(["late@example.net"], entry.Recipients);

        await house.RestartAsync();
        QueueEntry again = house.Relay.Delivery.Find(id)!;
        Assert.Equal((entry.Due, entry.Attempts, entry.LastReply), (again.Due, again.Attempts, again.LastReply));
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(37));
        Assert.Equal(["now@example.net", "late@example.net"], house.Server.Messages.SelectMany(m => m.Recipients));
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
    }

    [Fact]
    public async Task TwoRoutes_OneDone_AfterRestartOnlyTheOtherIsServed()
    {
        await using ScriptedSmtpServer other = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(
            RelayHouse.RouteTo("default", h.Server), RelayHouse.RouteTo("other.test", other)));
        other.StopListening();
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "a@example.net", "b@other.test", "c@example.net");
        await house.Server.WaitForMessagesAsync(1, Ct);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Recipients: ["b@other.test"], State: RelayState.Deferred });

        await house.RestartAsync();
        other.Listen();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(["a@example.net", "c@example.net"], Assert.Single(house.Server.Messages).Recipients);
        Assert.Equal(["b@other.test"], Assert.Single(other.Messages).Recipients);
    }

    [Fact]
    public async Task SlowDelivery_OthersInTheSameLine_AreNotHeldUp()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.FinalDot, m => m.Message == 1 ? SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual) : null);
        await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        await house.QueueAsync();
        await house.Server.WaitForMessagesAsync(1, Ct);
        gate.SetResult();
        await house.EmptyAsync();
    }

    [Fact]
    public async Task Concurrency_Limit_IsReachedAndNotPassed()
    {
        await using RelayHouse house = new() { Lanes = new LaneLimits { Clean = 3 } };
        await house.OpenAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        for (int i = 0; i < 12; i++)
        {
            await house.QueueAsync();
        }

        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct, 3);
        Assert.Equal(3, house.Server.OpenConnections);
        Assert.Equal(12, house.Relay.Delivery.Totals().Active);
        gate.SetResult();
        await house.EmptyAsync();
        Assert.Equal(12, house.Server.Messages.Count);
        Assert.InRange(house.Server.ConnectionCount, 3, 3);
    }

    [Fact]
    public async Task HostDown_OtherHostTakesOver_AndTheFirstIsUsedAgainWhenItIsBack()
    {
        await using ScriptedSmtpServer second = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server, second)));
        house.Server.StopListening();
        await house.QueueAsync();
        await second.WaitForMessagesAsync(1, Ct);
        await house.EmptyAsync();
        house.Server.Listen();
        await house.QueueAsync();
        await second.WaitForMessagesAsync(2, Ct);
        house.Time.Advance(TimeSpan.FromSeconds(3));
        await house.QueueAsync();
        await house.Server.WaitForMessagesAsync(1, Ct);
        Assert.Equal(1, house.Logs.Count(23));
        await RelayHouse.UntilAsync(() => house.Logs.Count(24) == 1);
    }

    [Fact]
    public async Task AllHostsDown_MailIsKeptAsDeferred_AndTheWholeLineMovesWhenOneIsBack()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.StopListening();
        for (int i = 0; i < 30; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals() is { Active: 0, Deferred: 30 });
        Assert.All(house.Relay.Delivery.List(100), e => Assert.Null(e.Due));
        for (int i = 0; i < 5; i++)
        {
            house.Time.Advance(TimeSpan.FromSeconds(61));
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Deferred == 30);
        }

        // Probes that failed count for no message: it would wait an hour for the next greylisting.
        Assert.All(house.Relay.Delivery.List(100), e => Assert.Equal(0, e.Attempts));
        house.Server.Listen();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(30, house.Server.Messages.Count);
        Assert.Empty(house.Logs.Errors);
    }

    [Theory]
    [InlineData("554 5.7.1 you are listed")]
    [InlineData("421 4.3.2 too busy")]
    public async Task GreetingRefused_NothingBounces_TheLineWaits(string greeting)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(SmtpStep.Connect, SmtpAction.Reply(greeting).Then(SmtpAction.Drop));
        MessageId id = await house.QueueAsync();
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(greeting, entry.LastReply);
        Assert.Null(entry.Due);
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(3));
        Assert.Equal("a@example.org", Assert.Single(house.Server.Messages).Sender);
    }

    [Fact]
    public async Task Stop_InTheMiddleOfADelivery_LeavesTheMailInTheSpool()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Hang);
        MessageId id = await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        Task stopping = house.Relay.StopAsync(TimeSpan.FromSeconds(10));
        Assert.False(stopping.IsCompleted);
        house.Time.Advance(TimeSpan.FromSeconds(11));
        await stopping;
        MessageId late = await house.QueueAsync();
        await house.RestartAsync();
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
        Assert.True(late > id);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Stop_RunningDeliveryEndsInTime_NothingIsRepeated()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        Task stopping = house.Relay.StopAsync(TimeSpan.FromSeconds(10));
        gate.SetResult();
        await stopping;
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Single(house.Server.Messages);
    }
}
