using System.Net;
using System.Net.Sockets;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class ConnectTests
{
    [Theory]
    [InlineData("220 ok", null, null, null)]
    [InlineData("421 4.3.2 full", DeliveryOutcome.Deferred, DeliveryStep.Greeting, "421 4.3.2 full")]
    [InlineData("554 no", DeliveryOutcome.Refused, DeliveryStep.Greeting, "554 no")]
    [InlineData("250 what", DeliveryOutcome.ProtocolError, DeliveryStep.Greeting, "250 what")]
    [InlineData("HTTP/1.1 400 Bad Request", DeliveryOutcome.ProtocolError, DeliveryStep.Greeting, null)]
    public async Task ConnectAsync_Greeting_DecidesIt(string greeting, DeliveryOutcome? outcome, DeliveryStep? step, string? reply)
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Connect, SmtpAction.Reply(greeting));

        ConnectResult result = await ConnectAsync(server, TimeProvider.System);

        Assert.Equal(outcome, result.Failure?.Outcome);
        Assert.Equal(step, result.Failure?.Reached);
        Assert.Equal(reply, result.Failure?.Reply?.ToString());
        await CloseAsync(result, server);
    }

    [Theory]
    [InlineData("hang", SmtpStep.Connect, DeliveryOutcome.TimedOut, DeliveryStep.Greeting)]
    [InlineData("hang", SmtpStep.Ehlo, DeliveryOutcome.TimedOut, DeliveryStep.Hello)]
    [InlineData("drop", SmtpStep.Connect, DeliveryOutcome.Disconnected, DeliveryStep.Greeting)]
    [InlineData("drop", SmtpStep.Ehlo, DeliveryOutcome.Disconnected, DeliveryStep.Hello)]
    [InlineData("reset", SmtpStep.Ehlo, DeliveryOutcome.Disconnected, DeliveryStep.Hello)]
    [InlineData("4xx", SmtpStep.Ehlo, DeliveryOutcome.Deferred, DeliveryStep.Hello)]
    [InlineData("two replies", SmtpStep.Ehlo, DeliveryOutcome.ProtocolError, DeliveryStep.Hello)]
    [InlineData("endless", SmtpStep.Ehlo, DeliveryOutcome.ProtocolError, DeliveryStep.Hello)]
    public async Task ConnectAsync_HostMisbehaves_ReportsOutcomeAndStep(string how, SmtpStep at, DeliveryOutcome outcome, DeliveryStep step)
    {
        await using ScriptedSmtpServer server = new();
        server.On(at, how switch
        {
            "hang" => SmtpAction.Hang,
            "drop" => SmtpAction.Drop,
            "reset" => SmtpAction.Reset,
            "two replies" => SmtpAction.Reply("250 one\n250 two"),
            "endless" => SmtpAction.Reply(string.Concat(Enumerable.Repeat("250-more\n", 10_000)) + "250 end"),
            _ => SmtpAction.Reply("450 4.3.2 later"),
        });
        FakeTimeProvider time = new();

        Task<ConnectResult> connecting = ConnectAsync(server, time);
        ConnectResult result = how == "hang" ? await time.AdvanceUntilAsync(connecting, TimeSpan.FromMinutes(1)) : await connecting;

        Assert.Equal(outcome, result.Failure?.Outcome);
        Assert.Equal(step, result.Failure?.Reached);
        DeliveryReport report = result.Failure!.ToReport(ClientTesting.Message(recipients: ["a@b.test", "c@b.test"]));
        Assert.All(report.Recipients, r => Assert.Equal(outcome, r.Outcome));
        Assert.Equal(step, report.Reached);
        Assert.Equal(0, report.ConnectionUse);
        await CloseAsync(result, server);
    }

    [Fact]
    public async Task ConnectAsync_EhloUnknown_FallsBackToHelo()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Ehlo, SmtpAction.Reply("502 5.5.1 what?"));

        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, new DownstreamOptions { HelloName = static () => "gw.a.test" });

        Assert.Equal(Extensions.None, connection.Capabilities.Extensions);
        Assert.Contains("C: HELO gw.a.test", server.Transcript(1));
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
    }

    [Fact]
    public async Task ConnectAsync_HeloRefusedToo_IsRefused()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Ehlo, SmtpAction.Reply("502 5.5.1 what?"));
        server.On(SmtpStep.Helo, SmtpAction.Reply("550 5.7.1 not you"));

        ConnectResult result = await ConnectAsync(server, TimeProvider.System);

        Assert.Equal(DeliveryOutcome.Refused, result.Failure?.Outcome);
        Assert.Equal("550 5.7.1 not you", result.Failure?.Reply?.ToString());
        await CloseAsync(result, server);
    }

    [Fact]
    public async Task ConnectAsync_NobodyListens_IsConnectFailed()
    {
        ScriptedSmtpServer server = new();
        await server.DisposeAsync();

        ConnectResult result = await ConnectAsync(server, TimeProvider.System);

        Assert.Equal(DeliveryOutcome.ConnectFailed, result.Failure?.Outcome);
        Assert.Equal(DeliveryStep.Connect, result.Failure?.Reached);
        Assert.Equal(server.EndPoint, result.Failure?.Remote);
    }

    [Fact]
    public async Task ConnectAsync_NameWithoutAddress_IsNameNotFound()
    {
        ConnectResult result = await DownstreamConnection.ConnectAsync(
            new DownstreamHost("no-such-host.invalid", 25), new DownstreamOptions(), TimeProvider.System, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.NameNotFound, result.Failure?.Outcome);
        Assert.Null(result.Failure?.Remote);
    }

    [Fact]
    public async Task ConnectAsync_HostSwallowsConnections_TimesOut()
    {
        using SwallowingListener swallowing = await SwallowingListener.StartAsync(IPAddress.Loopback, 0);
        FakeTimeProvider time = new();

        ConnectResult result = await time.AdvanceUntilAsync(
            DownstreamConnection.ConnectAsync(
                DownstreamHost.FromEndPoint(swallowing.EndPoint), new DownstreamOptions(), time, ClientTesting.Stop),
            TimeSpan.FromSeconds(5));

        Assert.Equal(DeliveryOutcome.TimedOut, result.Failure?.Outcome);
        Assert.Equal(DeliveryStep.Connect, result.Failure?.Reached);
    }

    [Fact]
    public async Task ConnectAsync_FirstAddressRefuses_TriesTheNext()
    {
        await using ScriptedSmtpServer server = new();

        ConnectResult result = await ConnectAsync(server.Port, TimeProvider.System, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback);

        Assert.True(result.IsConnected, result.Failure?.ToString());
        Assert.Equal(server.EndPoint, result.Connection.Remote);
        await result.Connection.DisposeAsync();
    }

    [Fact]
    public async Task ConnectAsync_FirstAddressSwallows_LeavesTimeForTheNext()
    {
        await using ScriptedSmtpServer server = new();
        using SwallowingListener swallowing = await SwallowingListener.StartAsync(IPAddress.Parse("127.0.0.2"), server.Port);
        FakeTimeProvider time = new();

        ConnectResult result = await time.AdvanceUntilAsync(
            ConnectAsync(server.Port, time, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback), TimeSpan.FromSeconds(1));

        Assert.True(result.IsConnected, result.Failure?.ToString());
        await result.Connection.DisposeAsync();
    }

    [Fact]
    public async Task ConnectAsync_AllAddressesRefuse_ReportsTheLast()
    {
        ConnectResult result = await ConnectAsync(
            FreePort.Take(), TimeProvider.System, IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3"));

        Assert.Equal(DeliveryOutcome.ConnectFailed, result.Failure?.Outcome);
        Assert.Equal(IPAddress.Parse("127.0.0.3"), result.Failure?.Remote?.Address);
    }

    [Fact]
    public async Task ConnectAsync_Cancelled_IsInterrupted()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Connect, SmtpAction.Hang);
        using CancellationTokenSource stop = new();

        Task<ConnectResult> connecting = DownstreamConnection.ConnectAsync(
            ClientTesting.HostOf(server), new DownstreamOptions(), TimeProvider.System, stop.Token);
        await server.WaitForStepAsync(SmtpStep.Connect, ClientTesting.Stop);
        await stop.CancelAsync();

        Assert.Equal(DeliveryOutcome.Interrupted, (await connecting).Failure?.Outcome);
    }

    [Fact]
    public async Task DisposeAsync_IdleConnection_SaysQuitAndWaitsForNothing()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Quit, SmtpAction.Hang);
        DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await connection.DisposeAsync();

        await server.WaitForStepAsync(SmtpStep.Quit, ClientTesting.Stop);
        Assert.False(connection.CanReuse);
    }

    private static Task<ConnectResult> ConnectAsync(ScriptedSmtpServer server, TimeProvider time) =>
        DownstreamConnection.ConnectAsync(
            DownstreamHost.FromEndPoint(server.EndPoint),
            new DownstreamOptions { ConnectTimeout = TimeSpan.FromDays(1) }, // Moving the clock on must not end the connecting itself.
            time,
            ClientTesting.Stop);

    private static Task<ConnectResult> ConnectAsync(int port, TimeProvider time, params IPAddress[] addresses) =>
        new Connector(new DownstreamHost("a.test", port), new DownstreamOptions(), time, (_, _) => Task.FromResult(addresses))
            .ConnectAsync(ClientTesting.Stop);

    private static async Task CloseAsync(ConnectResult result, ScriptedSmtpServer server)
    {
        if (result.IsConnected)
        {
            await result.Connection.DisposeAsync();
        }

        // Whatever happened, the client must not leave its socket open.
        await server.WaitForSilenceAsync(ClientTesting.Stop);
    }

    /// <summary>A listener with a full backlog: Linux drops further SYNs, as a dead host or a firewall does.</summary>
    private sealed class SwallowingListener : IDisposable
    {
        private readonly List<Socket> _sockets = [];

        public required IPEndPoint EndPoint { get; init; }

        public static async Task<SwallowingListener> StartAsync(IPAddress address, int port)
        {
            Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(0);
            SwallowingListener swallowing = new() { EndPoint = (IPEndPoint)listener.LocalEndPoint! };
            swallowing._sockets.Add(listener);
            for (Task connected = Task.CompletedTask; connected.IsCompletedSuccessfully;)
            {
                Socket filler = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                swallowing._sockets.Add(filler);
                connected = filler.ConnectAsync(swallowing.EndPoint, ClientTesting.Stop).AsTask();
                await Task.WhenAny(connected, Task.Delay(TimeSpan.FromMilliseconds(100), ClientTesting.Stop));
            }

            return swallowing;
        }

        public void Dispose() => _sockets.ForEach(static socket => socket.Dispose());
    }
}
