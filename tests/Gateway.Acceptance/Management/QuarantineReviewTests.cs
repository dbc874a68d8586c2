using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Management;

/// <summary>Quarantined mail, reviewed on a running gateway from the command line.</summary>
public sealed class QuarantineReviewTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Flood_QuarantineFull_IsPutOffAndShown()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Quarantine:Messages=2");
        Assert.Equal("ready\n", (await gateway.HttpAsync("readyz", token: string.Empty)).Body);
        for (int i = 0; i < 2; i++)
        {
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("same"), "bob@example.net");
        }

        string reply = await Mail.SendAsync(gateway.Smtp, Mail.Malformed("same"), "bob@example.net");
        Assert.StartsWith("451 4.3.1 Malformed message (rule missing-boundary) cannot be quarantined now", reply, StringComparison.Ordinal);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("clean"), "bob@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 2, "both are quarantined");

        (HttpStatusCode status, string body) = await gateway.HttpAsync("readyz", token: string.Empty);
        Assert.Equal((HttpStatusCode.OK, "ready\nwarning: QuarantineFull: the quarantine is 100 % full; at 100 % malformed mail is put off\n"), (status, body));
        Assert.Equal(1, await gateway.MetricAsync("gateway_quarantine_fill"));
        Assert.Equal(1, await gateway.MetricAsync("gateway_quarantine_deferred_total{reason=\"messages\"}"));
        Assert.Contains(gateway.Log, l => l.Contains("notes=quarantine_full", StringComparison.Ordinal));
        JsonElement stats = Assert.Single(await gateway.JsonAsync("quarantine", "stats"));
        Assert.Equal((2, 2, 1), (stats.GetProperty("messages").GetInt64(), stats.GetProperty("messagesLimit").GetInt64(), stats.GetProperty("deferred").GetInt64()));
        Assert.Equal("127.0.0.0/24", stats.GetProperty("clients")[0].GetProperty("network").GetString());
        Assert.Equal("missing-boundary", stats.GetProperty("reasons")[0].GetProperty("rule").GetString());
        string text = (await gateway.CommandAsync("quarantine", "stats")).Good().Output;
        Assert.StartsWith("100.0 % full\n  messages   2 of 2, records 0\n", text, StringComparison.Ordinal);
        Assert.Contains("1 put off with 451", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Review_ListShowRelease_DeliversTheOctetsOnce()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("review"), "one@example.net", "two@example.net");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 1, "it is quarantined");

        JsonElement row = Assert.Single(await gateway.JsonAsync("quarantine", "list"));
        Assert.Equal(id, row.GetProperty("id").GetString());
        Assert.Equal("missing-boundary", row.GetProperty("worstRule").GetString());
        Assert.Equal("review", row.GetProperty("subject").GetString());
        Assert.Equal(2, row.GetProperty("recipientCount").GetInt32());
        ToolResult list = (await gateway.CommandAsync("quarantine", "list")).Good();
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        Assert.Contains("(+1)", list.Output, StringComparison.Ordinal);

        JsonElement entry = Assert.Single(await gateway.JsonAsync("quarantine", "show", id)).GetProperty("entry");
        JsonElement finding = entry.GetProperty("findings")[0];
        string sent = Mail.Malformed("review");
        int offset = sent.IndexOf("Content-Type", StringComparison.Ordinal);
        Assert.Equal(offset, finding.GetProperty("offset").GetInt32());
        Assert.Equal(6 + 1, finding.GetProperty("line").GetInt32());
        Assert.StartsWith("436f6e74656e742d547970653a20", finding.GetProperty("excerptHex").GetString(), StringComparison.Ordinal);
        Assert.Equal("RFC 2046 5.1.1", finding.GetProperty("clause").GetString());
        ToolResult shown = (await gateway.CommandAsync("quarantine", "show", id)).Good();
        Assert.Contains(@"text Content-Type: multipart/mixed\r\n", shown.Output, StringComparison.Ordinal);
        Assert.Contains("hex  436f6e74656e742d547970653a20", shown.Output, StringComparison.Ordinal);
        Assert.Matches($@"\n  \+0\.\d{{6}}  client    DATA {sent.Length} octets\n", shown.Output);

        Assert.Equal(64, (await gateway.CommandAsync("quarantine", "release", id)).ExitCode);
        (await gateway.CommandAsync("quarantine", "release", id, "--reason", "known sender", "--dry-run")).Good();
        Assert.Equal(1, await gateway.StatusAsync("quarantined"));
        (await gateway.CommandAsync("quarantine", "release", id, "--reason", "known sender")).Good();
        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        ReceivedMessage got = Assert.Single(downstream.Messages);
        Assert.Equal(["one@example.net", "two@example.net"], got.Recipients);
        Assert.Equal(Mail.Sender, got.Sender);
        Assert.Equal(sent, Mail.WithoutTrace(got.Text, fields: 2));
        Assert.Matches($"^Received: by gateway.test \\(Gateway, released from quarantine {id}\\) id [0-9A-Za-z]+;\r\n\t", got.Text);

        ToolResult second = await gateway.CommandAsync("quarantine", "release", id, "--reason", "again");
        Assert.Equal(66, second.ExitCode);
        Assert.Contains(id, second.Error, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StatusAsync("quarantined"));
        Assert.Empty(await gateway.JsonAsync("quarantine", "list"));
        Assert.Equal("released", Assert.Single(await gateway.JsonAsync("quarantine", "list", "--state", "released")).GetProperty("state").GetString());
        JsonElement[] decisions = [.. (await gateway.JsonAsync("quarantine", "show", id))[0].GetProperty("decisions").EnumerateArray()];
        Assert.Contains(decisions, d => d.GetProperty("action").GetString() == "release"
            && d.GetProperty("reason").GetString() == "known sender" && d.GetProperty("actor").GetString() == Environment.UserName);
        Assert.Single(downstream.Messages);
    }

    [Fact(Timeout = 120_000)]
    public async Task Review_ExportAndDiscard_WritesEvidenceThenForgetsTheBody()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed("export"), "bob@example.net");
        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 1, "it is quarantined");

        string folder = gateway["exported"];
        (await gateway.CommandAsync("quarantine", "export", id, "--to", folder)).Good();
        string eml = Path.Combine(folder, id + ".eml");
        string json = Path.Combine(folder, id + ".json");
        Assert.Equal(Mail.Malformed("export"), await File.ReadAllTextAsync(eml, System.Text.Encoding.Latin1, Ct));
        JsonElement evidence = JsonElement.Parse(await File.ReadAllTextAsync(json, Ct)).GetProperty("entry");
        Assert.Equal("missing-boundary", evidence.GetProperty("findings")[0].GetProperty("rule").GetString());
        Assert.Equal(Mail.Sender, evidence.GetProperty("sender").GetString());
        JsonElement line = evidence.GetProperty("session").EnumerateArray().Single(l => l.GetProperty("text").GetString() == "RCPT TO:<bob@example.net>");
        Assert.Equal("client", line.GetProperty("from").GetString());
        Assert.InRange(line.GetProperty("microseconds").GetInt64(), 1, 60_000_000);
        foreach (string file in new[] { eml, json })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        (await gateway.CommandAsync("quarantine", "discard", id, "--reason", "spam")).Good();
        Assert.Equal(0, await gateway.StatusAsync("quarantined"));
        Assert.Equal(66, (await gateway.CommandAsync("quarantine", "release", id, "--reason", "too late")).ExitCode);
        Assert.Equal(66, (await gateway.CommandAsync("quarantine", "discard", id, "--reason", "twice")).ExitCode);
        Assert.Equal(66, (await gateway.CommandAsync("quarantine", "export", id, "--to", gateway["again"])).ExitCode);
        Assert.Equal(66, (await gateway.CommandAsync("quarantine", "show", "0000000")).ExitCode);
        Assert.Equal(64, (await gateway.CommandAsync("quarantine", "export", "../../etc/passwd", "--to", folder)).ExitCode);
        Assert.Equal("discarded", (await gateway.JsonAsync("quarantine", "show", id))[0].GetProperty("entry").GetProperty("state").GetString());
        Assert.Empty(downstream.Messages);
    }

    [Fact(Timeout = 120_000)]
    public async Task List_FiltersAndPages_ShowWhatWasAskedFor()
    {
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null);
        for (int i = 0; i < 5; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"page-{i}");
            await Mail.AcceptedAsync(gateway.Smtp, Mail.Malformed(id), $"{id}@example.net");
        }

        await Eventually.TrueAsync(async () => await gateway.StatusAsync("quarantined") == 5, "all is quarantined");
        Assert.Single(await gateway.JsonAsync("quarantine", "list", "--to", "page-3@example.net"));
        Assert.Equal(5, (await gateway.JsonAsync("quarantine", "list", "--from", Mail.Sender)).Count);
        Assert.Equal(5, (await gateway.JsonAsync("quarantine", "list", "--rule", "missing-boundary")).Count);
        Assert.Empty(await gateway.JsonAsync("quarantine", "list", "--rule", "bare-lf"));
        Assert.Single(await gateway.JsonAsync("quarantine", "list", "--search", "page-2"));

        List<string> seen = [];
        IReadOnlyList<JsonElement> page = await gateway.JsonAsync("quarantine", "list", "--limit", "2");
        while (page.Count > 0 && seen.Count < 10)
        {
            seen.AddRange(page.Select(p => p.GetProperty("subject").GetString()!));
            page = await gateway.JsonAsync("quarantine", "list", "--limit", "2", "--after", page[^1].GetProperty("cursor").GetString()!);
        }

        Assert.Equal(["page-4", "page-3", "page-2", "page-1", "page-0"], seen);
        Assert.Equal(64, (await gateway.CommandAsync("quarantine", "list", "--after", "no cursor")).ExitCode);
        Assert.Equal(64, (await gateway.CommandAsync("quarantine", "list", "--state", "helt")).ExitCode);
    }
}
