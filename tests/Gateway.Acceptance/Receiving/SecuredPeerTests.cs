using System.Globalization;
using System.Text;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Clients that people really use encrypt, authenticate and send through the gateway.</summary>
public sealed class SecuredPeerTests
{
    // From nowhere near: only who authenticates may relay.
    private const string NobodyAllowed = "Relay:AllowedNetworks:0=192.0.2.0/24";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("optional", "PLAIN")]
    [InlineData("required", "LOGIN")]
    [InlineData("implicit", "PLAIN")]
    public async Task Swaks_TlsAndAuth_MayRelay(string mode, string mechanism)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode, NobodyAllowed);
        ToolResult said = (await SwaksAsync(gateway, mode, ["--auth", mechanism, "--auth-user", "joe", "--auth-password", SecuredGateway.Password])).Good();
        Assert.Contains("235 2.7.0 Authentication successful", said.Output, StringComparison.Ordinal);

        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Contains("with ESMTPSA id ", downstream.Messages[0].Text, StringComparison.Ordinal);
        Assert.Contains("(version=TLS1_3 cipher=TLS_", downstream.Messages[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Log, l => l.Contains(SecuredGateway.Password, StringComparison.Ordinal));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("required")]
    [InlineData("implicit")]
    public async Task Swaks_ListenerThatRequiresAuth_SendsWithAPasswordOnly(string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode, "Listeners:0:Auth=required");
        ToolResult refused = await SwaksAsync(gateway, mode, []);
        Assert.Contains("530 5.7.0 Authentication required", refused.Output, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => gateway.Log.Any(static l => l.Contains("notes=auth_required", StringComparison.Ordinal)), "the session is over");

        (await SwaksAsync(gateway, mode, ["--auth", "PLAIN", "--auth-user", "joe", "--auth-password", SecuredGateway.Password])).Good();
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Contains("with ESMTPSA id ", Assert.Single(downstream.Messages).Text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("optional")]
    [InlineData("implicit")]
    public async Task Swaks_Pipelining_WholeEnvelopeInOneGo(string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode);
        ToolResult said = (await SwaksAsync(gateway, mode, ["--pipeline", "--to", "one@example.net,two@example.net,three@example.net"])).Good();
        // Everything up to DATA is sent before the first reply is read.
        Assert.Contains(
            """
             ~> MAIL FROM:<alice@example.org>
             ~> RCPT TO:<one@example.net>
             ~> RCPT TO:<two@example.net>
             ~> RCPT TO:<three@example.net>
             ~> DATA
            <~  250 2.1.0 Ok
            <~  250 2.1.5 Ok
            <~  250 2.1.5 Ok
            <~  250 2.1.5 Ok
            <~  354 
            """,
            said.Output, StringComparison.Ordinal);

        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal(["one@example.net", "two@example.net", "three@example.net"], Assert.Single(downstream.Messages).Recipients);
    }

    [Fact(Timeout = 120_000)]
    public async Task Swaks_WrongPasswordOrNone_MayNotRelay()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional", NobodyAllowed);
        ToolResult wrong = await SwaksAsync(gateway, "optional", ["--auth", "PLAIN", "--auth-user", "joe", "--auth-password", "no"]);
        Assert.Contains("535 5.7.8 ", wrong.Output, StringComparison.Ordinal);
        ToolResult none = await SwaksAsync(gateway, "optional", []);
        Assert.Contains("550 5.7.1 Relay access denied", none.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.NotEqual(0, none.ExitCode);
        Assert.Empty(downstream.Messages);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("optional")]
    [InlineData("implicit")]
    public async Task MailKit_ScramAndBinaryMimeByBdat_ArrivesOctetForOctet(string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Capabilities = [.. downstream.Capabilities, "CHUNKING", "BINARYMIME"];
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode, NobodyAllowed);
        byte[] octets = new byte[300_000];
        new Random(3).NextBytes(octets);
        // Bare CR and LF are refused even here (docs/operations.md); NUL is what makes it binary.
        for (int i = 0; i < octets.Length; i++)
        {
            octets[i] = i % 900 == 898 ? (byte)'\r' : i % 900 == 899 ? (byte)'\n' : octets[i] is (byte)'\r' or (byte)'\n' ? (byte)0 : octets[i];
        }

        using MimeMessage binary = Message("binary", new MimePart("application", "octet-stream")
        {
            Content = new MimeContent(new MemoryStream(octets)),
            ContentTransferEncoding = ContentEncoding.Binary,
        });
        using MimeMessage text = Message("text", new TextPart("plain") { Text = "Gr\u00fc\u00dfe\r\n.\r\n", ContentTransferEncoding = ContentEncoding.EightBit });
        string said = await MailKitAsync(gateway, mode, binary, text);

        Assert.Contains("AUTH SCRAM-SHA-256", said, StringComparison.Ordinal);
        Assert.Contains("BODY=BINARYMIME", said, StringComparison.Ordinal);
        Assert.Contains("C: BDAT ", said, StringComparison.Ordinal);
        // MailKit chunks what must be chunked only: the text goes by DATA.
        Assert.Equal(1, said.Split("C: BDAT ").Length - 1);
        Assert.Equal(1, said.Split("C: DATA\r\n").Length - 1);
        await downstream.WaitForMessagesAsync(2, Ct);
        ReceivedMessage first = downstream.Messages.Single(m => m.Text.Contains("Subject: binary", StringComparison.Ordinal));
        Assert.Contains("BODY=BINARYMIME", first.MailLine, StringComparison.Ordinal);
        Assert.True(first.Content.AsSpan().IndexOf(octets) > 0, "the binary part is there octet for octet");
        Assert.All(downstream.Messages, m => Assert.Contains("with ESMTPSA id ", m.Text, StringComparison.Ordinal));
        Assert.Contains(gateway.Log, l => l.Contains("authenticated client=unknown[127.0.0.1], sasl_method=SCRAM-SHA-256, sasl_username=<joe>", StringComparison.Ordinal));
    }

    [Fact(Timeout = 120_000)]
    public async Task MailKit_RequireTls_IsNeverSentOnInClear()
    {
        await using ScriptedSmtpServer downstream = new();
        downstream.Capabilities = [.. downstream.Capabilities, "REQUIRETLS"];
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional", NobodyAllowed);
        using MimeMessage message = Message("secret", new TextPart("plain") { Text = "for few eyes\r\n" });
        string said = await MailKitAsync(gateway, "optional", requireTls: true, message);
        Assert.Contains(" REQUIRETLS\r\n", said, StringComparison.Ordinal);

        await downstream.WaitForMessagesAsync(1, Ct);
        await gateway.WaitForEmptyQueueAsync();
        ReceivedMessage notice = Assert.Single(downstream.Messages);
        Assert.Equal(["postmaster@example.org"], notice.Recipients);
        Assert.DoesNotContain("secret", notice.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("few eyes", notice.Text, StringComparison.Ordinal);
        Assert.Contains(gateway.Log, l => l.Contains("dsn=5.7.30, status=bounced", StringComparison.Ordinal));
    }

    private static Task<ToolResult> SwaksAsync(GatewayUnderTest gateway, string mode, IEnumerable<string> arguments) => Tool.RunAsync(
        "swaks",
        [
            "--server", "127.0.0.1", "--port", gateway.Smtp.Port.ToString(CultureInfo.InvariantCulture), "--helo", "swaks.test", "--from", Mail.Sender,
            "--to", "one@example.net", mode == "implicit" ? "--tls-on-connect" : "--tls", .. arguments,
        ]);

    private static MimeMessage Message(string subject, MimeEntity body)
    {
        MimeMessage message = new() { Subject = subject, Body = body };
        message.From.Add(new MailboxAddress("Alice", Mail.Sender));
        message.To.Add(new MailboxAddress("Bob", "bob@example.net"));
        return message;
    }

    private static Task<string> MailKitAsync(GatewayUnderTest gateway, string mode, params MimeMessage[] messages) => MailKitAsync(gateway, mode, requireTls: false, messages);

    private static async Task<string> MailKitAsync(GatewayUnderTest gateway, string mode, bool requireTls, params MimeMessage[] messages)
    {
        using MemoryStream log = new();
        using (SmtpClient client = new(new ProtocolLogger(log, leaveOpen: true)) { LocalDomain = "mailkit.test", RequireTLS = requireTls })
        {
            client.ServerCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=gateway.test";
            client.CheckCertificateRevocation = false;
            await client.ConnectAsync(
                "127.0.0.1", gateway.Smtp.Port, mode == "implicit" ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, Ct);
            await client.AuthenticateAsync(new SaslMechanismScramSha256("joe", SecuredGateway.Password), Ct);
            foreach (MimeMessage message in messages)
            {
                Assert.StartsWith("2.0.0 Ok: queued as ", await client.SendAsync(message, Ct), StringComparison.Ordinal);
            }

            await client.DisconnectAsync(quit: true, Ct);
        }

        return Encoding.Latin1.GetString(log.ToArray());
    }
}
