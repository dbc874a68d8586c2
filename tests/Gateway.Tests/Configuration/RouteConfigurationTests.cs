using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Relay;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Smtp.Client;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class RouteConfigurationTests
{
    [Fact]
    public void TryMake_Routes_BecomeTheTable()
    {
        GatewayConfiguration configuration = PolicyConfigurationTests.Load(
            "Relay:DefaultRoute:Kind=mx", "Relay:DefaultRoute:MxPort=2525", "Relay:DnsServers=127.0.0.1:5353", "Relay:Routes:0:Domain=example.org",
            "Relay:Routes:0:Hosts=mx.example.org", "Relay:Routes:0:Tls:Mode=verified", "Relay:Routes:0:Tls:Name=mail.example.org", "Relay:Routes:0:Auth:User=joe",
            "Relay:Routes:0:Auth:PasswordFile=/dev/null", "Relay:Routes:0:SourceAddress=127.0.0.2, ::1", "Relay:Routes:0:ForwardClient=xforward",
            "Relay:Routes:1:Domain=example.net", "Relay:Routes:1:Hosts=mx.example.net");
        Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings settings, out IReadOnlyList<string> errors), string.Join('\n', errors));
        RouteTable routes = settings.RelayProfile().Routes;

        DownstreamHost host = Assert.Single(routes.Find("a@example.org")!.Hosts);
        Assert.Equal("verified auth=joe xforward", host.Access.ToString());
        Assert.Equal(("mail.example.org", "127.0.0.2,::1"), (host.Access.TlsName, host.Access.Sources?.ToString()));
        Assert.Same(DownstreamAccess.Default, Assert.Single(routes.Find("a@example.net")!.Hosts).Access);
        Gateway.Relay.Delivery.Routes.Route mx = routes.Find("a@Elsewhere.Test")!;
        Assert.Equal(("elsewhere.test", "default", true, 2525), (mx.Name, mx.Origin, mx.ByMx, mx.Port));
        Assert.True(mx.Access.IsLookedUp);
        Assert.Equal("127.0.0.1:5353", Assert.Single(settings.RelayProfile().DnsServers).ToString());
    }

    [Fact]
    public void TryMake_TermsOfARoute_FallBackToThoseOfAllMail()
    {
        GatewayConfiguration configuration = PolicyConfigurationTests.Load(
            "Relay:Concurrency=30", "Relay:MessageRate=600", "Relay:Retry:Longest=2h", "Relay:EightBit=convert", "Relay:DelayWarning=4h",
            "Relay:Routes:0:Domain=own.test", "Relay:Routes:0:Hosts=mx.own.test", "Relay:Routes:0:Concurrency=3", "Relay:Routes:0:MessageRate=0",
            "Relay:Routes:0:RecipientsPerTransaction=1", "Relay:Routes:0:EightBit=require", "Relay:Routes:0:EightBitSigned=require", "Relay:Routes:0:DelayWarning=0",
            "Relay:Routes:0:Retry:First=10s", "Relay:Bounces:Route:Hosts=out.own.test");
        Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings settings, out IReadOnlyList<string> errors), string.Join('\n', errors));
        RelayProfile profile = settings.RelayProfile();
        Gateway.Relay.Delivery.Routes.Route own = profile.Routes.Find("a@own.test")!;
        Assert.Equal(
            new RouteTerms
            {
                Retry = new RetrySchedule { First = TimeSpan.FromSeconds(10), Longest = TimeSpan.FromHours(2), Lifetime = TimeSpan.FromDays(5) },
                DelayWarning = TimeSpan.Zero, Concurrency = 3, MessageRate = 0, RecipientsPerTransaction = 1, EightBit = EightBitHandling.Require, EightBitSigned = EightBitHandling.Require,
            },
            own.Terms);
        Gateway.Relay.Delivery.Routes.Route other = profile.Routes.Find("a@other.test")!;
        Assert.Equal(new RouteTerms { Concurrency = 30, MessageRate = 600, EightBit = EightBitHandling.Convert }, other.Terms);
        Assert.Equal((TimeSpan.FromHours(4), TimeSpan.Zero), (profile.DelayWarningOf(other), profile.DelayWarningOf(own)));
        Assert.Equal((TimeSpan.FromHours(2), TimeSpan.FromMinutes(1)), (profile.RetryOf(own).Longest, profile.RetryOf(other).First));
        Assert.Equal("bounces", profile.Routes.Find("a@other.test", isNotification: true)!.Name);
        Assert.Same(own, profile.Routes.Find("a@own.test", isNotification: true));
        Assert.Equal((BounceSenders.Allowed, 100, string.Empty), (profile.Bounces.Senders, profile.Bounces.PerMinute, profile.Bounces.Postmaster));
    }

    [Theory]
    [InlineData("0.0.0.0:2525", "127.0.0.1:2525", true)]
    [InlineData("0.0.0.0:2525", "localhost:2525", true)]
    [InlineData("0.0.0.0:2525", "[::1]:2525", true)]
    [InlineData("[::]:2525", "[::1]:2525", true)]
    [InlineData("0.0.0.0:2525", "0.0.0.0:2525", true)]
    [InlineData("192.0.2.7:25", "192.0.2.7", true)]
    [InlineData("0.0.0.0:2525", "127.0.0.1:25", false)]
    [InlineData("192.0.2.7:25", "192.0.2.8:25", false)]
    [InlineData("127.0.0.1:0", "127.0.0.1:25", false)]
    [InlineData("0.0.0.0:2525", "mx.example.org:2525", false)]
    public void Load_RouteToItself_Warns(string listener, string host, bool warns)
    {
        foreach (string route in (string[])[$"Relay:DefaultRoute:Hosts={host}", $"Relay:DefaultRoute:Hosts=mx.example.net Relay:Routes:0:Domain=example.org Relay:Routes:0:Hosts={host}"])
        {
            GatewayConfiguration configuration = PolicyConfigurationTests.Load([$"Listeners:0:Endpoint={listener}", .. route.Split(' ')]);
            Assert.Equal(warns, configuration.Problems.Any(p => p.IsWarning && p.Message.Contains("loop back to itself", StringComparison.Ordinal)));
            Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.9:25", null)]
    [InlineData("192.0.2.1", "[2001:db8::9]:25", "SourceAddress (192.0.2.1) has no IPv6 address")]
    [InlineData("2001:db8::1", "192.0.2.9:25", "SourceAddress (2001:db8::1) has no IPv4 address")]
    [InlineData("2001:db8::1,192.0.2.1", "192.0.2.9:25", null)]
    [InlineData("2001:db8::1", "mx.example.org:25", null)]
    [InlineData("", "192.0.2.9:25", null)]
    public void Load_HostOfAFamilyWithoutASource_IsWarnedOf(string source, string host, string? expected)
    {
        foreach (string route in (string[])["Relay:DefaultRoute", "Relay:Routes:0", "Relay:Bounces:Route"])
        {
            GatewayConfiguration configuration = PolicyConfigurationTests.Load(
                ["Relay:Routes:0:Domain=example.org", "Relay:Routes:0:Hosts:0=mx.example.org", $"{route}:Hosts:0={host}", $"{route}:SourceAddress={source}"]);
            string[] told = [.. configuration.Problems.Where(p => p.IsWarning && p.Message.Contains("never connected to", StringComparison.Ordinal)).Select(p => p.ToString())];
            Assert.Equal(expected is null ? 0 : 1, told.Length);
            Assert.All(told, t => Assert.Contains(expected!, t, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Relay:Routes:0:Tls:Mode=tls", "one of none, opportunistic, required, verified")]
    [InlineData("Relay:Routes:0:SourceAddress=localhost", "expected an IP address of this machine")]
    [InlineData("Relay:Routes:0:SourceAddress=192.0.2.1,192.0.2.2", "or one of each family with a comma between")]
    [InlineData("Relay:Routes:0:SourceAddress=192.0.2.1,", "or one of each family with a comma between")]
    [InlineData("Relay:Routes:0:Auth:User=joe", "needs both User and PasswordFile")]
    [InlineData("Relay:Routes:0:Auth:User=joe Relay:Routes:0:Auth:PasswordFile=/dev/null", "must be required or verified, because a password is sent")]
    [InlineData("Relay:Routes:0:Auth:User=joe Relay:Routes:0:Auth:PasswordFile=/dev/null Relay:Routes:0:Tls:Mode=required", "verified checks who it is")]
    [InlineData("Relay:Routes:0:Tls:CertificateFile=/dev/null", "needs both CertificateFile and KeyFile")]
    [InlineData("Relay:Routes:0:EightBit=maybe", "one of require, send, convert")]
    [InlineData("Relay:Routes:0:EightBitSigned=convert", "must be send or require, because a changed signature is none")]
    [InlineData("Relay:EightBitSigned=convert", "must be send or require, because a changed signature is none")]
    [InlineData("Relay:Routes:0:Concurrency=0", "must be from 1 to 1000")]
    [InlineData("Relay:Routes:0:Retry:First=2h", "is longer than Longest (1h)")]
    [InlineData("Relay:Routes:0:Retry:Lifetime=30m", "is longer than Lifetime (30m)")]
    [InlineData("Relay:Routes:0:DelayWarning=6d", "is longer than Retry:Lifetime (5d)")]
    [InlineData("Relay:Bounces:Postmaster=postmaster", "expected an address such as postmaster@example.org")]
    [InlineData("Relay:Bounces:Route:Kind=mx Relay:Bounces:Route:Hosts=a.test", "must be empty, because Kind is mx")]
    [InlineData("Relay:Bounces:Senders=strangers", "one of all, allowed, none")]
    [InlineData("Relay:Routes:0:Kind=mx", "must be empty, because Kind is mx")]
    [InlineData("Relay:Routes:0:Hosts=", "needs at least one entry")]
    public void Load_Mistake_SaysWhatWouldBeRight(string settings, string expected) => Assert.Contains(
        PolicyConfigurationTests.Load(["Relay:Routes:0:Domain=example.org", "Relay:Routes:0:Hosts=mx.example.org", .. settings.Split(' ')]).Problems,
        p => p.ToString().Contains(expected, StringComparison.Ordinal));
}
