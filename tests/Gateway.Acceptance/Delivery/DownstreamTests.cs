using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>Whatever the mail system behind does, nothing is lost, and mail flows when it is back.</summary>
public sealed class DownstreamTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Downstream_DownThenUp_GetsAllThatWaited()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.StopListening();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        for (int i = 0; i < 20; i++)
        {
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean($"down-{i}"), $"down-{i}@example.net");
        }

        await Eventually.TrueAsync(async () => await gateway.StatusAsync("deferred") == 20, "all 20 wait");
        IReadOnlyList<JsonElement> waiting = await gateway.JsonAsync("queue", "list");
        Assert.Equal(20, waiting.Count);
        Assert.All(waiting, m => Assert.Equal("deferred", m.GetProperty("state").GetString()));
        ToolResult text = (await gateway.CommandAsync("queue", "list")).Good();
        Assert.Contains("20 messages", text.Output, StringComparison.Ordinal);

        downstream.Listen();
        await downstream.WaitForMessagesAsync(20, Ct);
        await gateway.WaitForEmptyQueueAsync();
        AssertEachOnce(downstream, [.. Enumerable.Range(0, 20).Select(i => $"down-{i}")]);
    }

    [Theory(Timeout = 180_000)]
    [InlineData(SmtpStep.Connect, "421 4.3.2 not now")]
    [InlineData(SmtpStep.Connect, "554 5.3.2 no service here")]
    [InlineData(SmtpStep.Mail, "451 4.3.0 try later")]
    [InlineData(SmtpStep.Rcpt, "450 4.2.0 greylisted")]
    [InlineData(SmtpStep.Data, "451 4.3.0 try later")]
    [InlineData(SmtpStep.FinalDot, "452 4.3.1 disk full")]
    public async Task Downstream_RefusesForNow_GetsItOnceLater(SmtpStep step, string reply)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Once(step, SmtpAction.Reply(reply));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("later"), "later@example.net");

        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        AssertEachOnce(downstream, "later");
    }

    [Theory(Timeout = 180_000)]
    [InlineData(SmtpStep.Connect)]
    [InlineData(SmtpStep.Ehlo)]
    [InlineData(SmtpStep.Mail)]
    [InlineData(SmtpStep.Body)]
    [InlineData(SmtpStep.FinalDot)]
    public async Task Downstream_DropsTheConnection_GetsItOnceLater(SmtpStep step)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Once(step, step == SmtpStep.Body ? SmtpAction.ReadBody(500).Then(SmtpAction.Reset) : SmtpAction.Drop);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("dropped", 300_000), "dropped@example.net");

        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        AssertEachOnce(downstream, 300_000, "dropped");
    }

    [Fact(Timeout = 180_000)]
    public async Task Downstream_HangsAfterEndOfData_GetsItAgainAndOthersFlow()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Once(SmtpStep.FinalDot, SmtpAction.Hang);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Delivery:FinalDotTimeout=10s");
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("hung"), "hung@example.net");
        await downstream.WaitForStepAsync(SmtpStep.FinalDot, Ct);

        // One delivery hangs: the next message goes past it.
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("past"), "past@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal("past@example.net", Assert.Single(downstream.Messages[0].Recipients));

        await downstream.WaitForMessagesAsync(2, Ct);
        await gateway.WaitForEmptyQueueAsync();
        AssertEachOnce(downstream, "past", "hung");
    }

    [Fact(Timeout = 180_000)]
    public async Task Downstream_SeveralHosts_TheNextOneTakesOver()
    {
        await using ScriptedSmtpServer first = new();
        await using ScriptedSmtpServer second = new();
        first.StopListening();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(first, $"Relay:DefaultRoute:Hosts:1={second.Address}");
        for (int i = 0; i < 5; i++)
        {
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean($"over-{i}"), $"over-{i}@example.net");
        }

        await second.WaitForMessagesAsync(5, Ct);
        first.Listen();
        second.StopListening();
        second.DropConnections();
        for (int i = 5; i < 10; i++)
        {
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean($"over-{i}"), $"over-{i}@example.net");
        }

        await first.WaitForMessagesAsync(5, Ct);
        await gateway.WaitForEmptyQueueAsync();
        AssertEachOnce(second, [.. Enumerable.Range(0, 5).Select(i => $"over-{i}")]);
        AssertEachOnce(first, [.. Enumerable.Range(5, 5).Select(i => $"over-{i}")]);
    }

    [Fact(Timeout = 180_000)]
    public async Task Downstream_DownWhenTheGatewayRestarts_GetsItAfterwards()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.FinalDot, SmtpAction.Reply("451 4.3.0 not today"));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Relay:Retry:First=1h");
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("kept"), "kept@example.net", "also@example.net");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("deferred") == 1, "it waits");
        Assert.Equal(0, await gateway.StopAsync());

        downstream.ClearRules();
        await gateway.StartAsync();
        JsonElement kept = (await gateway.JsonAsync("queue", "show", id))[0];
        Assert.Equal("deferred", kept.GetProperty("state").GetString());
        Assert.Equal(1, kept.GetProperty("attempts").GetInt32());
        Assert.Contains("451 4.3.0 not today", kept.GetProperty("lastReply").GetString(), StringComparison.Ordinal);
        Assert.Equal(["kept@example.net", "also@example.net"], kept.GetProperty("recipients").EnumerateArray().Select(r => r.GetString()!));
        Assert.Empty(downstream.Messages);

        ToolResult retry = (await gateway.CommandAsync("queue", "retry", id)).Good();
        Assert.Contains("1 message", retry.Output, StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(Mail.Clean("kept"), Mail.WithoutTrace(Assert.Single(downstream.Messages).Text));
        ToolResult gone = await gateway.CommandAsync("queue", "retry", id);
        Assert.Equal(66, gone.ExitCode);
    }

    [Fact(Timeout = 180_000)]
    public async Task Queue_RemoveOrder_TakesMailOutForGood()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null, "Relay:Retry:First=1h");
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("unwanted"), "unwanted@example.net");
        ToolResult dry = (await gateway.CommandAsync("queue", "remove", id, "--dry-run")).Good();
        Assert.Contains("would remove", dry.Output, StringComparison.Ordinal);
        Assert.Single(await gateway.JsonAsync("queue", "list"));

        (await gateway.CommandAsync("queue", "remove", id, "--note", "unwanted", "--now")).Good();
        Assert.Empty(await gateway.JsonAsync("queue", "list"));
        Assert.Equal(66, (await gateway.CommandAsync("queue", "show", id)).ExitCode);
        Assert.Equal(0, await gateway.StopAsync());
        await gateway.StartAsync();
        Assert.Empty(await gateway.JsonAsync("queue", "list"));
    }

    private static void AssertEachOnce(ScriptedSmtpServer downstream, params string[] ids) => AssertEachOnce(downstream, 1000, ids);

    private static void AssertEachOnce(ScriptedSmtpServer downstream, int octets, params string[] ids)
    {
        Assert.Equal(ids.Order(StringComparer.Ordinal), downstream.Messages.Select(m => m.Recipients[0].Split('@')[0]).Order(StringComparer.Ordinal));
        Assert.All(downstream.Messages, m => Assert.Equal(Mail.Clean(m.Recipients[0].Split('@')[0], octets), Mail.WithoutTrace(m.Text)));
    }
}
