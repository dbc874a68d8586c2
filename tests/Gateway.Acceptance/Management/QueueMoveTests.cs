using System.Net;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Management;

/// <summary>Queued mail moved, returned, and carried from one gateway to another by hand.</summary>
public sealed class QueueMoveTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Move_AndBounce_DoWhatTheySay()
    {
        await using ScriptedSmtpServer downstream = new();
        await using ScriptedSmtpServer other = new();
        downstream.On(SmtpStep.Rcpt, m => m.Line.Contains("example.net", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 moved") : null);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            downstream, "Relay:Routes:0:Domain=other.test", $"Relay:Routes:0:Hosts={other.Address}", "Relay:Retry:First=1h");
        string moved = await DeferredAsync(gateway, "moved");

        Assert.Equal(64, (await gateway.CommandAsync("queue", "move", moved)).ExitCode);
        ToolResult unknown = await gateway.CommandAsync("queue", "move", moved, "--to-route", "nowhere");
        Assert.Equal(64, unknown.ExitCode);
        Assert.Contains("There is no route 'nowhere'; routes are other.test, default, and 'domain'", unknown.Error, StringComparison.Ordinal);
        Assert.Contains($"would move {moved}", (await gateway.CommandAsync("queue", "move", moved, "--to-route", "other.test", "--dry-run")).Good().Output, StringComparison.Ordinal);
        Assert.Contains($"moved {moved}", (await gateway.CommandAsync("queue", "move", moved, "--to-route", "other.test")).Good().Output, StringComparison.Ordinal);
        await other.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();

        string bounced = await DeferredAsync(gateway, "bounced");
        Assert.Equal(64, (await gateway.CommandAsync("queue", "bounce", bounced)).ExitCode);
        Assert.Contains($"returned {bounced}", (await gateway.CommandAsync("queue", "bounce", bounced, "--note", "the partner is gone")).Good().Output, StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Contains("the partner is gone", downstream.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Import_OfWhatExportWrote_IsDeliveredOnceAndBrokenOnesAreNamed()
    {
        await using ScriptedSmtpServer dead = new();
        dead.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 later"));
        await using GatewayUnderTest before = await GatewayUnderTest.StartAsync(dead);
        string whole = await DeferredAsync(before, "whole");
        string cut = await DeferredAsync(before, "cut");
        string folder = before["exported"];
        (await before.CommandAsync("queue", "export", "--all", "--output", folder)).Good();
        string eml = Path.Combine(folder, cut + ".eml");
        await File.WriteAllBytesAsync(eml, (await File.ReadAllBytesAsync(eml, Ct))[..^10], Ct);
        await File.WriteAllTextAsync(Path.Combine(folder, "odd.json"), """{ "id": "x", "surprise": 1 }""", Ct);
        await File.WriteAllTextAsync(Path.Combine(folder, "odd.eml"), "x", Ct);

        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        ToolResult dry = await gateway.CommandAsync("queue", "import", folder, "--dry-run");
        Assert.Contains($"would import {whole}", dry.Output, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StatusAsync("active") + await gateway.StatusAsync("deferred"));
        ToolResult import = await gateway.CommandAsync("queue", "import", folder, "--note", "node died");
        Assert.Equal(2, import.ExitCode);
        Assert.Contains($"imported {whole} as ", import.Output, StringComparison.Ordinal);
        Assert.Contains("1 message imported, 2 refused", import.Output, StringComparison.Ordinal);
        Assert.Contains($"{cut}: The message cannot be imported: its octets", import.Error, StringComparison.Ordinal);
        Assert.Contains("odd: The message cannot be imported: its JSON cannot be read", import.Error, StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(Mail.Clean("whole"), Mail.WithoutTrace(Assert.Single(downstream.Messages).Text, fields: 2));
        Assert.Contains("0 messages imported, 2 refused", (await gateway.CommandAsync("queue", "import", folder)).Output, StringComparison.Ordinal);
        (HttpStatusCode status, string body) = await gateway.HttpAsync("api/queue/import", method: HttpMethod.Post, body: "{}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("multipart/form-data", JsonElement.Parse(body).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static async Task<string> DeferredAsync(GatewayUnderTest gateway, string name)
    {
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean(name), "bob@example.net");
        await Eventually.TrueAsync(async () => (await gateway.JsonAsync("queue", "show", id))[0].GetProperty("state").GetString() == "deferred", "it is deferred");
        return id;
    }
}
