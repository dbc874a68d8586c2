using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Failures;

/// <summary>The log line and the count say what became of the mail, not what the host's digit was.</summary>
public class RecordTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Theory]
    [InlineData(SmtpStep.Connect, "554 5.7.1 blocked", "4.7.1")]
    [InlineData(SmtpStep.Connect, "521 no mail here", "4.0.0")]
    [InlineData(SmtpStep.Ehlo, "550 5.7.1 go away", "4.7.1")]
    public async Task RefusedBeforeMail_IsDeferred_NeverBouncedOrCountedAsRefused(SmtpStep step, string reply, string status)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(step, SmtpAction.Reply(reply));
        house.Server.On(SmtpStep.Helo, SmtpAction.Reply(reply));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        Assert.Contains(house.Logs.All, l => l.Contains($"dsn={status}, status=deferred ({reply})", StringComparison.Ordinal));
        Assert.DoesNotContain(house.Logs.All, static l => l.Contains("status=bounced", StringComparison.Ordinal));
        Assert.Equal(0, house.Metrics["gateway.delivery.attempts|Refused"]);
        Assert.Equal(1, house.Metrics["gateway.delivery.attempts|Deferred"]);
    }

    [Theory]
    [InlineData("a@example.org", "expired, returned to sender")]
    [InlineData("", "expired")]
    public async Task TooOld_IsExpired_ByAnAttemptAndInLine(string sender, string status)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Retry = new RetrySchedule { Lifetime = TimeSpan.FromMinutes(5) } });
        house.Server.On(SmtpStep.Rcpt, static m => m.Line.Contains("late@", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 busy") : null);
        MessageId id = await house.QueueFromAsync(sender, "late@example.net");
        await house.DeferredAsync(id);
        house.Time.Advance(TimeSpan.FromMinutes(6));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is null);
        Assert.Contains(house.Logs.All, l => l.Contains($"dsn=4.4.7, status={status} (450 4.2.1 busy)", StringComparison.Ordinal));
        Assert.Equal(1, house.Metrics["gateway.delivery.attempts|Expired"]);

        house.Server.StopListening();
        house.Server.DropConnections();
        MessageId waiting = await house.QueueFromAsync(sender, "b@example.net");
        await house.DeferredAsync(waiting);
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(waiting) is null);
        Assert.Contains(house.Logs.All, l => l.StartsWith($"{waiting}: to=<b@example.net>, relay=", StringComparison.Ordinal) && l.Contains($"status={status} (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BounceCannotBeStored_TheMailStaysAndIsDeferred_UntilItCan()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.Rcpt, static m => m.Line.Contains("b@", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        house.Server.Once(SmtpStep.Connect, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        MessageId id = await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.Connect, Ct);
        house.Disk.WriteError = FailingDisk.NoSpace;
        gate.SetResult();
        await house.DeferredAsync(id);
        Assert.Contains(house.Logs.All, static l => l.Contains("status=deferred (550 5.1.1 no such user)", StringComparison.Ordinal));
        Assert.DoesNotContain(house.Logs.All, static l => l.Contains("status=bounced", StringComparison.Ordinal));
        Assert.Equal(0, house.Metrics["gateway.delivery.attempts|Refused"]);
    }

    [Fact]
    public async Task TakenAndNeverAnswered_AgainAndAgain_IsSaidLouder()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Drop);
        MessageId id = await house.QueueAsync();
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: >= 4 });
        Assert.True(house.Logs.Count(28) >= 4);
        Assert.Contains(house.Logs.Of(222), static l => l.Contains("sent whole 3 times or more without an answer", StringComparison.Ordinal));
        Assert.Equal(house.Logs.Count(28) - 2, house.Logs.Count(222));
    }

    [Fact]
    public async Task RetryOfAWholeQueue_IsOneLine()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.StopListening();
        for (int i = 0; i < 20; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals() is { Active: 0, Deferred: 20 });
        int before = house.Logs.All.Count(static l => l.Contains("retry", StringComparison.Ordinal));
        Assert.Equal(20, (await house.Relay.Delivery.OrderAsync(QueueOrder.Retry, new QueueFilter(), "ann", string.Empty, dryRun: false)).Count);
        Assert.Equal(before + 1, house.Logs.All.Count(static l => l.Contains("retry", StringComparison.Ordinal)));
    }
}
