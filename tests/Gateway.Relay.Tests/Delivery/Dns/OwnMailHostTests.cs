using System.Net;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns;

/// <summary>Mail hosts that are this gateway itself, whatever name DNS or the configuration gives them.</summary>
public sealed class OwnMailHostTests
{
    /// <summary>What DNS says of a.test (preference, host, address; "?" for an address that cannot be looked up), and what becomes of the mail.</summary>
    public static TheoryData<string, string> Answers => new()
    {
        { "10 localhost 127.0.0.1", "dsn=5.4.6, status=bounced" },
        { "10 trap 127.8.8.8", "dsn=5.4.6, status=bounced" },
        { "10 trap ::1", "dsn=5.4.6, status=bounced" },
        { "10 trap 0.0.0.0", "dsn=5.4.6, status=bounced" },
        { "10 trap ::", "dsn=5.4.6, status=bounced" },
        { "10 trap 192.0.2.2", "dsn=5.4.6, status=bounced" },
        { "10 GW.test 192.0.2.3", "dsn=5.4.6, status=bounced" },
        { "10 trap 127.0.0.1; 10 other 192.0.2.3; 20 worse 192.0.2.4", "dsn=5.4.6, status=bounced" },
        { "10 none -; 20 trap 127.0.0.1", "dsn=5.4.6, status=bounced" },
        { "10 none -", "dsn=5.4.4, status=bounced" },
        { "10 none -; 20 nowhere", "dsn=5.4.4, status=bounced" },
        { "10 none -; 20 sick ?", "status=deferred" },
        { "10 sick ?", "status=deferred" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Mx_HostsThatAreOurselvesOrNobody_AreNotUsed(string answers, string expected)
    {
        await using ScriptedDnsServer dns = new();
        Script(dns, answers);
        await using RelayHouse house = await RelayHouse.OpenedAsync(h =>
        {
            h.DnsServers = [dns.EndPoint];
            h.Own = new OwnAddresses([new IPEndPoint(IPAddress.Any, h.Server.Port)], h.Time, static () => [IPAddress.Parse("192.0.2.2")]);
            Route byMx = new("a.test", []) { ByMx = true, Port = h.Server.Port, Access = new DownstreamAccess { IsLookedUp = true } };
            h.Routes(null, byMx);
        });
        await house.QueueFromAsync(string.Empty, "x@a.test");
        string to = "to=<x@a.test>";
        await RelayHouse.UntilAsync(() => house.Logs.All.Any(l => l.Contains(to, StringComparison.Ordinal) && l.Contains("status=", StringComparison.Ordinal)));
        Assert.Contains(house.Logs.All, l => l.Contains(to, StringComparison.Ordinal) && l.Contains(expected, StringComparison.Ordinal));
        Assert.Empty(house.Server.Messages);
    }

    [Fact]
    public async Task Mx_BetterHostsThanOurselves_AreUsedAndWorseOnesNever()
    {
        await using ScriptedDnsServer dns = new();
        Script(dns, "10 best 192.0.2.3; 10 second 192.0.2.4; 20 we 127.0.0.1; 20 peer 192.0.2.5; 30 worse 192.0.2.6");
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        Gateway.Relay.Delivery.Dns.MxLookup lookup = new(
            Gateway.Relay.Delivery.Dns.DnsQuestions.Open(() => [dns.EndPoint], TimeSpan.FromSeconds(5), house.Time), house.Relay.Metrics, house.Logs.CreateLogger("x"), house.Time)
        {
            Own = new OwnAddresses([], house.Time),
        };
        var found = await lookup.FindAsync(new Route("a.test", []) { ByMx = true }, "gw.test", static () => 0, RelayHouse.Ct);
        Assert.Equal(["best", "second"], found.Hosts.Select(h => h.Host));
    }

    [Fact]
    public async Task Hosts_OneIsOurselves_MailWaitsAndGoesOnceTheRouteIsMended()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Own = new OwnAddresses([h.Server.EndPoint], h.Time));
        await house.QueueAsync();
        await RelayHouse.UntilAsync(() => house.Logs.All.Any(l => l.Contains("dsn=4.4.6", StringComparison.Ordinal)));
        Assert.Empty(house.Server.Messages);
        Assert.DoesNotContain(house.Logs.All, l => l.Contains("status=bounced", StringComparison.Ordinal));
        Assert.Contains(house.Logs.All, l => l.Contains("loops back to myself", StringComparison.Ordinal));
        house.Own!.Listeners = [];
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
    }

    private static void Script(ScriptedDnsServer dns, string answers)
    {
        string[][] hosts = [.. answers.Split("; ").Select(static a => a.Split(' '))];
        dns.Mx("a.test", [.. hosts.Select(static h => (int.Parse(h[0], System.Globalization.CultureInfo.InvariantCulture), h[1]))]);
        foreach (string[] host in hosts.Where(static h => h.Length > 2))
        {
            if (host[2] == "?")
            {
                dns.Fail(host[1]);
            }
            else
            {
                dns.Address(host[1], host[2] == "-" ? [] : [host[2]]);
            }
        }
    }
}
