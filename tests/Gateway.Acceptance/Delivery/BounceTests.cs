using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>What the mail system behind refuses for good goes back to its sender, in a form that other software reads.</summary>
public sealed class BounceTests
{
    /// <summary>Prints what Python's email makes of a report.</summary>
    internal const string Reader = """
        import email, email.policy, json, sys
        m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
        parts = list(m.iter_parts())
        status = parts[1]
        groups = [dict((k, str(v)) for k, v in g.items()) for g in status.get_payload()]
        print(json.dumps({
            'type': m.get_content_type(), 'report': m.get_param('report-type'), 'to': str(m['To']), 'from': str(m['From']),
            'auto': m['Auto-Submitted'], 'parts': [p.get_content_type() for p in parts], 'groups': groups,
            'text': parts[0].get_content(), 'original': parts[2].get_payload() if isinstance(parts[2].get_payload(), str) else str(parts[2].get_payload()[0]),
            'defects': [str(d) for d in m.defects + [d for p in parts for d in p.defects]]}))
        """;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData(SmtpStep.Rcpt)]
    [InlineData(SmtpStep.FinalDot)]
    public async Task Downstream_RefusesForGood_SenderGetsAReadableReport(SmtpStep step)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(step, m => m.Sender.Length > 0 && (step == SmtpStep.FinalDot || m.Line.Contains("gone@", StringComparison.Ordinal))
            ? SmtpAction.Reply("550 5.1.1 <gone@example.net> no such user") : null);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        string[] recipients = step == SmtpStep.Rcpt ? ["here@example.net", "gone@example.net"] : ["gone@example.net"];
        string id = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("bounce"), recipients);

        await downstream.WaitForMessagesAsync(recipients.Length, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(recipients.Length, downstream.Messages.Count);
        if (step == SmtpStep.Rcpt)
        {
            ReceivedMessage good = downstream.Messages.Single(m => m.Sender == Mail.Sender);
            Assert.Equal(["here@example.net"], good.Recipients);
            Assert.Equal(Mail.Clean("bounce"), Mail.WithoutTrace(good.Text));
        }

        ReceivedMessage bounce = downstream.Messages.Single(m => m.Sender.Length == 0);
        Assert.Equal([Mail.Sender], bounce.Recipients);
        JsonElement read = JsonElement.Parse((await Tool.RunAsync("python3", ["-c", Reader], bounce.Content)).Good().Output);
        Assert.Equal("multipart/report", read.GetProperty("type").GetString());
        Assert.Equal("delivery-status", read.GetProperty("report").GetString());
        Assert.Equal(Mail.Sender, read.GetProperty("to").GetString());
        Assert.Equal("auto-replied", read.GetProperty("auto").GetString());
        Assert.Empty(read.GetProperty("defects").EnumerateArray());
        Assert.Equal(
            ["text/plain", "message/delivery-status", "text/rfc822-headers"], read.GetProperty("parts").EnumerateArray().Select(p => p.GetString()!));
        JsonElement[] groups = [.. read.GetProperty("groups").EnumerateArray()];
        Assert.Equal(2, groups.Length);
        Assert.Equal("dns; gateway.test", groups[0].GetProperty("Reporting-MTA").GetString());
        Assert.Equal(id, groups[0].GetProperty("X-Gateway-Queue-ID").GetString());
        Assert.Equal("rfc822; gone@example.net", groups[1].GetProperty("Final-Recipient").GetString());
        Assert.Equal("failed", groups[1].GetProperty("Action").GetString());
        Assert.Equal("5.1.1", groups[1].GetProperty("Status").GetString());
        Assert.Contains("550 5.1.1", groups[1].GetProperty("Diagnostic-Code").GetString(), StringComparison.Ordinal);
        Assert.Contains("gone@example.net", read.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("Subject: bounce", read.GetProperty("original").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("line 1 xxx", bounce.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Downstream_RefusesMailOfAUtf8Sender_ReportReachesTheSenderByName()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("550 5.1.1 no such user") : null);
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        // The scripted client speaks Latin-1: these are the octets of UTF-8.
        const string Sender = "j\u00c3\u00bcrgen@example.org";
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{Sender}> SMTPUTF8", Ct), StringComparison.Ordinal);
        await client.SayAsync("RCPT TO:<gone@example.net>", Ct);
        await client.SayAsync("DATA", Ct);
        await client.SendAsync(Mail.Head("utf8") + "\r\nbody\r\n", Ct);
        Assert.StartsWith("250", await client.SayAsync(".", Ct), StringComparison.Ordinal);

        await downstream.WaitForMessagesAsync(1, Ct);
        ReceivedMessage bounce = Assert.Single(downstream.Messages);
        Assert.Contains("SMTPUTF8", bounce.MailLine, StringComparison.Ordinal);
        Assert.Equal([Sender], bounce.Recipients);
        Assert.Contains($"\r\nTo: {Sender}\r\n", bounce.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Downstream_RefusesABounceForGood_NothingIsBouncedAgain()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 no such user"));
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("double"), "gone@example.net");

        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("from the null sender, dropped", StringComparison.Ordinal)), "the bounce is dropped");
        await gateway.WaitForEmptyQueueAsync();
        Assert.Empty(downstream.Messages);
        Assert.Equal(2, downstream.Moments.Count(m => m.Step == SmtpStep.Mail));
    }
}
