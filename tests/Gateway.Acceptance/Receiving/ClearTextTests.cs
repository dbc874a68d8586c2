using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>What is said in clear, or slipped in before the encryption, counts for nothing under it.</summary>
public sealed class ClearTextTests
{
    // joe and the password, as AUTH PLAIN.
    private const string Credentials = "AGpvZQBzZXNhbWUgc3RyZWV0IDc=";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("EHLO evil.test\r\n")]
    [InlineData("EHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\nRCPT TO:<one@example.net>\r\nDATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n")]
    [InlineData("MAIL FROM:<evil@")]
    [InlineData("AUTH PLAIN " + Credentials + "\r\n")]
    [InlineData("RSET\r\n")]
    [InlineData("\r\n")]
    [InlineData("X")]
    public async Task Starttls_CommandsInTheSamePacket_HaveNoEffect(string injected)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional");
        await using (ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp))
        {
            await client.SendAsync("STARTTLS\r\n" + injected, Ct);
            Assert.Equal("554 5.5.1 Error: SMTP protocol synchronization", await client.ReadReplyAsync(Ct));
            Assert.Null(await client.ReadReplyAsync(Ct));
        }

        await NothingCameOfItAsync(gateway, downstream);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("EHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\n")]
    [InlineData("RSET\r\n")]
    public async Task Starttls_CommandsInTheNextPacketInClear_FailTheHandshake(string injected)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional");
        await using (ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp))
        {
            Assert.Equal("220 2.0.0 Ready to start TLS", await client.SayAsync("STARTTLS", Ct));
            await client.SendAsync(injected, Ct);
            // An alert of TLS or nothing, but no reply of SMTP, and no session under the encryption of the one who comes late.
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await client.SecureAsync("gateway.test", Ct);
            });
        }

        await NothingCameOfItAsync(gateway, downstream);
    }

    [Fact(Timeout = 120_000)]
    public async Task Starttls_TransactionBegunInClear_IsForgotten()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, "optional");
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        Assert.Equal("250 2.1.0 Ok", await client.SayAsync("MAIL FROM:<evil@evil.test>", Ct));
        Assert.Equal("250 2.1.5 Ok", await client.SayAsync("RCPT TO:<evil@example.net>", Ct));
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.SayAsync("STARTTLS", Ct));
        await client.SecureAsync("gateway.test", Ct);
        Assert.StartsWith("503 ", await client.SayAsync("DATA", Ct), StringComparison.Ordinal);
        Assert.StartsWith("503 ", await client.SayAsync("MAIL FROM:<alice@example.org>", Ct), StringComparison.Ordinal);
        Assert.StartsWith("250-gateway.test\n", await client.SayAsync("EHLO client.test", Ct), StringComparison.Ordinal);
        Assert.StartsWith(
            "250 2.0.0 Ok: queued as ", await client.DeliverAsync(Mail.Sender, ["one@example.net"], Mail.Clean("good"), Ct), StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Equal(["one@example.net"], Assert.Single(downstream.Messages).Recipients);
        Assert.Contains("with ESMTPS id ", downstream.Messages[0].Text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("optional", "538 5.7.11 Encryption required for authentication")]
    [InlineData("required", "530 5.7.0 Must issue a STARTTLS command first")]
    public async Task Auth_InClear_IsNeitherOfferedNorTaken(string mode, string refusal)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(downstream, mode, "Relay:AllowedNetworks:0=192.0.2.0/24");
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway.Smtp, Ct, TimeSpan.FromSeconds(60));
        await client.ReadReplyAsync(Ct);
        string offers = await client.SayAsync("EHLO client.test", Ct) ?? string.Empty;
        Assert.Contains("250-STARTTLS", offers, StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH", offers, StringComparison.Ordinal);
        foreach (string mechanism in (string[])["PLAIN " + Credentials, "PLAIN", "LOGIN", "SCRAM-SHA-256"])
        {
            Assert.Equal(refusal, await client.SayAsync("AUTH " + mechanism, Ct));
        }

        await client.SayAsync("MAIL FROM:<alice@example.org>", Ct);
        Assert.StartsWith("5", await client.SayAsync("RCPT TO:<victim@example.net>", Ct), StringComparison.Ordinal);

        // The very same credentials under TLS.
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.SayAsync("STARTTLS", Ct));
        await client.SecureAsync("gateway.test", Ct);
        Assert.Contains("\n250-AUTH SCRAM-SHA-256 PLAIN LOGIN\n", await client.SayAsync("EHLO client.test", Ct), StringComparison.Ordinal);
        Assert.StartsWith("235 ", await client.SayAsync("AUTH PLAIN " + Credentials, Ct), StringComparison.Ordinal);
    }

    private static async Task NothingCameOfItAsync(GatewayUnderTest gateway, ScriptedSmtpServer downstream)
    {
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains(" disconnect from unknown[127.0.0.1] ", StringComparison.Ordinal)), "the session is over");
        string log = Assert.Single(gateway.Log, l => l.Contains(" disconnect from unknown[127.0.0.1] ", StringComparison.Ordinal));
        Assert.Contains(" helo=<client.test> ", log, StringComparison.Ordinal);
        Assert.Contains(" messages=0 ", log, StringComparison.Ordinal);
        Assert.DoesNotContain(" mail=", log, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Log, l => l.Contains("authenticated", StringComparison.Ordinal));
        Assert.Equal(0, await gateway.StatusAsync("active") + await gateway.StatusAsync("deferred"));
        Assert.Empty(downstream.Messages);
    }
}
