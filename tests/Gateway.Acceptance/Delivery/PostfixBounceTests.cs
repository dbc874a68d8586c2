using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>A notification of ours goes through a real Postfix into a mailbox: unchanged, without a word of warning, and readable there.</summary>
public sealed class PostfixBounceTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 180_000)]
    [InlineData("HDRS", "text/rfc822-headers")]
    [InlineData("FULL", "message/rfc822")]
    public async Task Report_ThroughPostfix_ArrivesUnchangedAndIsRead(string ret, string lastPart)
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 <gone@example.net> no such user"));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            downstream, "Relay:Routes:0:Domain=example.org",
            string.Create(CultureInfo.InvariantCulture, $"Relay:Routes:0:Hosts:0=127.0.0.1:{postfix.Port}"));
        (await gateway.CommandAsync("route", "pause", "example.org")).Good();
        await SendAsync(gateway, ret);

        // Its octets as they wait to leave.
        await Eventually.TrueAsync(async () => (await gateway.JsonAsync("queue", "list", "--route", "example.org")).Count == 1, "the notification waits");
        string id = (await gateway.JsonAsync("queue", "list", "--route", "example.org"))[0].GetProperty("id").GetString()!;
        (await gateway.CommandAsync("queue", "export", id, "--output", gateway["out"])).Good();
        string sent = await File.ReadAllTextAsync(Path.Combine(gateway["out"], id + ".eml"), Encoding.Latin1, Ct);
        (await gateway.CommandAsync("route", "resume", "example.org")).Good();

        await gateway.WaitForEmptyQueueAsync();
        await Eventually.TrueAsync(() => postfix.Mailbox.Count == 1, "Postfix has delivered it");
        byte[] delivered = await File.ReadAllBytesAsync(postfix.Mailbox[0], Ct);
        string text = Encoding.Latin1.GetString(delivered);
        // Postfix puts its own fields in front and stores LF; all behind them is ours.
        Assert.EndsWith(sent.ReplaceLineEndings("\n"), text, StringComparison.Ordinal);
        string before = text[..^sent.ReplaceLineEndings("\n").Length];
        Assert.StartsWith("Return-Path: <>\n", before, StringComparison.Ordinal);
        Assert.DoesNotContain(before.Split('\n'), line => line.Length > 0 && !char.IsWhiteSpace(line[0])
            && line.Split(':')[0] is not ("Return-Path" or "X-Original-To" or "Delivered-To" or "Received"));
        Assert.Contains("from=<>", postfix.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("warning:", postfix.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("error:", postfix.Log, StringComparison.Ordinal);

        JsonElement read = JsonElement.Parse((await Tool.RunAsync("python3", ["-c", BounceTests.Reader], delivered)).Good().Output);
        Assert.Equal(("multipart/report", "delivery-status"), (read.GetProperty("type").GetString(), read.GetProperty("report").GetString()));
        Assert.Empty(read.GetProperty("defects").EnumerateArray());
        Assert.Equal(["text/plain", "message/delivery-status", lastPart], read.GetProperty("parts").EnumerateArray().Select(p => p.GetString()!));
        JsonElement[] groups = [.. read.GetProperty("groups").EnumerateArray()];
        Assert.Equal(2, groups.Length);
        Assert.Equal("QQ314159", groups[0].GetProperty("Original-Envelope-Id").GetString());
        Assert.Equal("rfc822; first@example.com", groups[1].GetProperty("Original-Recipient").GetString());
        Assert.Equal("rfc822; gone@example.net", groups[1].GetProperty("Final-Recipient").GetString());
        Assert.Equal(("failed", "5.1.1"), (groups[1].GetProperty("Action").GetString(), groups[1].GetProperty("Status").GetString()));
        Assert.Equal("smtp; 550 5.1.1 <gone@example.net> no such user", groups[1].GetProperty("Diagnostic-Code").GetString());
        Assert.Contains("Subject: report", read.GetProperty("original").GetString(), StringComparison.Ordinal);
        Assert.Equal(ret == "FULL", text.Contains("report line 1 xxx", StringComparison.Ordinal));
    }

    private static async Task SendAsync(GatewayUnderTest gateway, string ret)
    {
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{Mail.Sender}> RET={ret} ENVID=QQ314159", Ct), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<gone@example.net> NOTIFY=FAILURE ORCPT=rfc822;first@example.com", Ct), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.SayAsync("DATA", Ct), StringComparison.Ordinal);
        await client.SendAsync(Mail.Clean("report").Replace("\r\n.", "\r\n..", StringComparison.Ordinal), Ct);
        Assert.StartsWith("250", await client.SayAsync(".", Ct), StringComparison.Ordinal);
    }
}
