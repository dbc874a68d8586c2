using System.Text;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>Who causes notifications, how many leave, and what becomes of those that cannot.</summary>
public class BouncePolicyTests
{
    private const string Stranger = "192.0.2.1";
    private const string Ours = "127.0.0.1";

    [Theory]
    [InlineData(BounceSenders.All, Ours, true)]
    [InlineData(BounceSenders.All, Stranger, true)]
    [InlineData(BounceSenders.Allowed, Ours, true)]
    [InlineData(BounceSenders.Allowed, Stranger, false)]
    [InlineData(BounceSenders.None, Ours, false)]
    [InlineData(BounceSenders.None, Stranger, false)]
    public async Task Refused_IsReturned_ForThoseWhoMayCauseIt(BounceSenders senders, string client, bool returned)
    {
        await using RelayHouse house = await RefusingAsync(new BouncePolicy { Senders = senders });
        MessageId id = await SendAsync(house, client, "victim@elsewhere.test");
        await house.EmptyAsync();
        Assert.Equal(returned ? ["victim@elsewhere.test"] : [], house.Server.Messages.SelectMany(m => m.Recipients));
        Assert.Equal(returned ? 1 : 0, house.Metrics["gateway.bounces|made"]);
        Assert.Equal(returned ? 0 : 1, house.Metrics["gateway.bounces|stranger"]);
        Assert.Equal(returned ? [] : [$"{id}: to=<b@ours.test>: the sender <victim@elsewhere.test> is not told: Relay:Bounces:Senders (550 5.1.1 unknown)"],
            house.Logs.All.Where(l => l.Contains("is not told", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Refused_ForAnAuthenticatedStranger_IsReturned()
    {
        await using RelayHouse house = await RefusingAsync(new BouncePolicy { Senders = BounceSenders.Allowed });
        MessageId id = await house.QueueAsync();
        await house.EmptyAsync();
        BounceWriter writer = house.Relay.Bounces;
        Envelope envelope = new()
        {
            Id = id.ToString(), ReceivedAt = house.Time.GetUtcNow(), Sender = "ann@example.org", Recipients = ["b@ours.test"], ClientAddress = Stranger, User = "ann",
        };
        Assert.NotNull(await writer.ReturnAsync(id, envelope, [ReportedRecipient.Expired("b@ours.test", "x")]));
        Assert.Null(await writer.ReturnAsync(id, envelope with { User = null }, [ReportedRecipient.Expired("b@ours.test", "x")]));
        // A person who orders it has looked.
        Assert.NotNull(await writer.ReturnAsync(id, envelope with { User = null }, [ReportedRecipient.Returned("b@ours.test", "x")]));
    }

    [Fact]
    public async Task PerMinute_MoreThanThat_WaitForTheirTurn()
    {
        await using RelayHouse house = await RefusingAsync(new BouncePolicy { PerMinute = 2 });
        for (int i = 0; i < 4; i++)
        {
            await SendAsync(house, Ours, $"a{i}@elsewhere.test");
        }

        await RelayHouse.UntilAsync(() => house.Server.Messages.Count == 2 && house.Relay.Delivery.Count == 2
            && house.Relay.Delivery.List(10).All(static e => e.Sender.Length == 0));
        Assert.All(house.Relay.Delivery.List(10), e => Assert.Equal((RelayState.Deferred, "waits for Relay:Bounces:PerMinute"), (e.State, e.LastReply)));
        await house.RestartAsync();
        Assert.Equal(2, house.Server.Messages.Count);
        await house.EmptyAfterAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(4, house.Server.Messages.Count);
        Assert.Equal((2, 2), (house.Metrics["gateway.bounces|made"], house.Metrics["gateway.bounces|delayed"]));
    }

    [Fact]
    public void TryTake_Limit_LetsAMinutesWorthOutAtOnceAndHasALineOfAnHour()
    {
        FakeTimeProvider time = new();
        BounceLimit limit = new(time);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(limit.TryTake(10, out TimeSpan none));
            Assert.Equal(TimeSpan.Zero, none);
        }

        for (int i = 1; i <= 600; i++)
        {
            Assert.True(limit.TryTake(10, out TimeSpan wait));
            Assert.Equal(TimeSpan.FromSeconds(6 * i), wait);
        }

        Assert.False(limit.TryTake(10, out _));
        Assert.True(limit.TryTake(0, out TimeSpan unlimited));
        Assert.Equal(TimeSpan.Zero, unlimited);
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(limit.TryTake(10, out _));
        time.Advance(TimeSpan.FromHours(2));
        Assert.True(limit.TryTake(10, out TimeSpan after));
        Assert.Equal(TimeSpan.Zero, after);
    }

    [Fact]
    public async Task Postmaster_DoubleBounce_IsToldOnceAndNeverOfItsOwn()
    {
        await using RelayHouse house = await RefusingAsync(new BouncePolicy { Postmaster = "postmaster@ours.test" });
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("postmaster", StringComparison.Ordinal) ? null : SmtpAction.Reply("550 5.1.1 unknown"));
        await SendAsync(house, Ours, "gone@elsewhere.test");
        await house.EmptyAsync();
        ReceivedMessage told = Assert.Single(house.Server.Messages);
        Assert.Equal((string.Empty, "postmaster@ours.test"), (told.Sender, Assert.Single(told.Recipients)));
        Assert.Contains("Final-Recipient: rfc822; gone@elsewhere.test", told.Text, StringComparison.Ordinal);

        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 nobody"));
        await SendAsync(house, Ours, "gone@elsewhere.test");
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
        Assert.Equal(2, house.Metrics["gateway.bounces|postmaster"]);
        Assert.Equal(3, house.Logs.Count(26));
    }

    [Fact]
    public async Task Postmaster_NullSenderOfAStranger_IsNotToldAbout()
    {
        await using RelayHouse house = await RefusingAsync(new BouncePolicy { Postmaster = "postmaster@ours.test" });
        await SendAsync(house, Stranger, string.Empty);
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
        Assert.Equal(1, house.Logs.Count(26));
    }

    [Fact]
    public async Task Route_OfNotifications_TakesThoseWithoutARouteOfTheirOwn()
    {
        await using ScriptedSmtpServer own = new();
        await using ScriptedSmtpServer domain = new();
        await using RelayHouse house = await RefusingAsync(new BouncePolicy());
        house.Profile = house.Profile with
        {
            Routes = new RouteTable([RelayHouse.RouteTo("routed.test", domain)], RelayHouse.RouteTo("default", house.Server)) { Notifications = RelayHouse.RouteTo("bounces", own) },
        };
        own.StopListening();
        await SendAsync(house, Ours, "a@elsewhere.test");
        await SendAsync(house, Ours, "a@routed.test");
        await SendAsync(house, Ours, string.Empty);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Count == 1 && house.Relay.Delivery.List(1)[0].Route == "bounces");
        await house.RestartAsync();
        Assert.Equal("bounces", house.Relay.Delivery.List(1)[0].Route);
        own.Listen();
        await house.EmptyAfterAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(house.Server.Messages);
        Assert.Equal(["a@elsewhere.test"], Assert.Single(own.Messages).Recipients);
        Assert.Equal(["a@routed.test"], Assert.Single(domain.Messages).Recipients);
    }

    private static async Task<RelayHouse> RefusingAsync(BouncePolicy policy)
    {
        RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Bounces = policy });
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("<b@ours.test>", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 unknown") : null);
        return house;
    }

    private static async Task<MessageId> SendAsync(RelayHouse house, string client, string sender)
    {
        await using ISmtpReceiver session = house.Session(client);
        Assert.Null(session.Greet());
        return RelayHouse.IdIn(await session.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), sender, "b@ours.test"));
    }
}
