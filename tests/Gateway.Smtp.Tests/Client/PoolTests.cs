using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class PoolTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task SendAsync_OneAfterTheOther_UsesOneConnection()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions(), _time);

        for (int use = 1; use <= 5; use++)
        {
            DeliveryReport report = await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);
            Assert.Equal(use, report.ConnectionUse);
        }

        Assert.Equal(1, server.ConnectionCount);
        Assert.Equal(1, pool.IdleCount);
    }

    [Fact]
    public async Task Sweep_IdleTimePasses_SaysQuit()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions { IdleTimeout = TimeSpan.FromSeconds(30) }, _time);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(1, pool.IdleCount);
        _time.Advance(TimeSpan.FromSeconds(8));

        Assert.Equal(0, pool.IdleCount);
        await server.WaitForStepAsync(SmtpStep.Quit, ClientTesting.Stop);
        await server.WaitForSilenceAsync(ClientTesting.Stop);
    }

    [Fact]
    public async Task Sweep_HostUnusedForAnHour_IsForgottenAndFoundAgain()
    {
        await using ScriptedSmtpServer server = new();
        await using ScriptedSmtpServer other = new();
        await using DownstreamPool pool = new(new DownstreamOptions { MaxConnectionsPerHost = 1, IdleTimeout = TimeSpan.FromMinutes(5) }, _time);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);
        await pool.SendAsync(ClientTesting.HostOf(other), ClientTesting.Message(), ClientTesting.Stop);
        ConnectResult rented = await pool.RentAsync(ClientTesting.HostOf(other), ClientTesting.Stop);
        Assert.Equal(2, pool.HostCount);

        _time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal(2, pool.HostCount);
        _time.Advance(TimeSpan.FromMinutes(15));
        // The one with a connection that is out stays, however long it is out.
        Assert.Equal(1, pool.HostCount);
        pool.Return(rented.Connection!);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);
        await pool.SendAsync(ClientTesting.HostOf(other), ClientTesting.Message(), ClientTesting.Stop);
        Assert.Equal(2, pool.HostCount);
    }

    [Fact]
    public async Task RentAsync_ConnectionTooOld_MakesANewOne()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(
            new DownstreamOptions { IdleTimeout = TimeSpan.FromHours(1), MaxAge = TimeSpan.FromMinutes(5) }, _time);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        _time.Advance(TimeSpan.FromMinutes(6));
        DeliveryReport report = await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(1, report.ConnectionUse);
        Assert.Equal(2, server.ConnectionCount);
    }

    [Fact]
    public async Task Return_MessagesUsedUp_Closes()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions { MaxMessagesPerConnection = 2 }, _time);

        for (int i = 0; i < 5; i++)
        {
            await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);
        }

        Assert.Equal(3, server.ConnectionCount);
    }

    [Fact]
    public async Task Return_MoreThanTheIdleCap_ClosesTheSurplus()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions { MaxIdlePerHost = 2 }, _time);
        List<ConnectResult> rented = [];
        for (int i = 0; i < 4; i++)
        {
            rented.Add(await pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop));
        }

        rented.ForEach(r => pool.Return(r.Connection!));

        Assert.Equal(2, pool.IdleCount);
        await server.WaitForStepAsync(SmtpStep.Quit, ClientTesting.Stop, times: 2);
    }

    [Fact]
    public async Task RentAsync_AllLent_WaitsForAReturn()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions { MaxConnectionsPerHost = 1 }, _time);
        ConnectResult first = await pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop);

        Task<ConnectResult> second = pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop).AsTask();
        Assert.False(second.IsCompleted);
        pool.Return(first.Connection!);

        Assert.Same(first.Connection, (await second).Connection);
        pool.Return(first.Connection!);
    }

    [Fact]
    public async Task RentAsync_ConnectFails_GivesTheSlotBack()
    {
        ScriptedSmtpServer server = new();
        await server.DisposeAsync();
        await using DownstreamPool pool = new(new DownstreamOptions { MaxConnectionsPerHost = 1 }, _time);

        for (int i = 0; i < 3; i++)
        {
            ConnectResult result = await pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop);
            Assert.Equal(DeliveryOutcome.ConnectFailed, result.Failure?.Outcome);
        }
    }

    [Fact]
    public async Task RentAsync_HostHungUpWhileIdle_ConnectsAnew()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamPool pool = new(new DownstreamOptions(), _time);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);
        server.DropConnections();
        await server.WaitForSilenceAsync(ClientTesting.Stop);

        ConnectResult result = await pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop);

        Assert.Equal(0, result.Connection?.Uses);
        Assert.Equal(0, pool.IdleCount);
        pool.Return(result.Connection!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SendAsync_HostHangsUpOnTheNextMail_RepeatsOverANewConnection(bool farewell)
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Mail, m => m.Message != 2 ? null
            : farewell ? SmtpAction.Reply("421 4.4.2 idle too long").Then(SmtpAction.Drop) : SmtpAction.Drop);
        await using DownstreamPool pool = new(new DownstreamOptions(), _time);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        DeliveryReport report = await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
        Assert.Equal(2, server.ConnectionCount);
        Assert.Equal(2, server.Messages.Count);
    }

    [Fact]
    public async Task SendAsync_ConnectFails_ReportsIt()
    {
        ScriptedSmtpServer server = new();
        await server.DisposeAsync();
        await using DownstreamPool pool = new(new DownstreamOptions(), _time);

        DeliveryReport report = await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.ConnectFailed, report.Recipients[0].Outcome);
        Assert.Equal("4.4.1", report.Recipients[0].Status.ToString());
        Assert.Equal(DeliveryStep.Connect, report.Reached);
    }

    [Fact]
    public async Task SendAsync_ManyAtOnce_DeliversEachOnceWithinTheLimit()
    {
        await using ScriptedSmtpServer server = new() { KeepTranscript = false };
        await using DownstreamPool pool = new(new DownstreamOptions { MaxConnectionsPerHost = 4 }, TimeProvider.System);

        DeliveryReport[] reports = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(() =>
            pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message($"number {i}\r\n"), ClientTesting.Stop))));

        Assert.All(reports, r => Assert.Equal(DeliveryOutcome.Delivered, r.Recipients[0].Outcome));
        Assert.Equal(400, server.Messages.Select(m => m.Text).Distinct().Count());
        Assert.True(server.ConnectionCount <= 4, $"{server.ConnectionCount} connections");
    }

    [Fact]
    public async Task DisposeAsync_IdleAndLent_ClosesBoth()
    {
        await using ScriptedSmtpServer server = new();
        DownstreamPool pool = new(new DownstreamOptions(), _time);
        ConnectResult lent = await pool.RentAsync(ClientTesting.HostOf(server), ClientTesting.Stop);
        await pool.SendAsync(ClientTesting.HostOf(server), ClientTesting.Message(), ClientTesting.Stop);

        await pool.DisposeAsync();
        pool.Return(lent.Connection!);

        await server.WaitForSilenceAsync(ClientTesting.Stop);
        Assert.Equal(0, pool.IdleCount);
    }
}
