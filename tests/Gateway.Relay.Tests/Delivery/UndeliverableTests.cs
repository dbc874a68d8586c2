using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What becomes of mail that cannot be delivered is its route's to say: returned, tried again, or kept for a person.</summary>
public class UndeliverableTests
{
    private static readonly RetrySchedule s_brief = new() { First = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromSeconds(5), Lifetime = TimeSpan.FromMinutes(2) };

    [Theory]
    [InlineData(SmtpStep.Mail)]
    [InlineData(SmtpStep.Rcpt)]
    [InlineData(SmtpStep.FinalDot)]
    public async Task Defer_WhatIsRefused_IsTriedAgainAndDeliveredWhenTheHostHasChangedItsMind(SmtpStep step)
    {
        await using RelayHouse house = await HouseAsync(UndeliverableMail.Defer);
        bool refuses = true;
        house.Server.On(step, _ => Volatile.Read(ref refuses) ? SmtpAction.Reply("550 5.1.1 not yet migrated") : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net");
        await house.DeferredAsync(id);
        Assert.Contains(house.Logs.All, l => l.Contains("status=deferred (550 5.1.1 not yet migrated)", StringComparison.Ordinal) && l.Contains("dsn=4.1.1", StringComparison.Ordinal));
        Volatile.Write(ref refuses, false);
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Equal(["b@example.net"], house.Server.Messages[0].Recipients);
    }

    [Fact]
    public async Task Defer_WhatIsRefusedUntilItIsTooOld_GoesBack()
    {
        await using RelayHouse house = await HouseAsync(UndeliverableMail.Defer);
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("b@example.net", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 nobody") : null);
        await house.QueueAsync(RelayHouse.Clean, "b@example.net");
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Status: 5.1.1", house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hold_WhatIsRefused_WaitsForAPerson_AlsoOverARestart_AndGoesWhereThePersonSays()
    {
        await using RelayHouse house = await HouseAsync(UndeliverableMail.Hold);
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("gone@", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 nobody") : null);
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net", "gone@example.net");
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id)?.State == RelayState.OnHold);
        QueueEntry entry = house.Relay.Delivery.Find(id)!;
        Assert.Equal(["gone@example.net"], entry.Recipients);
        Assert.StartsWith("kept instead of returned: ", entry.Hold, StringComparison.Ordinal);
        Assert.Contains("550 5.1.1 nobody", entry.Hold, StringComparison.Ordinal);
        Assert.Equal(["b@example.net"], Assert.Single(house.Server.Messages).Recipients);
        Assert.Equal(1, house.Logs.Count(344));

        await house.RestartAsync();
        Assert.Equal(RelayState.OnHold, house.Relay.Delivery.Find(id)!.State);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Bounce, new QueueFilter { Id = id }, "ada", "nobody of ours", dryRun: false);
        await house.PassUntilAsync(() => house.Server.Messages.Count == 2);
        Assert.Equal(string.Empty, house.Server.Messages[1].Sender);
    }

    [Fact]
    public async Task Hold_WhatIsTooOld_WaitsToo()
    {
        await using RelayHouse house = await HouseAsync(UndeliverableMail.Hold);
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 come again"));
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net");
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id)?.State == RelayState.OnHold);
        Assert.Contains("come again", house.Relay.Delivery.Find(id)!.Hold, StringComparison.Ordinal);
        Assert.Empty(house.Server.Messages);
    }

    [Fact]
    public async Task Hold_NoHostCanBeReached_WaitsToo()
    {
        await using RelayHouse house = await HouseAsync(UndeliverableMail.Hold);
        house.Server.StopListening();
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "b@example.net");
        await house.PassUntilAsync(() => house.Relay.Delivery.Find(id)?.State == RelayState.OnHold);
        Assert.Equal(["b@example.net"], house.Relay.Delivery.Find(id)!.Recipients);
    }

    [Theory]
    [InlineData(UndeliverableMail.Defer)]
    [InlineData(UndeliverableMail.Hold)]
    public async Task NullSender_IsNeverKept(UndeliverableMail terms)
    {
        await using RelayHouse house = await HouseAsync(terms);
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 nobody"));
        await house.QueueFromAsync(string.Empty, "b@example.net");
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
    }

    private static async Task<RelayHouse> HouseAsync(UndeliverableMail terms)
    {
        RelayHouse house = await RelayHouse.OpenedAsync();
        house.Routes(RelayHouse.RouteTo("default", house.Server) with { Terms = new RouteTerms { Undeliverable = terms, Retry = s_brief } });
        return house;
    }
}
