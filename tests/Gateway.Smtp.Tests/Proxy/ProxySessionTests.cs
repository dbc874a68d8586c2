using System.Net;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Proxy;

/// <summary>What the golden conversations behind a proxy cannot say.</summary>
public class ProxySessionTests
{
    private static readonly ProxyProtocol Loopback = new([IPNetwork.Parse("127.0.0.0/8")]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Header_SplitAtEveryOctet_IsReadAndTheSessionBegins(bool binary)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(proxy: Loopback);
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        byte[] header = binary ? ProxyHeaders.Binary("2001:db8::7", "2001:db8::1", 4711, 25) : ProxyHeaders.Line("203.0.113.7");
        await client.SendSplitAsync(header, Enumerable.Range(1, header.Length - 1), null, Stop);
        Assert.Equal("220 gate.test ESMTP", await client.ReadReplyAsync(Stop));
        Assert.Equal(binary ? "2001:db8::7" : "203.0.113.7", host.Receivers.All.Single().Peer.Remote.Address.ToString());
    }

    [Fact]
    public async Task Header_FromAnotherNetwork_IsNotRead()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(proxy: new ProxyProtocol([IPNetwork.Parse("192.0.2.0/24")]));
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        Assert.Equal("220 gate.test ESMTP", await client.ReadReplyAsync(Stop));
        Assert.Equal("500 5.5.2 Error: command not recognized", await client.SayAsync("PROXY TCP4 203.0.113.7 198.51.100.1 1 25", Stop));
        Assert.Equal(IPAddress.Loopback, host.Receivers.All.Single().Peer.Remote.Address);
        Assert.Empty(host.Receivers.ProxyFaults);
    }

    [Fact]
    public async Task Header_ThatDoesNotComeInTime_IsDropped()
    {
        FakeTimeProvider time = new();
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: time, proxy: Loopback);
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.SendAsync("PROXY TCP4 203.0.113.7 ", Stop);
        Task<string?> greeting = client.ReadReplyAsync(Stop);
        while (!greeting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(greeting, Task.Delay(20, Stop));
        }

        Assert.Null(await greeting);
        Assert.Equal(["the header did not come in time"], host.Receivers.ProxyFaults);
        Assert.Empty(host.Receivers.All);
    }

    [Fact]
    public async Task Header_CutShortByTheProxy_IsDropped()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(proxy: Loopback);
        await using (ScriptedSmtpClient client = await host.ConnectAsync())
        {
            await client.SendAsync("PROXY TCP4 203.0.113.7 ", Stop);
        }

        await Eventually.HoldsAsync(() => !host.Receivers.ProxyFaults.IsEmpty, Stop);
        Assert.Equal("header cut short", host.Receivers.ProxyFaults.Single());
    }

    [Fact]
    public async Task Header_OfAConnectionThatSaysNothing_IsAProbe()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(proxy: Loopback);
        await using (ScriptedSmtpClient client = await host.ConnectAsync())
        {
            client.Abort();
        }

        await Eventually.HoldsAsync(() => !host.Receivers.ProxyFaults.IsEmpty, Stop);
        Assert.Equal("closed without a header", host.Receivers.ProxyFaults.Single());
    }

    [Fact]
    public async Task Header_WhileTheServerStops_IsNotWaitedFor()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(
            limits: new SessionLimits { ProxyHeaderTimeout = TimeSpan.FromHours(1) }, proxy: Loopback);
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.SendAsync("PROXY ", Stop);
        // Connections are accepted in their order: with the second greeted, the first is waited for.
        await using ScriptedSmtpClient second = await FromAsync(host, "203.0.113.7");
        Assert.StartsWith("220", await second.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Task stopped = host.StopAsync();
        await Eventually.HoldsAsync(() => !host.Receivers.ProxyFaults.IsEmpty, Stop);
        Assert.Equal(["the gateway stops"], host.Receivers.ProxyFaults);
        await stopped;
    }

    [Fact]
    public async Task Connections_BeyondTheClientsLimit_CountByTheRealClient()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(clients: new ClientLimits { Connections = 2 }, proxy: Loopback);
        await using ScriptedSmtpClient one = await FromAsync(host, "203.0.113.7");
        await using ScriptedSmtpClient two = await FromAsync(host, "203.0.113.7");
        await using ScriptedSmtpClient three = await FromAsync(host, "203.0.113.7");
        await using ScriptedSmtpClient other = await FromAsync(host, "203.0.113.8");
        Assert.StartsWith("220", await one.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("220", await two.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("421 4.7.0 Error: too many connections from your network", await three.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("220", await other.ReadReplyAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_ThatWaitForTheirHeader_AreBounded()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { Connections = 1 }, proxy: Loopback);
        await using ScriptedSmtpClient silent = await host.ConnectAsync();
        await using ScriptedSmtpClient another = await host.ConnectAsync();
        await Eventually.HoldsAsync(() => !host.Receivers.ProxyFaults.IsEmpty, Stop);
        Assert.Equal(["too many connections wait for their header"], host.Receivers.ProxyFaults);
    }

    private static async Task<ScriptedSmtpClient> FromAsync(SmtpTestHost host, string address)
    {
        ScriptedSmtpClient client = await host.ConnectAsync();
        // One after the other: the order in which they are admitted is the order in which they came.
        int before = host.Receivers.All.Count;
        await client.SendAsync(ProxyHeaders.Line(address), Stop);
        await Eventually.HoldsAsync(() => host.Receivers.All.Count > before, Stop);
        return client;
    }
}
