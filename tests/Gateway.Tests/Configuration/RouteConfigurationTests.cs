using Gateway.Configuration;
using Gateway.Hosting;
using Gateway.Relay.Delivery;
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
            "Relay:Routes:0:Auth:PasswordFile=/dev/null", "Relay:Routes:0:SourceAddress=127.0.0.2", "Relay:Routes:0:ForwardClient=xforward",
            "Relay:Routes:1:Domain=example.net", "Relay:Routes:1:Hosts=mx.example.net");
        Assert.DoesNotContain(configuration.Problems, p => !p.IsWarning);
        Assert.True(HostSettings.TryMake(configuration.Options!, out GatewayHostSettings settings, out IReadOnlyList<string> errors), string.Join('\n', errors));
        RouteTable routes = settings.RelayProfile().Routes;

        DownstreamHost host = Assert.Single(routes.Find("a@example.org")!.Hosts);
        Assert.Equal("verified auth=joe xforward", host.Access.ToString());
        Assert.Equal(("mail.example.org", "127.0.0.2"), (host.Access.TlsName, host.Access.SourceAddress?.ToString()));
        Assert.Same(DownstreamAccess.Default, Assert.Single(routes.Find("a@example.net")!.Hosts).Access);
        Gateway.Relay.Delivery.Route mx = routes.Find("a@Elsewhere.Test")!;
        Assert.Equal(("elsewhere.test", "default", true, 2525), (mx.Name, mx.Origin, mx.ByMx, mx.Port));
        Assert.True(mx.Access.IsLookedUp);
        Assert.Equal("127.0.0.1:5353", Assert.Single(settings.Relay.DnsServers).ToString());
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
    [InlineData("Relay:Routes:0:Tls:Mode=tls", "one of none, opportunistic, required, verified")]
    [InlineData("Relay:Routes:0:SourceAddress=localhost", "expected an IP address of this machine")]
    [InlineData("Relay:Routes:0:Auth:User=joe", "needs both User and PasswordFile")]
    [InlineData("Relay:Routes:0:Auth:User=joe Relay:Routes:0:Auth:PasswordFile=/dev/null", "must be required or verified, because a password is sent")]
    [InlineData("Relay:Routes:0:Auth:User=joe Relay:Routes:0:Auth:PasswordFile=/dev/null Relay:Routes:0:Tls:Mode=required", "verified checks who it is")]
    [InlineData("Relay:Routes:0:Tls:CertificateFile=/dev/null", "needs both CertificateFile and KeyFile")]
    [InlineData("Relay:Routes:0:Tls:CaFile=/no/such/file", "there is no such file")]
    [InlineData("Relay:Routes:0:Kind=mx", "must be empty, because Kind is mx")]
    [InlineData("Relay:Routes:0:Hosts=", "needs at least one entry")]
    public void Load_Mistake_SaysWhatWouldBeRight(string settings, string expected) => Assert.Contains(
        PolicyConfigurationTests.Load(["Relay:Routes:0:Domain=example.org", "Relay:Routes:0:Hosts=mx.example.org", .. settings.Split(' ')]).Problems,
        p => p.ToString().Contains(expected, StringComparison.Ordinal));
}
