using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What holds for one route does not hold for the others, and a reload changes it.</summary>
public class RouteTermsTests
{
    [Fact]
    public async Task Concurrency_OfARoute_BoundsItsDeliveriesAndFollowsAReload()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Wait(hangs.Task).Then(SmtpAction.Usual));
        house.Routes(RelayHouse.RouteTo("default", house.Server) with { Terms = new RouteTerms { Concurrency = 2 } });
        await QueueAsync(house, 6);
        await RelayHouse.UntilAsync(() => Status(house) is { Sending: 2, Waiting: 4 });

        house.Routes(RelayHouse.RouteTo("default", house.Server) with { Terms = new RouteTerms { Concurrency = 1 } });
        house.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Status(house).Window);
        hangs.SetResult();
        await house.EmptyAsync();
        Assert.Equal(6, house.Server.Messages.Count);
        Assert.Equal(1, Status(house).Window);
    }

    [Fact]
    public async Task MessageRate_OfARoute_SpreadsItsMail()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Routes(RelayHouse.RouteTo("default", house.Server) with { Terms = new RouteTerms { MessageRate = 2 } });
        await QueueAsync(house, 4);
        await RelayHouse.UntilAsync(() => Status(house) is { Sending: 0, Waiting: 3 } && house.Server.Messages.Count == 1);
        for (int passed = 2; passed <= 4; passed++)
        {
            house.Time.Advance(TimeSpan.FromSeconds(29));
            Assert.Equal(passed - 1, house.Server.Messages.Count);
            house.Time.Advance(TimeSpan.FromSeconds(1));
            await RelayHouse.UntilAsync(() => Status(house) is { Sending: 0 } status && status.Waiting == 4 - passed && house.Server.Messages.Count == passed);
        }
    }

    [Fact]
    public async Task Lifetime_OfARoute_IsItsOwnAlsoInTheNotification()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        Route brief = RelayHouse.RouteTo("brief.test", house.Server) with
        {
            Terms = new RouteTerms { Retry = new RetrySchedule { First = TimeSpan.FromSeconds(5), Longest = TimeSpan.FromSeconds(5), Lifetime = TimeSpan.FromMinutes(2) } },
        };
        house.Routes(RelayHouse.RouteTo("default", house.Server), brief);
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("451 4.7.1 come again") : null);
        MessageId both = await house.QueueAsync(RelayHouse.Clean, "a@brief.test", "b@example.net");
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Final-Recipient: rfc822; a@brief.test", house.Server.Messages[0].Text, StringComparison.Ordinal);
        Assert.Equal(["b@example.net"], house.Relay.Delivery.Find(both)!.Recipients);
    }

    [Fact]
    public async Task DelayWarning_OfARoute_IsGivenForItsMailOnly()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        Route slow = RelayHouse.RouteTo("slow.test", house.Server) with { Terms = new RouteTerms { DelayWarning = TimeSpan.FromMinutes(30) } };
        house.Routes(RelayHouse.RouteTo("default", house.Server), slow);
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("451 4.7.1 come again") : null);
        MessageId warned = await house.QueueFromAsync("one@example.org", "a@slow.test");
        MessageId other = await house.QueueFromAsync("two@example.org", "b@example.net");
        await house.DeferredAsync(warned);
        await house.DeferredAsync(other);
        house.Time.Advance(TimeSpan.FromMinutes(31));
        await RelayHouse.UntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Equal(["one@example.org"], house.Server.Messages[0].Recipients);
        house.Time.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(1, house.Logs.Count(70));
    }

    private static RouteStatus Status(RelayHouse house) => house.Relay.Delivery.Routes().Single(static r => r.Name == "default");

    private static async Task QueueAsync(RelayHouse house, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await house.QueueAsync();
        }
    }
}
