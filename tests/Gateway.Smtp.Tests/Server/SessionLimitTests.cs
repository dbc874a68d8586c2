using System.Net;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public class SessionLimitTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_OctetByOctet_Is421WhenTheWindowIsOver()
    {
        SessionLimits limits = new() { MinimumRate = 100, MinimumRatePeriod = TimeSpan.FromMinutes(1), DataTimeout = TimeSpan.FromMinutes(3) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: limits, time: _time);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        Task<string?> reply = client.ReadReplyAsync(Stop);
        for (int i = 0; i < 100 && !reply.IsCompleted && await client.TrySendAsync("x", Stop); i++)
        {
            await Settling.WaitAsync(Stop);
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal("421 4.4.2 Error: too little data in too long a time, closing connection", await reply);
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.TooSlow, summary.End);
        Assert.Equal(SessionNotes.TooSlow, summary.Notes);
        Assert.InRange(summary.Elapsed, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(100));
        Assert.Empty(host.Receivers.Messages);
    }

    [Fact]
    public async Task Data_SteadyButSlowClient_IsTaken()
    {
        SessionLimits limits = new() { MinimumRate = 100, MinimumRatePeriod = TimeSpan.FromMinutes(1) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: limits, time: _time);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        string line = new string('x', 1498) + "\r\n";
        for (int i = 0; i < 20; i++)
        {
            await client.SendAsync(line, Stop);
            await Settling.WaitAsync(Stop);
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await client.SendAsync(".\r\n", Stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(30_000, host.Receivers.Messages.Single().End.Length);
    }

    [Fact]
    public async Task Session_TooOld_Is421BetweenCommands()
    {
        SessionLimits limits = new() { SessionTimeout = TimeSpan.FromMinutes(10), JunkCommands = 1000 };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: limits, time: _time);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        for (int minute = 0; minute < 10; minute++)
        {
            Assert.Equal("250 2.0.0 Ok", await client.SayAsync("NOOP", Stop));
            _time.Advance(TimeSpan.FromSeconds(59));
        }

        Assert.Equal(
            "421 4.4.2 Error: session too long, closing connection", await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), Step));
        Assert.Equal(SessionNotes.SessionTooLong, (await host.Receivers.NextEndAsync(Stop)).Notes);
    }

    [Fact]
    public async Task Greeting_ClientSpeaksDuringTheDelay_Is554()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { GreetingDelay = TimeSpan.FromSeconds(3) }, time: _time);
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        await client.SendAsync("EHLO early.test\r\n", Stop);

        Assert.StartsWith("554 5.5.1", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.True(await client.IsClosedByServerAsync(Stop));
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionNotes.EarlyTalk | SessionNotes.NotSynchronized, summary.Notes);
        Assert.Equal(SessionEnd.Refused, summary.End);
    }

    [Fact]
    public async Task Greeting_PatientClient_IsGreetedAfterTheDelay()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { GreetingDelay = TimeSpan.FromSeconds(3) }, time: _time);
        await using ScriptedSmtpClient client = await host.ConnectAsync();

        Assert.Equal("220 gate.test ESMTP", await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), TimeSpan.FromSeconds(1)));
        Assert.StartsWith("250", await client.SayAsync("EHLO patient.test", Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Greeting_ExemptClient_IsGreetedAtOnce()
    {
        ClientLimits clients = new() { Exempt = [IPNetwork.Parse("127.0.0.0/8")] };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(
            limits: new SessionLimits { GreetingDelay = TimeSpan.FromSeconds(3) }, time: _time, clients: clients);
        await using ScriptedSmtpClient client = await host.ConnectAsync();

        Assert.Equal("220 gate.test ESMTP", await client.ReadReplyAsync(Stop));
    }

    [Fact]
    public async Task Data_ContentBefore354_Is554AndNothingIsCommitted()
    {
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingReceivers receivers = new()
        {
            OnBegin = async () =>
            {
                await sent.Task;
                return Replies.StartMailInput;
            },
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SayAsync("MAIL FROM:<a@b.test>", Stop);
        await client.SayAsync("RCPT TO:<c@d.test>", Stop);
        await client.SendAsync("DATA\r\n", Stop);
        await Eventually.HoldsAsync(() => receivers.All.Single().Calls.EndsWith("begin", StringComparison.Ordinal), Stop);
        await client.SendAsync("blind\r\n.\r\n", Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(200), Stop);
        sent.SetResult();

        Assert.StartsWith("554 5.5.1", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.True(await client.IsClosedByServerAsync(Stop));
        Assert.Equal(SessionNotes.NotSynchronized, (await receivers.NextEndAsync(Stop)).Notes);
        Assert.Empty(receivers.Messages);
    }

    [Fact]
    public async Task Connections_OfOneClient_AreBoundedAndOthersGetIn()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(clients: new ClientLimits { Connections = 2 });
        await using ScriptedSmtpClient first = await host.GreetAsync();
        await using ScriptedSmtpClient second = await host.GreetAsync();
        await using ScriptedSmtpClient third = await host.ConnectAsync();
        Assert.Equal("421 4.7.0 Error: too many connections from your network, try again later", await third.ReadReplyAsync(Stop));
        Assert.Equal(SessionNotes.ClientConnections, (await host.Receivers.NextEndAsync(Stop)).Notes);

        await first.SayAsync("QUIT", Stop);
        await Eventually.HoldsAsync(() => host.Registry.Count == 1, Stop);
        await using ScriptedSmtpClient fourth = await host.GreetAsync();
        Assert.Equal("250 2.0.0 Ok", await fourth.SayAsync("NOOP", Stop));
    }

    [Fact]
    public async Task Rates_OverTheLimit_AreRefusedUntilTimePasses()
    {
        ClientLimits clients = new()
        {
            ConnectionRate = RateLimit.PerMinute(1), MessageRate = RateLimit.PerMinute(2), RecipientRate = RateLimit.PerMinute(3),
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time, clients: clients);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await using ScriptedSmtpClient other = await host.ConnectAsync();
        Assert.StartsWith("421 4.7.0 Error: too frequent", await other.ReadReplyAsync(Stop), StringComparison.Ordinal);

        await client.SayAsync("MAIL FROM:<a@b.test>", Stop);
        await client.SayAsync("RSET", Stop);
        await client.SayAsync("MAIL FROM:<a@b.test>", Stop);
        for (int i = 0; i < 3; i++)
        {
            Assert.StartsWith("250", await client.SayAsync("RCPT TO:<c@d.test>", Stop), StringComparison.Ordinal);
        }

        Assert.Equal("450 4.7.1 Error: too many recipients from your network, try again later", await client.SayAsync("RCPT TO:<c@d.test>", Stop));
        await client.SayAsync("RSET", Stop);
        Assert.Equal("450 4.7.1 Error: too many messages from your network, try again later", await client.SayAsync("MAIL FROM:<a@b.test>", Stop));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<a@b.test>", Stop), StringComparison.Ordinal);
        await client.SayAsync("QUIT", Stop);

        await host.Receivers.NextEndAsync(Stop);
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionNotes.MessageRate | SessionNotes.RecipientRate, summary.Notes);
        Assert.Equal("ehlo=1 mail=3/4 rcpt=3/4 rset=2 quit=1 commands=10/12", summary.Tally);
        Assert.Equal(["message_rate", "recipient_rate"], summary.Notes.Refusals());
    }
}
