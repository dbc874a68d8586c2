using System.Text;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Clients that people really use deliver through the gateway.</summary>
public sealed class PeerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Swaks_TwoRecipientsAndEightBitText_Delivers()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        ToolResult said = await Tool.RunAsync(
            "swaks",
            [
                "--server", gateway.Smtp.Address.ToString(), "--port", gateway.Smtp.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                "--helo", "swaks.test", "--from", Mail.Sender, "--to", "one@example.net,two@example.net",
                "--header", "Subject: from swaks", "--add-header", "MIME-Version: 1.0", "--add-header", "Content-Type: text/plain; charset=utf-8",
                "--add-header", "Content-Transfer-Encoding: 8bit", "--body", "Gr\u00fc\u00dfe\n.\n..two dots\n",
            ]);
        said.Good();
        Assert.Contains("250 2.0.0 Ok: queued as ", said.Output, StringComparison.Ordinal);

        await downstream.WaitForMessagesAsync(1, Ct);
        ReceivedMessage got = Assert.Single(downstream.Messages);
        Assert.Equal(["one@example.net", "two@example.net"], got.Recipients);
        Assert.Contains("BODY=8BITMIME", got.MailLine, StringComparison.Ordinal);
        string text = Encoding.UTF8.GetString(got.Content);
        Assert.Contains("\r\nGr\u00fc\u00dfe\r\n.\r\n..two dots\r\n", text, StringComparison.Ordinal);
        Assert.StartsWith("Received: from swaks.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) with ESMTP id ", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task PythonSmtplib_RecipientsEightBitAndUtf8Addresses_Delivers()
    {
        const string Script = """
            import smtplib, sys
            host, port = sys.argv[1].rsplit(':', 1)
            def message(subject, body):
                return ('From: a@example.org\r\nSubject: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n'
                        'Content-Transfer-Encoding: 8bit\r\n\r\n%s\r\n' % (subject, body)).encode('utf-8')
            with smtplib.SMTP(host, int(port), local_hostname='python.test') as s:
                s.ehlo()
                assert s.has_extn('8bitmime') and s.has_extn('smtputf8') and s.has_extn('pipelining') and s.has_extn('size')
                refused = s.sendmail('a@example.org', ['one@example.net', 'two@example.net', 'three@example.net'], message('many', 'plain'))
                assert refused == {}, refused
                s.sendmail('a@example.org', 'eight@example.net', message('eight', 'Gr\u00fc\u00dfe'), mail_options=['BODY=8BITMIME'])
                s.sendmail('j\u00fcrgen@example.org', '\u30e6\u30fc\u30b6@example.net', message('J\u00fcrgen', 'Gr\u00fc\u00dfe'),
                           mail_options=['SMTPUTF8', 'BODY=8BITMIME'])
                try:
                    s.sendmail('a@example.org', 'x@example.net', b'Subject: a\0b\r\nFrom: a@example.org\r\n\r\nnul in header\r\n')
                    sys.exit('the malformed message was taken')
                except smtplib.SMTPDataError as e:
                    assert e.smtp_code == 550, e
                assert s.noop()[0] == 250
            """;
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        (await Tool.RunAsync("python3", ["-c", Script, gateway.Smtp.ToString()])).Good();

        await downstream.WaitForMessagesAsync(3, Ct);
        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(3, downstream.Messages.Count);
        ReceivedMessage many = downstream.Messages.Single(m => m.Recipients.Count == 3);
        Assert.Equal(["one@example.net", "two@example.net", "three@example.net"], many.Recipients);
        ReceivedMessage eight = downstream.Messages.Single(m => m.Recipients[0] == "eight@example.net");
        Assert.Contains("BODY=8BITMIME", eight.MailLine, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\nGr\u00fc\u00dfe\r\n", Encoding.UTF8.GetString(eight.Content), StringComparison.Ordinal);
        ReceivedMessage utf8 = downstream.Messages.Single(m => m.MailLine.Contains("SMTPUTF8", StringComparison.Ordinal));
        Assert.Contains("j\u00fcrgen@example.org", Utf8(utf8.MailLine), StringComparison.Ordinal);
        Assert.Contains("\u30e6\u30fc\u30b6@example.net", Utf8(utf8.RecipientLines[0]), StringComparison.Ordinal);
        Assert.Contains("with UTF8SMTP id", Encoding.UTF8.GetString(utf8.Content), StringComparison.Ordinal);
        Assert.Contains("\r\nSubject: J\u00fcrgen\r\n", Encoding.UTF8.GetString(utf8.Content), StringComparison.Ordinal);
    }

    private static string Utf8(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));
}
