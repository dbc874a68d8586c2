using System.Text;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Postfix, its smtp(8), delivers to the gateway.</summary>
public sealed class PostfixSenderTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Postfix_SendingMta_DeliversPlainEightBitAndLargeMail(bool tls)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Capabilities = [.. downstream.Capabilities, "DSN"];
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional");
        await using PostfixSender postfix = await PostfixSender.StartAsync(gateway.Smtp, tls ? "smtp_tls_security_level = encrypt" : "smtp_tls_security_level =");

        await postfix.SubmitAsync(Lines(Mail.Clean("plain")), "one@example.net", "two@example.net");
        string eight = Mail.Head("eight") + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe\r\n.\r\n..two dots\r\n";
        await postfix.SubmitAsync(Lines(eight), "eight@example.net");
        string large = Mail.Clean("large", 5_000_000);
        await postfix.SubmitAsync(Lines(large), "large@example.net");
        await postfix.WaitForSentAsync(4);
        await downstream.WaitForMessagesAsync(3, Ct);
        await gateway.WaitForEmptyQueueAsync();

        Assert.Equal(3, downstream.Messages.Count);
        ReceivedMessage plain = Of(downstream, "one@example.net");
        Assert.Equal(["one@example.net", "two@example.net"], plain.Recipients);
        Assert.EndsWith(Body(Mail.Clean("plain")), plain.Text, StringComparison.Ordinal);
        Assert.Contains("NOTIFY=FAILURE", plain.RecipientLines[0], StringComparison.Ordinal);
        Assert.Contains("ORCPT=rfc822;one@example.net", plain.RecipientLines[0], StringComparison.Ordinal);
        ReceivedMessage eightBit = Of(downstream, "eight@example.net");
        Assert.Contains("BODY=8BITMIME", eightBit.MailLine, StringComparison.Ordinal);
        Assert.EndsWith(Body(eight), Encoding.UTF8.GetString(eightBit.Content), StringComparison.Ordinal);
        Assert.EndsWith(Body(large), Of(downstream, "large@example.net").Text, StringComparison.Ordinal);
        string with = tls ? "with ESMTPS id " : "with ESMTP id ";
        Assert.All(downstream.Messages, m => Assert.StartsWith(
            "Received: from sender.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) " + with, m.Text, StringComparison.Ordinal));
        Assert.Equal(tls, downstream.Messages[0].Text.Contains("(version=TLS1_3 cipher=TLS_", StringComparison.Ordinal));
        Assert.DoesNotContain(" status=deferred ", postfix.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Log, l => l.Contains(" errors=1 ", StringComparison.Ordinal));
    }

    [Fact(Timeout = 300_000)]
    public async Task Postfix_WithXforward_TellsWhereItsMailCameFrom()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Relay:XclientNetworks:0=127.0.0.1");
        await using PostfixSender postfix = await PostfixSender.StartAsync(gateway.Smtp, "smtp_send_xforward_command = yes");

        await postfix.SubmitAsync(Lines(Mail.Clean("forwarded")), "one@example.net");
        await postfix.WaitForSentAsync(1);
        await downstream.WaitForMessagesAsync(1, Ct);

        Assert.Contains("Received: from sender.test ([127.0.0.1])\r\n", downstream.Messages[0].Text, StringComparison.Ordinal);
        Assert.Contains(gateway.Log, l => l.Contains(" orig_queue_id=", StringComparison.Ordinal));
        Assert.Contains(gateway.Log, l => l.Contains(" xforward=", StringComparison.Ordinal));
    }

    private static ReceivedMessage Of(ScriptedSmtpServer server, string recipient) => server.Messages.Single(m => m.Recipients.Contains(recipient));

    private static string Body(string content) => content[content.IndexOf("\r\n\r\n", StringComparison.Ordinal)..];

    private static byte[] Lines(string content) => Encoding.UTF8.GetBytes(content.Replace("\r\n", "\n", StringComparison.Ordinal));
}
