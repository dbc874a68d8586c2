using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Failures;

/// <summary>A host that takes no mail for a trouble of its own: the line waits for it, no message is blamed, and no message can hold it up for others.</summary>
public class HostTroubleTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Theory]
    [InlineData(SmtpStep.Mail, "421 4.3.2 draining")]
    [InlineData(SmtpStep.Rcpt, "451 4.3.0 trouble")]
    [InlineData(SmtpStep.Data, "452 4.3.1 disk full")]
    [InlineData(SmtpStep.FinalDot, "421 4.3.2 draining")]
    [InlineData(SmtpStep.Mail, "")]
    [InlineData(SmtpStep.Data, "")]
    public async Task OnlyHost_TheLineWaits_AndMovesWithTheFirstProbeThatPasses(SmtpStep step, string reply)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(step, reply.Length == 0 ? SmtpAction.Drop : SmtpAction.Reply(reply));
        for (int i = 0; i < 20; i++)
        {
            await house.QueueAsync();
        }

        for (int i = 0; i < 4; i++)
        {
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals() is { Active: 0, Deferred: 20 });
            house.Time.Advance(TimeSpan.FromSeconds(61));
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals() is { Active: 0, Deferred: 20 });
        Assert.All(house.Relay.Delivery.List(100), static e => Assert.Equal((0, null), (e.Attempts, e.Due)));
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(20, house.Server.Messages.Count);
        Assert.Empty(house.Logs.Errors);
        Assert.DoesNotContain(house.Logs.All, static l => l.Contains("status=bounced", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("220 go\n500 what is this?")]
    [InlineData("454 4.7.0 TLS not available")]
    public async Task TlsFails_AndTheHostWantsIt_TheMailWaitsUntilItIsBack(string reply)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Capabilities = ["PIPELINING", "STARTTLS"];
        house.Server.On(SmtpStep.Other, m => m.Line == "STARTTLS" ? SmtpAction.Reply(reply).Then(reply[0] == '2' ? SmtpAction.Drop : SmtpAction.Wait(Task.CompletedTask)) : null);
        house.Server.On(SmtpStep.Mail, SmtpAction.Reply("530 5.7.0 Must issue a STARTTLS command first"));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        Assert.Contains(house.Logs.All, static l => l.Contains("dsn=4.7.0, status=deferred (530 5.7.0 Must issue", StringComparison.Ordinal));
        Assert.Equal(0, house.Logs.Count(25));
        house.Server.ClearRules();
        house.Server.Capabilities = ["PIPELINING"];
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(3));
        Assert.Equal("a@example.org", Assert.Single(house.Server.Messages).Sender);
    }

    [Fact]
    public async Task OneMessageOnly_OthersPass_WaitsOnItsOwnScheduleAndHoldsNobodyUp()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, static m => m.Line.Contains("broken@", StringComparison.Ordinal) ? SmtpAction.Reply("451 4.3.0 Temporary lookup failure") : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "broken@example.net");
        await house.DeferredAsync(id);
        // Of two probes at the latest one is the other message, and the host is up again.
        await house.QueueAsync();
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id) is { Due: not null, Attempts: > 0 });
        await house.PassAsync(5);
        Assert.Equal(6, house.Server.Messages.Count);
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(37));
    }

    [Fact]
    public async Task AloneAndRefusedForLong_WaitsOnItsOwnSchedule_SoThatItHoldsUpNobodyWhoComesLater()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, static m => m.Line.Contains("broken@", StringComparison.Ordinal) ? SmtpAction.Reply("451 4.3.0 Temporary lookup failure") : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "broken@example.net");
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id) is { Due: not null });
        await house.PassAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task SomeRecipientsServed_TheRestGoesToTheNextHost_NobodyTwice()
    {
        await using ScriptedSmtpServer second = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server, second)));
        house.Server.On(SmtpStep.Rcpt, static m => m.Line.Contains("b@", StringComparison.Ordinal) ? SmtpAction.Reply("451 4.3.0 lookup failure")
            : m.Line.Contains("c@", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        await house.QueueAsync(RelayHouse.Clean, "a@example.net", "b@example.net", "c@example.net");
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Count == 0);
        Assert.Equal(["a@example.net"], house.Server.Messages[0].Recipients);
        Assert.Equal(["b@example.net"], Assert.Single(second.Messages).Recipients);
        Assert.Equal(1, house.Metrics["gateway.delivery.attempts|Refused"]);
    }

    [Fact]
    public async Task AllHostsInTrouble_NothingBounces_AndTheSecondOneThatRecoversTakesAll()
    {
        await using ScriptedSmtpServer second = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server, second)));
        house.Server.On(SmtpStep.Mail, SmtpAction.Reply("421 4.3.2 draining"));
        second.On(SmtpStep.Connect, SmtpAction.Reply("554 5.3.2 no service here").Then(SmtpAction.Drop));
        for (int i = 0; i < 5; i++)
        {
            await house.QueueAsync();
        }

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals() is { Active: 0, Deferred: 5 });
        second.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(5, second.Messages.Count);
        Assert.Equal(0, house.Metrics["gateway.delivery.attempts|Refused"]);
    }

    [Fact]
    public async Task FirstHostDropsBehindTheContent_TheSecondHasAllAtOnce_AndTheFirstIsSoonLeftAlone()
    {
        await using ScriptedSmtpServer second = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server, second)));
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Drop);
        for (int i = 1; i <= 10; i++)
        {
            await house.QueueFromAsync($"s{i}@example.org");
            await house.EmptyAsync();
            Assert.Equal(i, second.Messages.Count);
        }

        Assert.Equal(5, house.Server.Moments.Count(static m => m.Step == SmtpStep.FinalDot));
        Assert.Equal(0, house.Logs.Count(32) + house.Metrics["gateway.poison|quarantined"]);
    }

    [Fact]
    public async Task FirstHostSilentAfterConnect_TheNextOneHasItAfterSeconds_AndOthersDoNotWait()
    {
        await using ScriptedSmtpServer second = new();
        await using RelayHouse house = new() { NextHostAfter = TimeSpan.FromSeconds(4) };
        house.Routes(RelayHouse.RouteTo("default", house.Server, second));
        await house.OpenAsync();
        house.Server.On(SmtpStep.Connect, SmtpAction.Hang);
        await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.Connect, Ct);
        await house.PassUntilAsync(() => second.Messages.Count == 1);
        // The first host is down: nobody else waits for it, but for probes, which end at once here.
        house.Server.StopListening();
        house.Server.DropConnections();
        for (int i = 0; i < 10; i++)
        {
            await house.PassAsync();
        }

        Assert.Equal(11, second.Messages.Count);
        Assert.Equal(1, house.Server.ConnectionCount);
    }

    [Fact]
    public async Task OnlyHost_SilentAfterConnect_HasItsWholeTime()
    {
        await using RelayHouse house = new() { NextHostAfter = TimeSpan.FromSeconds(4) };
        await house.OpenAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.Connect, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        await house.QueueAsync();
        await house.Server.WaitForStepAsync(SmtpStep.Connect, Ct);
        house.Time.Advance(TimeSpan.FromMinutes(1));
        gate.SetResult();
        await house.EmptyAsync();
        Assert.Equal(1, house.Server.ConnectionCount);
    }
}
