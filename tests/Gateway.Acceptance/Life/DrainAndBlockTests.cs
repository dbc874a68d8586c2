using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Life;

/// <summary>An administrator's worst night with real commands: a flood is stopped at its first word, and a node is emptied for maintenance.</summary>
public sealed class DrainAndBlockTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Block_StopsAFloodAtItsFirstCommand_SurvivesARestart_AndIsCounted()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        (await gateway.CommandAsync("block", "add", "--sender", "flood.test", "--expires", "2h", "--reason", "flood of 30 November")).Good();
        await gateway.StopAsync();
        await gateway.StartAsync();
        await using ScriptedSmtpClient flood = await Mail.ConnectAsync(gateway.Smtp);
        const int Commands = 1000;
        await flood.SendAsync(string.Concat(Enumerable.Repeat("MAIL FROM:<x@flood.test>\r\n", 5)), Ct);
        int stopped = 0;
        while (stopped < 5)
        {
            Assert.StartsWith("550 5.7.1 Blocked by this site (block B1)", await flood.ReadReplyAsync(Ct), StringComparison.Ordinal);
            stopped++;
        }

        for (int i = stopped; i < Commands; i += 5)
        {
            await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
            for (int n = 0; n < 5; n++)
            {
                Assert.StartsWith("550 5.7.1", await client.SayAsync("MAIL FROM:<x@flood.test>", Ct), StringComparison.Ordinal);
            }
        }

        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("clean"), "bob@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal(Commands, await gateway.MetricAsync("gateway_blocked_total"));
        string list = (await gateway.CommandAsync("block", "list")).Good().Output;
        Assert.Contains("1000", list, StringComparison.Ordinal);
        Assert.Contains("flood of 30 November", list, StringComparison.Ordinal);
        Assert.Contains("blocks: 1 in force", (await gateway.CommandAsync("status")).Good().Output, StringComparison.Ordinal);
        (await gateway.CommandAsync("block", "remove", "B1", "--reason", "over")).Good();
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("after"), "bob@example.net");
        Assert.Equal(66, (await gateway.CommandAsync("block", "remove", "B1", "--reason", "over")).ExitCode);
    }

    [Fact]
    public async Task Drain_DeliversWhatIsThere_TellsReadiness_AndEndsWithZero()
    {
        await using ScriptedSmtpServer downstream = new();
        bool isBusy = true;
        downstream.On(SmtpStep.Rcpt, _ => Volatile.Read(ref isBusy) ? SmtpAction.Reply("450 4.2.1 later") : null);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Relay:Retry:Longest=1s");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("waiting"), "bob@example.net");
        (await gateway.CommandAsync("drain", "--reason", "new kernel")).Good();
        Assert.Contains("new kernel", (await gateway.HttpAsync("readyz")).Body, StringComparison.Ordinal);
        ToolResult status = await gateway.CommandAsync("status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("Draining", status.Output, StringComparison.Ordinal);
        await using (ScriptedSmtpClient late = await ScriptedSmtpClient.ConnectAsync(gateway.Smtp, Ct))
        {
            Assert.StartsWith("421 4.3.2", await late.ReadReplyAsync(Ct), StringComparison.Ordinal);
        }

        Assert.False(gateway.HasExited);
        Volatile.Write(ref isBusy, false);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Single(downstream.Messages);
        Assert.Contains(gateway.Log, l => l.Contains("drained: nothing is left to deliver", StringComparison.Ordinal));
    }
}
