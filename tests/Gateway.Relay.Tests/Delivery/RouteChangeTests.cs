using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>Waiting mail follows the configuration, or goes where a person sends it: another route, or back.</summary>
public class RouteChangeTests
{
    private static readonly QueueFilter All = new();

    [Theory]
    [InlineData("added")]
    [InlineData("removed")]
    [InlineData("changed")]
    [InlineData("parent")]
    public async Task Reload_DomainsRoute_TakesWaitingMailWithIt(string what)
    {
        await using ScriptedSmtpServer next = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        Route old = RelayHouse.RouteTo("example.net", house.Server);
        Route fallback = RelayHouse.RouteTo("default", house.Server);
        house.Routes(fallback, what is "removed" or "changed" ? [old] : []);
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 moved"));
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net", "c@mail.example.net");
        await house.DeferredAsync(id);

        Route named = RelayHouse.RouteTo("example.net", next);
        house.Routes(
            what == "removed" ? RelayHouse.RouteTo("default", next) : fallback,
            what switch { "removed" => [], "parent" => [RelayHouse.RouteTo("*.example.net", next), named], _ => [named] });
        house.Time.Advance(TimeSpan.FromSeconds(1));
        bool both = what is "removed" or "parent";
        await house.PassUntilAsync(() => next.Messages.Sum(m => m.Recipients.Count) == (both ? 2 : 1));
        // The record follows the host's reply.
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Count == (both ? 0 : 1));
    }

    [Fact]
    public async Task Reload_MailOnHold_MovesAndStaysOnHold()
    {
        await using ScriptedSmtpServer next = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 moved"));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Hold, All, "ann", "look", dryRun: false);
        house.Routes(RelayHouse.RouteTo("default", house.Server), RelayHouse.RouteTo("example.net", next));
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id)!.Route == "example.net");
        Assert.Equal((RelayState.OnHold, "look"), (house.Relay.Delivery.Find(id)!.State, house.Relay.Delivery.Find(id)!.Hold));
        await house.Relay.Delivery.OrderAsync(QueueOrder.Resume, All, "ann", string.Empty, dryRun: false);
        await house.EmptyAsync();
        Assert.Single(next.Messages);
    }

    [Fact]
    public async Task Move_ToARoute_HoldsOverReloadsAndRestartsUntilItIsTakenBack()
    {
        await using ScriptedSmtpServer other = new();
        other.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 not yet"));
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Routes(RelayHouse.RouteTo("default", house.Server), RelayHouse.RouteTo("other.test", other));
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("c@", StringComparison.Ordinal) ? null : SmtpAction.Reply("450 4.2.1 moved"));
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        Assert.Equal(1, (await house.Relay.Delivery.OrderAsync(QueueOrder.Move, All, "ann", "x", dryRun: true, "other.test")).Count);
        Assert.Equal("default", house.Relay.Delivery.Find(id)!.Route);
        Assert.Equal(1, (await house.Relay.Delivery.OrderAsync(QueueOrder.Move, All, "ann", "x", dryRun: false, "other.test")).Count);
        await RelayHouse.UntilAsync(() => other.Moments.Any(m => m.Step == SmtpStep.Rcpt));

        house.Routes(RelayHouse.RouteTo("default", house.Server), RelayHouse.RouteTo("other.test", other));
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await house.RestartAsync();
        Assert.Equal("other.test", house.Relay.Delivery.Find(id)!.Route);

        house.Server.On(SmtpStep.Rcpt, SmtpAction.Usual);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Move, All, "ann", "x", dryRun: false, route: null);
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Bounce_DeferredAndHeldAndUnderWay_AreReturnedWithTheReason()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length == 0 ? null
            : m.Line.Contains("slow", StringComparison.Ordinal) ? SmtpAction.Wait(hangs.Task).Then(SmtpAction.Reply("450 4.2.1 later"))
            : SmtpAction.Reply("450 4.2.1 later"));
        MessageId deferred = await house.QueueFromAsync("one@example.org");
        await house.DeferredAsync(deferred);
        MessageId held = await house.QueueFromAsync("two@example.org");
        await house.DeferredAsync(held);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Hold, new QueueFilter { Id = held }, "ann", "look", dryRun: false);
        await house.QueueFromAsync("three@example.org", "slow@example.net");
        await RelayHouse.UntilAsync(() => house.Server.Moments.Any(m => m.Line.Contains("slow", StringComparison.Ordinal)));

        QueueOrderOutcome outcome = await house.Relay.Delivery.OrderAsync(QueueOrder.Bounce, All, "ann", "the host is gone", dryRun: false);
        Assert.Equal((3, 2, 1), (outcome.Asked, outcome.Count, outcome.UnderWay));
        await RelayHouse.UntilAsync(() => house.Server.Messages.Count == 2);
        hangs.SetResult();
        await house.EmptyAsync();
        Assert.Equal(["one@example.org", "three@example.org", "two@example.org"], house.Server.Messages.SelectMany(m => m.Recipients).Order());
        Assert.All(house.Server.Messages, m => Assert.Contains("Status: 5.0.0\r\n", m.Text, StringComparison.Ordinal));
        Assert.All(house.Server.Messages, m => Assert.Contains("the host is gone", m.Text, StringComparison.Ordinal));
        Assert.Equal(3, house.Logs.All.Count(l => l.Contains("dsn=5.0.0, status=bounced (returned by an administrator: the host is gone)", StringComparison.Ordinal)));
    }
}
