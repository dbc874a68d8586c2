using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public sealed class SessionTimeoutTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Command_SilentClient_Is421()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.StartsWith("421 4.4.2", await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), Step), StringComparison.Ordinal);
        Assert.True(await client.IsClosedByServerAsync(Stop));
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.TimedOut, summary.End);
        Assert.Equal(SessionNotes.TimedOut, summary.Notes);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
    }

    // A pipe that is told too little was examined gives a partial line again and again: a busy core and no timeout.
    [Fact]
    public async Task Command_PartialLineThenSilence_Is421AndDoesNotSpin()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("NOO", Stop);

        Assert.StartsWith("421 4.4.2", await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), Step), StringComparison.Ordinal);
        Assert.Equal(SessionEnd.TimedOut, (await host.Receivers.NextEndAsync(Stop)).End);
    }

    [Fact]
    public async Task Command_SentOctetByOctet_BuysNoTime()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        Task<string?> reply = client.ReadReplyAsync(Stop);
        for (int i = 0; i < 20 && !reply.IsCompleted && await client.TrySendAsync("x", Stop); i++)
        {
            await Settling.WaitAsync(Stop);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        Assert.InRange((await host.Receivers.NextEndAsync(Stop)).Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(8));
    }

    [Fact]
    public async Task Data_SilentClient_Is421AndNothingIsCommitted()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("half a message", Stop);

        Assert.StartsWith("421 4.4.2", await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), Step), StringComparison.Ordinal);
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.TimedOut, summary.End);
        Assert.Equal(SessionNotes.TimedOut, summary.Notes);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));
        Assert.Empty(host.Receivers.Messages);
        Assert.Contains("begin; reset", host.Receivers.All.Single().Calls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_SentDropByDrop_IsCutAtTheMessageTimeout()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        Task<string?> reply = client.ReadReplyAsync(Stop);
        for (int i = 0; i < 60 && !reply.IsCompleted && await client.TrySendAsync("x\r\n", Stop); i++)
        {
            await Settling.WaitAsync(Stop);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("421 4.4.2 Error: message took too long, closing connection", await reply);
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionNotes.MessageTimeout, summary.Notes);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(33));
    }

    [Fact]
    public async Task Commit_SlowReceiver_IsNoFaultOfTheClient()
    {
        TaskCompletionSource<SmtpReply> commit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingReceivers receivers = new()
        {
            OnCommit = (_, _) =>
            {
                started.SetResult();
                return new(commit.Task);
            },
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers, time: _time);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("x\r\n.\r\n", Stop);
        await started.Task.WaitAsync(Stop);
        _time.Advance(TimeSpan.FromHours(2));
        commit.SetResult(Replies.Queued("late"));

        Assert.Equal("250 2.0.0 Ok: queued as late", await client.ReadReplyAsync(Stop));
        Assert.Equal("250 2.0.0 Ok", await client.SayAsync("NOOP", Stop));
    }

    [Fact]
    public async Task Flush_ClientThatNeverReads_IsCutAndRepliesStayBounded()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(
            limits: new SessionLimits { CommandTimeout = TimeSpan.FromMinutes(1), JunkCommands = int.MaxValue }, time: _time);
        await using DeafClient client = await DeafClient.ConnectAsync(host.EndPoint);
        const int Commands = 150_000;
        Task send = client.SendAsync(string.Concat(Enumerable.Repeat("HELP\r\n", Commands)));

        SessionSummary summary = await _time.AdvanceUntilAsync(host.Receivers.NextEndAsync(Stop), Step);
        Assert.Equal(SessionEnd.TimedOut, summary.End);
        // All commands were in the pipe at once; what the client does not take is not made either.
        Assert.InRange(summary.Commands, 100, Commands / 2);
        Assert.True(await client.IsResetAsync());
        await send;
        await host.IsEmptyAsync();
    }

    // Kestrel waits for ever until the last reply is sent; such a connection counts nowhere.
    [Fact]
    public async Task Quit_ClientThatNeverReads_IsCutAfterTheFarewell()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(
            limits: new SessionLimits { JunkCommands = int.MaxValue }, time: _time, writeBuffer: 256 * 1024 * 1024);
        await using DeafClient client = await DeafClient.ConnectAsync(host.EndPoint);
        await client.SendAsync(string.Concat(Enumerable.Repeat("HELP\r\n", 170_000)) + "QUIT\r\n");
        Assert.Equal(SessionEnd.Quit, (await host.Receivers.NextEndAsync(Stop)).End);

        Task<bool> reset = client.IsResetAsync();
        Assert.True(await _time.AdvanceUntilAsync(reset, TimeSpan.FromSeconds(1)));
    }
}
