using System.Net;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>Which addresses are ourselves.</summary>
public sealed class OwnAddressesTests
{
    private static readonly IPAddress[] Machine = [IPAddress.Loopback, IPAddress.Parse("192.0.2.2"), IPAddress.Parse("fe80::1%3"), IPAddress.Parse("2001:db8::2")];

    [Theory]
    // Named by the configuration: only at the port of a listener that answers there.
    [InlineData("0.0.0.0:2525", "127.0.0.1", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "127.9.9.9", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "0.0.0.0", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "::1", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "192.0.2.2", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "::ffff:192.0.2.2", 2525, false, true)]
    [InlineData("[::]:2525", "2001:db8::2", 2525, false, true)]
    [InlineData("[::]:2525", "fe80::1%7", 2525, false, true)]
    [InlineData("[::]:2525", "127.0.0.1", 2525, false, true)]
    [InlineData("192.0.2.2:2525", "192.0.2.2", 2525, false, true)]
    [InlineData("127.0.0.1:2525", "0.0.0.0", 2525, false, true)]
    [InlineData("0.0.0.0:2525", "127.0.0.1", 25, false, false)]
    [InlineData("0.0.0.0:2525", "192.0.2.3", 2525, false, false)]
    [InlineData("192.0.2.2:2525", "127.0.0.1", 2525, false, false)]
    [InlineData("192.0.2.2:2525", "0.0.0.0", 2525, false, false)]
    [InlineData("127.0.0.1:2525", "127.0.0.2", 2525, false, false)]
    // Named by DNS: the machine itself at any port.
    [InlineData("192.0.2.2:2525", "127.0.0.1", 25, true, true)]
    [InlineData("192.0.2.2:2525", "127.8.8.8", 9, true, true)]
    [InlineData("192.0.2.2:2525", "::1", 25, true, true)]
    [InlineData("192.0.2.2:2525", "::ffff:127.0.0.1", 25, true, true)]
    [InlineData("192.0.2.2:2525", "0.0.0.0", 25, true, true)]
    [InlineData("192.0.2.2:2525", "::", 25, true, true)]
    [InlineData("192.0.2.2:25", "192.0.2.2", 25, true, true)]
    [InlineData("0.0.0.0:25", "192.0.2.2", 25, true, true)]
    [InlineData("0.0.0.0:2525", "192.0.2.2", 25, true, false)]
    [InlineData("0.0.0.0:25", "192.0.2.3", 25, true, false)]
    public void IsOwn_Table(string listener, string address, int port, bool isLookedUp, bool expected)
    {
        OwnAddresses own = new([IPEndPoint.Parse(listener)], TimeProvider.System, static () => Machine);
        Assert.Equal(expected, own.IsOwn(IPAddress.Parse(address), port, isLookedUp));
    }

    [Fact]
    public void IsOwn_LoopbackIsAllowed_OnlyTheListenersPortCounts()
    {
        OwnAddresses own = new([IPEndPoint.Parse("127.0.0.1:2525")], TimeProvider.System, static () => Machine) { AllowsLoopback = true };
        Assert.False(own.IsOwn(IPAddress.Loopback, 25, isLookedUp: true));
        Assert.True(own.IsOwn(IPAddress.Loopback, 2525, isLookedUp: true));
    }

    [Fact]
    public async Task Connect_EveryAddressIsOurs_NobodyIsConnectedTo()
    {
        await using ScriptedSmtpServer server = new();
        DownstreamOptions options = new() { Own = new OwnAddresses([server.EndPoint], TimeProvider.System) };
        Connector connector = new(
            new DownstreamHost("self.test", server.Port), options, TimeProvider.System, static (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        ConnectFailure failure = (await connector.ConnectAsync(TestContext.Current.CancellationToken)).Failure!;
        Assert.Equal((DeliveryStep.Connect, DeliveryOutcome.ConnectFailed, "4.4.6"), (failure.Reached, failure.Outcome, failure.Status.ToString()));
        Assert.Contains("loops back to myself", failure.Detail, StringComparison.Ordinal);
        Assert.Empty(server.Moments);
    }

    [Fact]
    public async Task Connect_OneAddressIsOurs_TheOtherIsUsed()
    {
        await using ScriptedSmtpServer server = new();
        DownstreamOptions options = new() { Own = new OwnAddresses([new IPEndPoint(IPAddress.Parse("127.0.0.9"), server.Port)], TimeProvider.System) };
        Connector connector = new(
            new DownstreamHost("self.test", server.Port), options, TimeProvider.System,
            static (_, _) => Task.FromResult(new[] { IPAddress.Parse("127.0.0.9"), IPAddress.Loopback }));
        ConnectResult result = await connector.ConnectAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsConnected);
        await result.Connection.DisposeAsync();
    }
}
