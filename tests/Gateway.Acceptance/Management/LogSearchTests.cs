using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Management;

/// <summary>Where is my mail? A search of the log by id, sender, recipient or Message-ID finds every message, whatever became of it, and Postfix's tools count as the gateway does.</summary>
public sealed partial class LogSearchTests
{
    private const int Messages = 1000;
    private const int Lengthening = 100;

    /// <summary>What becomes of the messages, in turn.</summary>
    private enum Fate
    {
        Delivered,
        Bounced,
        Deferred,
        Quarantined,
        RefusedContent,
        RefusedRecipient,
    }

    [Fact]
    public async Task Log_OfAThousandMessagesOfMixedFate_HasEachByIdSenderRecipientAndMessageId_AndPflogsummCountsThem()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        downstream.On(SmtpStep.Rcpt, m => m.Line.Contains("<bounced", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user")
            : m.Line.Contains("<deferred", StringComparison.Ordinal) ? SmtpAction.Reply("450 4.2.1 later") : null);
        await using GatewayUnderTest gateway = await StartAsync(downstream, "gateway");

        Sent[] sent = await SendAllAsync(gateway);
        await SettleAsync(gateway, sent);
        string[] log = [.. gateway.Log];

        foreach (Sent message in sent)
        {
            Assert.True(Has(log, $"from=<{message.Sender}>"), $"{message}: sender");
            Assert.True(Has(log, $"to=<{message.Recipient}>"), $"{message}: recipient");
            Assert.True(message.Fate == Fate.RefusedRecipient || Has(log, $"message-id=<{message.MessageId}>"), $"{message}: Message-ID");
            Assert.True(message.Id is null || Has(log, $" {message.Id}: "), $"{message}: id");
        }

        await AssertPflogsummAgreesAsync(gateway, sent);
    }

    [Fact]
    public async Task Log_UnderTheNameOfPostfix_IsReadByDebiansExporter()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await StartAsync(downstream, "postfix");
        string file = gateway["mail.log"];
        // The exporter reads from the end of what is there.
        await File.WriteAllTextAsync(file, string.Empty, Ct);
        int port = FreePort.Take();
        using System.Diagnostics.Process process = Tool.Start(
            "prometheus-postfix-exporter", [$"--postfix.logfile_path={file}", $"--web.listen-address=127.0.0.1:{port}", $"--postfix.showq_path={gateway["no-showq"]}"]);
        using HttpClient http = new();
        try
        {
            await Eventually.TrueAsync(async () => (await MetricsAsync(http, port)).Length > 0, "the exporter answers");
            for (int i = 0; i < 3; i++)
            {
                await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean($"exported{i}"), "bob@ours.test");
            }

            await Mail.SendAsync(gateway.Smtp, Mail.Clean("stranger"), "bob@other.test");
            await gateway.WaitForEmptyQueueAsync();
            await Eventually.TrueAsync(() => gateway.Log.Count(l => l.Contains("status=sent", StringComparison.Ordinal)) == 3, "three are delivered");
            await File.AppendAllLinesAsync(file, gateway.Log, Ct);
            string metrics = string.Empty;
            await Eventually.TrueAsync(
                async () => (metrics = await MetricsAsync(http, port)).Contains("postfix_smtpd_messages_rejected_total{code=\"550\"} 1", StringComparison.Ordinal),
                "the exporter has read the log");
            Assert.Contains("postfix_qmgr_messages_inserted_receipients_count 3", metrics, StringComparison.Ordinal);
            Assert.Contains("postfix_smtpd_disconnects_total 4", metrics, StringComparison.Ordinal);
            // This version counts the four delays of a delivery under one empty name.
            Assert.Contains("postfix_smtp_delivery_delay_seconds_count{stage=\"\"} 12", metrics, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(Ct);
        }
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task<GatewayUnderTest> StartAsync(ScriptedSmtpServer downstream, string syslogName) => GatewayUnderTest.StartAsync(
        downstream, "Relay:AllowedNetworks:0=192.0.2.0/24", "Relay:Domains:0=ours.test", "Relay:Retry:First=1h", "Relay:Retry:Longest=1h", "Limits:ClientMessageRate=0",
        "Limits:ClientConnectionRate=0", "Listeners:0:Name=mx", $"Log:SyslogName={syslogName}");

    private static async Task<string> MetricsAsync(HttpClient http, int port)
    {
        try
        {
            return await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), Ct);
        }
        catch (HttpRequestException)
        {
            return string.Empty;
        }
    }

    private static bool Has(string[] log, string text) => log.Any(l => l.Contains(text, StringComparison.Ordinal));

    /// <summary>Sends the messages of one fate over sessions of its own; those that are refused end a session after some.</summary>
    private static async Task<Sent[]> SendAllAsync(GatewayUnderTest gateway)
    {
        Fate[] fates = Enum.GetValues<Fate>();
        List<Sent> all = [];
        foreach (Fate fate in fates)
        {
            ScriptedSmtpClient? client = null;
            foreach (int i in Enumerable.Range(0, Messages).Where(i => fates[i % fates.Length] == fate))
            {
                Sent message = new(fate, i);
                if (client is null || all.Count % 5 == 0)
                {
                    await (client?.DisposeAsync() ?? ValueTask.CompletedTask);
                    client = await Mail.ConnectAsync(gateway.Smtp);
                }

                string? reply = await client.DeliverAsync(message.Sender, message.Recipients(), message.Content(), Ct);
                await client.SayAsync("RSET", Ct);
                all.Add(message with { Id = QueuedAs().Match(reply ?? string.Empty) is { Success: true } found ? found.Groups[1].Value : null });
                Assert.True(reply?.StartsWith(fate is Fate.RefusedContent or Fate.RefusedRecipient ? "550" : "250", StringComparison.Ordinal) == true, $"{message}: {reply}");
            }

            await client!.DisposeAsync();
        }

        return [.. all];
    }

    private static async Task SettleAsync(GatewayUnderTest gateway, Sent[] sent)
    {
        int Of(Fate fate) => sent.Where(m => m.Fate == fate).Sum(m => m.Recipients().Count);
        await Eventually.TrueAsync(() => Lines(gateway, "to=<delivered", "status=sent") == Of(Fate.Delivered), "all good mail is delivered");
        await Eventually.TrueAsync(() => Lines(gateway, "to=<bounced", "status=bounced") == Of(Fate.Bounced), "all that is refused is bounced");
        await Eventually.TrueAsync(() => Lines(gateway, "to=<deferred", "status=deferred") == Of(Fate.Deferred), "all that is put off is deferred");
        // The last that were sent: behind their lines all others are in the log too.
        await Eventually.TrueAsync(() => Lines(gateway, "to=<refusedrecipient", "NOQUEUE: reject: RCPT") == Of(Fate.RefusedRecipient), "all refused recipients are in the log");
    }

    private static int Lines(GatewayUnderTest gateway, string one, string other) =>
        gateway.Log.Count(l => l.Contains(one, StringComparison.Ordinal) && l.Contains(other, StringComparison.Ordinal));

    /// <summary>Compares pflogsumm's grand totals with what was sent.</summary>
    private static async Task AssertPflogsummAgreesAsync(GatewayUnderTest gateway, Sent[] sent)
    {
        string file = gateway["mail.log"];
        await File.WriteAllLinesAsync(file, gateway.Log, Ct);
        string pflogsumm = Tool.System("pflogsumm", "pflogsumm");
        ToolResult result = (await Tool.RunAsync(pflogsumm, ["--syslog-name=gateway", file])).Good();
        int Of(params Fate[] fates) => sent.Where(m => fates.Contains(m.Fate)).Sum(m => m.Recipients().Count);
        int received = sent.Count(m => m.Fate is not (Fate.RefusedContent or Fate.RefusedRecipient));
        Assert.Equal(received, Total(result, "received"));
        // Notifications to senders are delivered to the same host, as they are with Postfix.
        int notified = Lines(gateway, "to=<s", "status=sent");
        Assert.Equal(Of(Fate.Delivered) + notified, Total(result, "delivered"));
        Assert.Equal(sent.Count(m => m.Fate == Fate.Deferred), Total(result, "deferred"));
        Assert.Equal(Of(Fate.Bounced), Total(result, "bounced"));
        Assert.Equal(sent.Count(m => m.Fate is Fate.RefusedContent or Fate.RefusedRecipient), Total(result, "rejected"));
        // Every message that was received has a sender of its own.
        Assert.Equal(received, Total(result, "senders"));
        Assert.Equal(received, await gateway.MetricAsync("gateway_messages_received_total{result=\"accepted\"}") + await gateway.MetricAsync("gateway_messages_received_total{result=\"quarantined\"}"));
        Assert.DoesNotContain("warning", string.Join('\n', result.Lines.SkipWhile(l => !l.StartsWith("Warnings", StringComparison.Ordinal)).Skip(1).Take(1)), StringComparison.Ordinal);
    }

    private static int Total(ToolResult result, string name)
    {
        Match found = Regex.Match(result.Output, $@"^ +(\d+)\s+{name}\b", RegexOptions.Multiline);
        Assert.True(found.Success, $"pflogsumm says nothing of {name}:\n{result.Output}");
        return int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("queued as ([0-9A-Za-z]+)$")]
    private static partial Regex QueuedAs();

    /// <summary>One message: all that a person may search for is its own.</summary>
    private sealed record Sent(Fate Fate, int Number)
    {
        public string? Id { get; init; }

        public string Sender => string.Create(CultureInfo.InvariantCulture, $"s{Number}@from.test");

        public string MessageId => string.Create(CultureInfo.InvariantCulture, $"m{Number}.x@id.test");

        /// <summary>The last one of its recipients: the one that a line too short for all would leave out.</summary>
        public string Recipient => Recipients()[^1];

        /// <summary>Every hundredth quarantined or refused message has more recipients than a line has room for.</summary>
        public IReadOnlyList<string> Recipients()
        {
            string domain = Fate == Fate.RefusedRecipient ? "other.test" : "ours.test";
            int count = Fate is Fate.Quarantined or Fate.RefusedContent && Number % Lengthening < 6 ? 120 : 1;
            return [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{Fate.ToString().ToLowerInvariant()}{Number}.{i}@{domain}"))];
        }

        public string Content()
        {
            string head = $"From: <{Sender}>\r\nTo: <{Recipients()[0]}>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{MessageId}>\r\nSubject: x\r\n";
            return Fate switch
            {
                Fate.Quarantined => head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\nno parts\r\n",
                Fate.RefusedContent => head + "X-Nul: a\0b\r\n\r\nbody\r\n",
                _ => head + "\r\nbody\r\n",
            };
        }
    }
}
