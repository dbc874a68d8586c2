using System.Net;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Tests.House;
using Gateway.Relay.Tests.Trunk;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns;

/// <summary>Recipients at an address in brackets instead of a domain, on a route by MX. RFC 5321 section 4.1.3.</summary>
public sealed class AddressLiteralTests
{
    [Fact]
    public async Task Literal_IsConnectedToWithoutALookUp()
    {
        await using ScriptedDnsServer dns = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h =>
        {
            h.DnsServers = [dns.EndPoint];
            h.Routes(new Route("default", []) { ByMx = true, Port = h.Server.Port, Access = new DownstreamAccess { IsLookedUp = true } });
        });
        await house.QueueAsync(RelayHouse.Clean, "x@[127.0.0.1]", "y@[127.0.0.001]");
        await house.EmptyAsync();
        Assert.Equal(["x@[127.0.0.1]", "y@[127.0.0.001]"], Assert.Single(house.Server.Messages).Recipients);
        Assert.Empty(dns.Questions);
        Assert.Empty(house.Logs.Errors);
    }

    [Theory]
    [InlineData("[127.0.0.1]", "550 5.4.6 ")]
    [InlineData("[127.8.8.8]", "550 5.4.6 ")]
    [InlineData("[IPv6:::1]", "550 5.4.6 ")]
    [InlineData("[IPv6:::ffff:127.0.0.1]", "550 5.4.6 ")]
    [InlineData("[0.0.0.0]", "550 5.4.6 ")]
    [InlineData("[192.0.2.2]", "550 5.4.6 ")]
    [InlineData("[192.0.2.3]", "250 ")]
    [InlineData("[IPv6:2001:db8::3]", "250 ")]
    [InlineData("[192.0.2]", "501 5.1.3 ")]
    [InlineData("[256.0.2.1]", "501 5.1.3 ")]
    [InlineData("[x400:192.0.2.1]", "501 5.1.3 ")]
    [InlineData("hosted.test", "250 ")]
    public async Task Recipient_Literal_IsRefusedWhenItIsNoneOrOurselves(string domain, string reply)
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            change: static p => p with
            {
                Routes = new RouteTable([], new Route("default", []) { ByMx = true, Access = new DownstreamAccess { IsLookedUp = true } }),
            },
            settings: static s =>
            {
                s.Downstream.Own = new OwnAddresses([new IPEndPoint(IPAddress.Any, 25)], TimeProvider.System, static () => [IPAddress.Parse("192.0.2.2")]);
                return s;
            });
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, "EHLO client.test", "MAIL FROM:<a@b.test>");
        Assert.StartsWith(reply, await client.SayAsync($"RCPT TO:<x@{domain}>", RelayRig.Stop), StringComparison.Ordinal);
    }
}
