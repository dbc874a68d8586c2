using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>The server stops while a message is on its way.</summary>
public class DrainTests
{
    private const string ShuttingDown = "421 4.3.2 Service shutting down, closing connection";
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("BDAT 6 LAST\r\nsecond", "firstsecond")]
    [InlineData("BDAT 6\r\nsecondBDAT 0 LAST\r\n", "firstsecond")]
    [InlineData("BDAT 0 LAST\r\n", "first")]
    public async Task Stop_BetweenTwoChunks_MessageMayComeToItsEnd(string rest, string content)
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered");
        ArgumentNullException.ThrowIfNull(rest);
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await BetweenChunksAsync(host);
        Task stopped = await StopAsync(host);
        await client.SendAsync(rest, Stop);
        foreach (int _ in Enumerable.Range(0, rest.Split("BDAT").Length - 1))
        {
            Assert.StartsWith("250 2.0.0 Ok", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        }

        Assert.Equal(ShuttingDown, await client.ReadReplyAsync(Stop));
        Assert.Equal(content, host.Receivers.Messages.Single().Text);
        Assert.Equal(SessionEnd.ShuttingDown, (await host.Receivers.NextEndAsync(Stop)).End);
        await stopped;
    }

    // Once the missing chunks were taken for the end of the message.
    [Fact]
    public async Task Stop_BetweenTwoChunksAndNoMoreComes_Is421AndNothingIsCommitted()
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered");
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await BetweenChunksAsync(host);
        Task stopped = await StopAsync(host);

        Assert.Equal(ShuttingDown, await _time.AdvanceUntilAsync(client.ReadReplyAsync(Stop), TimeSpan.FromSeconds(5)));
        Assert.True(await client.IsClosedByServerAsync(Stop));
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.ShuttingDown, summary.End);
        Assert.InRange(summary.Elapsed, TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(60));
        Assert.Empty(host.Receivers.Messages);
        Assert.DoesNotContain("commit", host.Receivers.All.Single().Calls, StringComparison.Ordinal);
        Assert.EndsWith("reset; closed ShuttingDown", host.Receivers.All.Single().Calls, StringComparison.Ordinal);
        await stopped;
    }

    [Fact]
    public async Task Stop_BetweenTwoChunksThenRset_Is421AtOnce()
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered");
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await BetweenChunksAsync(host);
        Task stopped = await StopAsync(host);
        Assert.Equal("250 2.0.0 Ok", await client.SayAsync("RSET", Stop));
        Assert.Equal(ShuttingDown, await client.ReadReplyAsync(Stop));
        Assert.Empty(host.Receivers.Messages);
        await stopped;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_MessageThatIsNotOverInTime_Is421HoweverSteadilyItComes(bool chunk)
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered", chunk);
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(time: _time);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await RecipientAsync(client);
        if (chunk)
        {
            await client.SendAsync("BDAT 1000000\r\n", Stop);
        }
        else
        {
            Assert.StartsWith("354", await client.SayAsync("DATA", Stop), StringComparison.Ordinal);
        }

        await client.SendAsync("begun", Stop);
        Task stopped = await StopAsync(host);
        Task<string?> reply = client.ReadReplyAsync(Stop);
        for (int i = 0; i < 100 && !reply.IsCompleted; i++)
        {
            // Where the server has said its word and closed, the word is read below.
            _ = await client.TrySendAsync("more and more\r\n", Stop);

            await Settling.WaitAsync(Stop);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(ShuttingDown, await reply);
        Assert.Equal(SessionEnd.ShuttingDown, (await host.Receivers.NextEndAsync(Stop)).End);
        Assert.Empty(host.Receivers.Messages);
        await stopped;
    }

    [Fact]
    public async Task Bdat_EmptyChunksNowAndThen_AreCutAtTheMessageTimeout()
    {
        SmtpTestHost.SkipWithPackage("BDAT is not offered");
        SessionLimits limits = new() { MessageTimeout = TimeSpan.FromMinutes(30) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: limits, time: _time);
        await using ScriptedSmtpClient client = await BetweenChunksAsync(host);
        string? reply = null;
        for (int i = 0; i < 60 && reply is not ['4', ..]; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Settling.WaitAsync(Stop);
            reply = await client.SayAsync("BDAT 0", Stop);
        }

        Assert.Equal("421 4.4.2 Error: message took too long, closing connection", reply);
        SessionSummary summary = await host.Receivers.NextEndAsync(Stop);
        Assert.Equal(SessionEnd.TimedOut, summary.End);
        Assert.Equal(SessionNotes.MessageTimeout, summary.Notes);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(33));
        Assert.Empty(host.Receivers.Messages);
    }

    private static async Task<ScriptedSmtpClient> BetweenChunksAsync(SmtpTestHost host)
    {
        ScriptedSmtpClient client = await host.GreetAsync();
        await RecipientAsync(client);
        await client.SendAsync("BDAT 5\r\nfirst", Stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        return client;
    }

    private static async Task RecipientAsync(ScriptedSmtpClient client)
    {
        await client.SayAsync("MAIL FROM:<a@b.test>", Stop);
        await client.SayAsync("RCPT TO:<c@d.test>", Stop);
    }

    /// <summary>Begins the stop, and gives the sessions a moment to hear of it.</summary>
    private static async Task<Task> StopAsync(SmtpTestHost host)
    {
        Task stopped = host.StopAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(50), Stop);
        return stopped;
    }
}
