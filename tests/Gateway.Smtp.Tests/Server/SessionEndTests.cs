using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>All the ways in which a session ends other than by QUIT and by timeouts.</summary>
public class SessionEndTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stop_IdleSession_Is421()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        Task stopped = host.StopAsync();

        Assert.Equal("421 4.3.2 Service shutting down, closing connection", await client.ReadReplyAsync(Stop));
        Assert.True(await client.IsClosedByServerAsync(Stop));
        Assert.Equal(SessionEnd.ShuttingDown, (await host.Receivers.NextEndAsync(Stop)).End);
        await stopped;
    }

    [Fact]
    public async Task Stop_PartialCommandLine_Is421()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FR", Stop);
        Task stopped = host.StopAsync();

        Assert.StartsWith("421 4.3.2", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        await stopped;
    }

    [Fact]
    public async Task Stop_MessageOnItsWay_IsTakenToItsEndFirst()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("first half, ", Stop);
        Task stopped = host.StopAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(50), Stop);
        await client.SendAsync("second half\r\n.\r\nMAIL FROM:<next@a.test>\r\n", Stop);

        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(SessionEnd.ShuttingDown, (await host.Receivers.NextEndAsync(Stop)).End);
        Assert.Equal("first half, second half\r\n", host.Receivers.Messages.Single().Text);
        await stopped;
    }

    [Fact]
    public async Task Connections_OverTheLimit_Are421AndLeaveRoomWhenOneGoes()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { Connections = 2 });
        await using ScriptedSmtpClient first = await host.GreetAsync();
        await using ScriptedSmtpClient second = await host.GreetAsync();
        await using (ScriptedSmtpClient third = await host.ConnectAsync())
        {
            Assert.Equal("421 4.3.2 Too many connections, try again later", await third.ReadReplyAsync(Stop));
            Assert.True(await third.IsClosedByServerAsync(Stop));
        }

        Assert.Equal(SessionEnd.Refused, (await host.Receivers.NextEndAsync(Stop)).End);
        Assert.Equal("closed Refused", host.Receivers.All.ElementAt(2).Calls);
        Assert.Equal(2, host.Registry.Count);

        await first.SayAsync("QUIT", Stop);
        await host.Receivers.NextEndAsync(Stop);
        await Eventually.HoldsAsync(() => host.Registry.Count == 1, Stop);
        await using ScriptedSmtpClient fourth = await host.ConnectAsync();
        Assert.StartsWith("220", await fourth.ReadReplyAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Greet_ReceiverRefuses_EndsTheSession()
    {
        RecordingReceivers receivers = new() { OnGreet = () => new SmtpReply(554, new EnhancedCode(5, 7, 1), "Not you") };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.ConnectAsync();

        Assert.Equal("554 5.7.1 Not you", await client.ReadReplyAsync(Stop));
        Assert.True(await client.IsClosedByServerAsync(Stop));
        Assert.Equal(SessionEnd.Refused, (await receivers.NextEndAsync(Stop)).End);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_GoneInData_IsForgotten(bool reset)
    {
        int appended = 0;
        RecordingReceivers receivers = new() { OnAppend = count => Interlocked.Add(ref appended, count) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("half", Stop);
        await Eventually.HoldsAsync(() => Volatile.Read(ref appended) == 4, Stop);
        if (reset)
        {
            client.Abort();
        }
        else
        {
            client.CloseSending();
        }

        SessionSummary summary = await receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.DisconnectedInData, summary.End);
        Assert.Equal(0, summary.Messages);
        Assert.Null(summary.Fault);
        await host.IsEmptyAsync();
        Assert.EndsWith("begin; reset; reset; closed DisconnectedInData", receivers.All.Single().Calls, StringComparison.Ordinal);
        Assert.True(receivers.All.Single().IsDisposed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NOO")]
    [InlineData("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n")]
    public async Task Client_GoneBetweenCommands_IsDisconnected(string last)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync(last, Stop);
        client.CloseSending();

        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.Disconnected, summary.End);
        Assert.Null(summary.Fault);
    }

    [Fact]
    public async Task Client_ResetBetweenCommands_IsDisconnected()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        client.Abort();

        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.Disconnected, summary.End);
        Assert.Null(summary.Fault);
    }

    // nc host 25 < file: the client closes its half with the last line and waits for the replies.
    [Fact]
    public async Task Client_HalfClosedDuringCommit_StillGetsItsReply()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<SmtpReply> commit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken seen = default;
        RecordingReceivers receivers = new()
        {
            OnCommit = (_, gone) =>
            {
                seen = gone;
                started.SetResult();
                return new(commit.Task.WaitAsync(gone));
            },
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("x\r\n.\r\nQUIT\r\n", Stop);
        client.CloseSending();
        await started.Task.WaitAsync(Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(100), Stop);
        Assert.False(seen.IsCancellationRequested);
        commit.SetResult(Replies.Queued("id"));

        Assert.Equal("250 2.0.0 Ok: queued as id", await client.ReadReplyAsync(Stop));
        Assert.Equal("221 2.0.0 Bye", await client.ReadReplyAsync(Stop));
        Assert.Equal(SessionEnd.Quit, (await receivers.NextEndAsync(Stop)).End);
    }

    [Fact]
    public async Task Client_ResetDuringCommit_CancelsIt()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingReceivers receivers = new()
        {
            OnCommit = async (_, gone) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, gone);
                return Replies.Queued("never");
            },
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("x\r\n.\r\n", Stop);
        await started.Task.WaitAsync(Stop);
        client.Abort();

        SessionSummary summary = await receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.Disconnected, summary.End);
        Assert.Null(summary.Fault);
        Assert.Empty(receivers.Messages);
        await host.IsEmptyAsync();
        Assert.True(receivers.All.Single().IsDisposed);
    }

    [Theory]
    [InlineData("greet", typeof(InvalidOperationException))]
    [InlineData("mail", typeof(InvalidOperationException))]
    [InlineData("rcpt", typeof(IOException))]
    [InlineData("begin", typeof(OperationCanceledException))]
    [InlineData("append", typeof(IOException))]
    [InlineData("drain", typeof(OperationCanceledException))]
    [InlineData("commit", typeof(IOException))]
    [InlineData("commit", typeof(OperationCanceledException))]
    [InlineData("commit", typeof(ObjectDisposedException))]
    public async Task Receiver_Throws_Is421AndCostsThisSessionOnly(string step, Type kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        bool armed = false;
        Exception fault = (Exception)Activator.CreateInstance(kind, "broken")!;
        RecordingReceivers receivers = new();
        void At(string here)
        {
            if (armed && here == step)
            {
                throw fault;
            }
        }

        receivers.OnGreet = () =>
        {
            At("greet");
            return null;
        };
        receivers.OnMail = async _ =>
        {
            await Task.Yield();
            At("mail");
            return Replies.SenderOk;
        };
        receivers.OnRecipient = async _ =>
        {
            await Task.Yield();
            At("rcpt");
            return Replies.RecipientOk;
        };
        receivers.OnBegin = () =>
        {
            At("begin");
            return new(Replies.StartMailInput);
        };
        receivers.OnAppend = _ => At("append");
        receivers.OnDrain = async _ =>
        {
            await Task.Yield();
            At("drain");
        };
        receivers.OnCommit = (_, _) =>
        {
            At("commit");
            return new(Replies.Queued("id"));
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient other = await host.GreetAsync();
        armed = true;
        await using ScriptedSmtpClient client = await host.ConnectAsync();
        string? reply = await client.ReadReplyAsync(Stop);
        if (reply!.StartsWith('2'))
        {
            await client.SayAsync("EHLO client.test", Stop);
            reply = await client.DeliverAsync("a@b.test", ["c@d.test"], "x\r\n", Stop);
        }

        Assert.Equal("421 4.3.0 Temporary local problem, closing connection", reply);
        Assert.True(await client.IsClosedByServerAsync(Stop));
        SessionSummary summary = await receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.Fault, summary.End);
        Assert.Same(fault, summary.Fault);

        armed = false;
        Assert.StartsWith("250 2.0.0", await other.DeliverAsync("a@b.test", ["c@d.test"], "x\r\n", Stop), StringComparison.Ordinal);
        Assert.Single(receivers.Messages);
    }

    [Fact]
    public async Task Commit_ReceiverAnswers421_EndsTheSession()
    {
        RecordingReceivers receivers = new() { OnCommit = (_, _) => new(Replies.ServiceUnavailable) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.InDataAsync();
        await client.SendAsync("x\r\n.\r\nNOOP\r\n", Stop);

        Assert.StartsWith("421 4.3.2", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.True(await client.IsClosedByServerAsync(Stop));
        Assert.Equal(0, (await receivers.NextEndAsync(Stop)).Messages);
    }

    [Fact]
    public async Task Begin_ReceiverRefuses_NoDataIsRead()
    {
        RecordingReceivers receivers = new() { OnBegin = () => new(Replies.InsufficientStorage) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.StartsWith("452 4.3.1", await client.DeliverAsync("a@b.test", ["c@d.test"], "x", Stop), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 Ok", await client.SayAsync("NOOP", Stop));
    }

    // The session knew 354 by the object, so a receiver's own 354 had the message run as commands.
    [Fact]
    public async Task Begin_ReceiversOwn354_IsFollowedByData()
    {
        RecordingReceivers receivers = new() { OnBegin = () => new(new SmtpReply(354, default, "Go ahead")) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.StartsWith("250", await client.DeliverAsync("a@b.test", ["c@d.test"], "NOOP\r\n", Stop), StringComparison.Ordinal);
        Assert.Equal("NOOP\r\n", receivers.Messages.Single().Text);
    }

    [Fact]
    public async Task Line_WithoutEnd_IsCutAtTheLongest()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync(new string('x', CommandLines.Longest + 1), Stop);

        Assert.Equal("500 5.5.2 Error: line too long", await client.ReadReplyAsync(Stop));
        Assert.Equal(SessionEnd.ProtocolViolation, (await host.Receivers.NextEndAsync(Stop)).End);
    }
}
