using Gateway.Relay.Delivery.Dns;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns;

/// <summary>A whole relay with a route by MX, a DNS server and mail hosts on loopback addresses.</summary>
public sealed class MxRouteTests
{
    [Fact]
    public async Task Mx_TwoHosts_TheBetterOneGetsItAndTheOtherTakesOver()
    {
        await using ScriptedDnsServer dns = new();
        await using RelayHouse house = await OpenAsync(dns);
        // The same port on another loopback address.
        await using ScriptedSmtpServer second = new(house.Server.Port, System.Net.IPAddress.Parse("127.0.0.2"));
        dns.Mx("a.test", (20, "mx2.a.test"), (10, "mx1.a.test"));
        dns.Address("mx1.a.test", "127.0.0.1");
        dns.Address("mx2.a.test", "127.0.0.2");
        await house.QueueAsync(RelayHouse.Clean, "one@a.test", "two@A.test");
        await house.EmptyAsync();
        Assert.Equal(["one@a.test", "two@A.test"], Assert.Single(house.Server.Messages).Recipients);

        house.Server.StopListening();
        house.Server.DropConnections();
        await house.Server.WaitForSilenceAsync(RelayHouse.Ct);
        await house.QueueAsync(RelayHouse.Clean, "one@a.test");
        await house.EmptyAsync();
        Assert.Single(second.Messages);
        Assert.Single(dns.Questions, q => q == "MX a.test");
        RouteStatus status = Assert.Single(house.Relay.Delivery.Routes(), r => r.Name == "a.test");
        Assert.Equal(["mx1.a.test", "mx2.a.test"], status.Hosts.Select(h => h.Host.Split(':')[0]));
    }

    [Theory]
    [InlineData("null.test", "5.1.10")]
    [InlineData("nowhere.test", "5.1.2")]
    [InlineData("bare.test", "5.4.4")]
    [InlineData("loop.test", "5.4.6")]
    public async Task Mx_DomainTakesNoMail_Bounces(string domain, string status)
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("null.test", (0, "."));
        dns.Address("bare.test");
        dns.Mx("loop.test", (10, "GW.test"), (20, "mx.loop.test"));
        dns.Mx("example.org", (10, "mx.example.org"));
        dns.Address("mx.example.org", "127.0.0.1");
        await using RelayHouse house = await OpenAsync(dns);
        await house.QueueAsync(RelayHouse.Clean, $"x@{domain}");
        await house.EmptyAsync();
        ReceivedMessage bounce = Assert.Single(house.Server.Messages);
        Assert.Equal(string.Empty, bounce.Sender);
        Assert.Contains($"Status: {status}\r\n", bounce.Text, StringComparison.Ordinal);
        Assert.Contains($"dsn={status}, status=bounced", string.Join("\n", house.Logs.All), StringComparison.Ordinal);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Mx_DnsFails_MailWaitsAndGoesWhenItIsBack()
    {
        await using ScriptedDnsServer dns = new() { Failure = 2 };
        await using RelayHouse house = await OpenAsync(dns);
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Routes().Any(r => r is { Name: "a.test", Deferred: 1 }));
        Assert.Contains("dsn=4.4.3, status=deferred (DNS, MX of a.test: SERVFAIL", string.Join("\n", house.Logs.All), StringComparison.Ordinal);
        dns.Failure = 0;
        dns.Mx("a.test", (10, "mx.a.test"));
        dns.Address("mx.a.test", "127.0.0.1");
        house.Time.Advance(TimeSpan.FromMinutes(10));
        await house.Server.WaitForMessagesAsync(1, RelayHouse.Ct);
        await house.EmptyAsync();
    }

    [Fact]
    public async Task Mx_DnsDiesAndAnswersAreOver_MailGoesOnAndTheLogSaysSo()
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("a.test", (10, "mx.a.test"));
        dns.Address("mx.a.test", "127.0.0.1");
        await using RelayHouse house = await OpenAsync(dns);
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        dns.Failure = 2;
        house.Server.DropConnections();
        await house.Server.WaitForSilenceAsync(RelayHouse.Ct);
        house.Time.Advance(TimeSpan.FromHours(10));
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
        string log = string.Join("\n", house.Logs.All);
        Assert.Contains("DNS fails for a.test, the answer that ended 359", log, StringComparison.Ordinal);
        Assert.Contains("DNS fails for mx.a.test, the answer that ended 359", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mx_RouteIsPaused_AllItsDomainsWait()
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("a.test", (10, "mx.a.test"));
        dns.Address("mx.a.test", "127.0.0.1");
        await using RelayHouse house = await OpenAsync(dns);
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        Assert.True(house.Relay.Delivery.Pause("default", true, "me"));
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        Assert.True(Assert.Single(house.Relay.Delivery.Routes(), r => r.Name == "a.test").Paused);
        Assert.Single(house.Server.Messages);
        house.Relay.Delivery.Pause("default", false, "me");
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
    }

    [Fact]
    public async Task Mx_DomainWithoutMailForAnHour_IsForgottenAndComesBack()
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("a.test", (10, "mx.a.test"));
        dns.Address("mx.a.test", "127.0.0.1");
        await using RelayHouse house = await OpenAsync(dns);
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        Assert.Contains(house.Relay.Delivery.Routes(), r => r.Name == "a.test");
        house.Time.Advance(Destination.KeepIdle + TimeSpan.FromSeconds(1));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Routes().All(r => r.Name != "a.test"));
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        Assert.Equal(2, house.Server.Messages.Count);
    }

    [Fact]
    public async Task Mx_RouteOfNotifications_AsksForTheDomainAndNotForTheNameOfTheLine()
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("example.org", (10, "mx.example.org"));
        dns.Address("mx.example.org", "127.0.0.1");
        await using ScriptedSmtpServer own = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h =>
        {
            h.DnsServers = [dns.EndPoint];
            Route bounces = new("bounces", []) { ByMx = true, Prefix = "bounces/", Port = own.Port, Access = new DownstreamAccess { IsLookedUp = true } };
            h.Profile = h.Profile with { Routes = new RouteTable([], RelayHouse.RouteTo("default", h.Server)) { Notifications = bounces } };
        });
        house.Server.On(SmtpStep.Rcpt, static _ => SmtpAction.Reply("550 5.1.1 unknown"));
        await house.QueueAsync(RelayHouse.Clean, "x@a.test");
        await house.EmptyAsync();
        Assert.Equal(["a@example.org"], Assert.Single(own.Messages).Recipients);
    }

    [Fact]
    public async Task FindAsync_EqualPreference_IsShuffledAndWorseOnesAreBehind()
    {
        await using ScriptedDnsServer dns = new();
        dns.Mx("a.test", (10, "one.test"), (10, "two.test"), (5, "first.test"), (50, "last.test"));
        Array.ForEach(["one.test", "two.test", "first.test", "last.test"], host => dns.Address(host, "192.0.2.1"));
        await using RelayHouse house = await OpenAsync(dns);
        Route route = house.Profile.Routes.Find("x@a.test")!;
        MxLookup lookup = new(DnsQuestions.Open(() => [dns.EndPoint], TimeSpan.FromSeconds(5), house.Time), house.Relay.Metrics, house.Logs.CreateLogger("x"), house.Time);
        HashSet<string> orders = [];
        Random random = new(1);
        for (int i = 0; i < 40; i++)
        {
            MxRoute found = await lookup.FindAsync(route, "gw.test", random.Next, RelayHouse.Ct);
            Assert.All(found.Hosts, h => Assert.True(h.Access.IsLookedUp));
            orders.Add(string.Join(' ', found.Hosts.Select(h => h.Host)));
        }

        Assert.Equal(["first.test one.test two.test last.test", "first.test two.test one.test last.test"], orders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task FindAsync_OtherServersAfterAReload_CountAtOnce()
    {
        await using ScriptedDnsServer gone = new();
        await using ScriptedDnsServer dns = new();
        dns.Mx("a.test", (10, "mx.a.test"));
        dns.Address("mx.a.test", "127.0.0.1");
        await using RelayHouse house = await OpenAsync(gone);
        MxLookup lookup = new(
            DnsQuestions.Open(() => house.Profile.DnsServers, TimeSpan.FromSeconds(5), house.Time), house.Relay.Metrics, house.Logs.CreateLogger("x"), house.Time);
        Route route = house.Profile.Routes.Find("x@a.test")!;
        Assert.Equal("5.1.2", (await lookup.FindAsync(route, "gw.test", () => 0, RelayHouse.Ct)).Status.ToString());

        house.DnsServers = [dns.EndPoint];
        Assert.Equal("mx.a.test", Assert.Single((await lookup.FindAsync(route, "gw.test", () => 0, RelayHouse.Ct)).Hosts).Host);
    }

    private static async Task<RelayHouse> OpenAsync(ScriptedDnsServer dns) => await RelayHouse.OpenedAsync(house =>
    {
        house.DnsServers = [dns.EndPoint];
        house.Routes(new Route("default", []) { ByMx = true, Port = house.Server.Port, Access = new DownstreamAccess { IsLookedUp = true } });
    });
}
