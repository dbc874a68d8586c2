using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Delivery;

/// <summary>Encryption, authentication and XFORWARD towards real hosts: Postfix's smtpd, and a second gateway.</summary>
public sealed class RouteSecurityTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 180_000)]
    public async Task Postfix_VerifiedWithXforward_SeesTheClientUnderTls()
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        await using GatewayUnderTest gateway = new(null, RouteTo(postfix, "verified", "Tls:Name=receiver.test"));
        gateway.Set("Relay:DefaultRoute:ForwardClient=xforward");
        TestCertificate.Write(gateway["own.crt"], gateway["own.key"], "gateway.test");
        gateway.Set($"Relay:DefaultRoute:Tls:CertificateFile={gateway["own.crt"]}");
        gateway.Set($"Relay:DefaultRoute:Tls:KeyFile={gateway["own.key"]}");
        await gateway.StartAsync();
        string first = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("one"), "one@example.net");
        string second = await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("two", 200_000), "two@example.net");
        await gateway.WaitForEmptyQueueAsync();

        await postfix.WaitForLogAsync($"orig_queue_id={second}, orig_client=unknown[127.0.0.1]");
        Assert.Contains($"orig_queue_id={first}, orig_client=unknown[127.0.0.1]", postfix.Log, StringComparison.Ordinal);
        // Untrusted is what Postfix calls a certificate without a root of its own: it has seen ours.
        Assert.Contains("Untrusted TLS connection established from localhost[127.0.0.1]: TLSv1.3", postfix.Log, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => postfix.Log.Split("status=sent").Length == 3, "both got there");
        Assert.Contains(gateway.Log, l => l.Contains(": TLS connection established to 127.0.0.1[127.0.0.1]:", StringComparison.Ordinal) && l.EndsWith(" verified", StringComparison.Ordinal));
        ToolResult routes = (await gateway.CommandAsync("route", "list")).Good();
        Assert.Contains("verified certificate xforward", routes.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task Postfix_CertificateIsForAnotherName_NothingIsSent()
    {
        await using PostfixReceiver postfix = await PostfixReceiver.StartAsync();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(null, RouteTo(postfix, "verified", "Tls:Name=other.test"));
        await Mail.AcceptedAsync(gateway.Smtp, Mail.Clean("one"), "one@example.net");
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("the host's certificate is for another name", StringComparison.Ordinal)), "the log says why");
        // Written behind the decision, so after what is said of the host.
        await Eventually.TrueAsync(() => gateway.Log.Any(l => l.Contains("status=deferred", StringComparison.Ordinal)), "the mail is deferred");
        Assert.DoesNotContain("from=<", postfix.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = 180_000)]
    public async Task Gateway_AuthAndRequireTls_GoOnToTheNextGateway()
    {
        await using ScriptedSmtpServer sink = new();
        // It lets in who authenticates, nobody else.
        await using GatewayUnderTest second = await SecuredGateway.StartAsync(sink, "required", "Relay:AllowedNetworks=192.0.2.0/24");
        await using GatewayUnderTest first = await SecuredGateway.StartAsync(
            sink, "optional", $"Relay:DefaultRoute:Hosts:0={second.Smtp}", "Relay:DefaultRoute:Tls:Mode=verified", "Relay:DefaultRoute:Tls:Name=gateway.test",
            $"Relay:DefaultRoute:Tls:CaFile={second["tls.crt"]}", "Relay:DefaultRoute:Auth:User=joe", $"Relay:DefaultRoute:Auth:PasswordFile={second["password"]}");
        await File.WriteAllTextAsync(second["password"], SecuredGateway.Password + "\n", Ct);
        await Mail.AcceptedAsync(first.Smtp, Mail.Clean("one"), "one@example.net");
        await sink.WaitForMessagesAsync(1, Ct);
        Assert.Contains("with ESMTPSA", Assert.Single(sink.Messages).Text, StringComparison.Ordinal);

        await using ScriptedSmtpClient client = await Mail.ConnectAsync(first.Smtp);
        Assert.StartsWith("220 ", await client.SayAsync("STARTTLS", Ct), StringComparison.Ordinal);
        await client.SecureAsync("gateway.test", Ct);
        await client.SayAsync("EHLO client.test", Ct);
        Assert.StartsWith("250 ", await client.SayAsync("MAIL FROM:<> REQUIRETLS", Ct), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SayAsync("RCPT TO:<two@example.net>", Ct), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.SayAsync("DATA", Ct), StringComparison.Ordinal);
        await client.SendAsync(Mail.Clean("two").Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".\r\n", Ct);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(Ct), StringComparison.Ordinal);
        await first.WaitForEmptyQueueAsync();
        // The second one has no TLS behind it: there it ends, but it got there.
        await Eventually.TrueAsync(() => second.Log.Any(l => l.Contains("dsn=5.7.30, status=bounced", StringComparison.Ordinal)), "the second gateway had it");
        Assert.Contains(first.Log, l => l.Contains("to=<two@example.net>", StringComparison.Ordinal) && l.Contains("status=sent", StringComparison.Ordinal));
        Assert.DoesNotContain(string.Join('\n', first.Log.Concat(second.Log)), SecuredGateway.Password, StringComparison.Ordinal);
    }

    private static string[] RouteTo(PostfixReceiver postfix, string mode, string setting) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"Relay:DefaultRoute:Hosts:0=127.0.0.1:{postfix.Port}"), $"Relay:DefaultRoute:Tls:Mode={mode}",
        $"Relay:DefaultRoute:Tls:CaFile={postfix.CertificateFile}", $"Relay:DefaultRoute:{setting}",
    ];
}
