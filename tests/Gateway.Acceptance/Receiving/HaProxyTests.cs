using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>HAProxy stands in front; the gateway sees who is behind it.</summary>
public sealed class HaProxyTests
{
    // Another address than the proxy's: all of 127.0.0.0/8 is this machine.
    private const string Client = "127.0.0.77";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("send-proxy", "optional")]
    [InlineData("send-proxy-v2", "optional")]
    [InlineData("send-proxy-v2 proxy-v2-options crc32c,unique-id", "optional")]
    [InlineData("send-proxy-v2", "implicit")]
    public async Task HaProxy_InFront_TheClientIsTheOneBehindIt(string header, string mode)
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await SecuredGateway.StartAsync(
            downstream, mode, "Listeners:0:ProxyNetworks:0=127.0.0.1", "Relay:AllowedNetworks:0=127.0.0.77", "Limits:ProxyHeaderTimeout=2s");
        await using HaProxy proxy = await HaProxy.StartAsync(
            gateway.Smtp, header, mode == "implicit" ? "" : "option smtpchk EHLO check.test");
        (await SendAsync(proxy, Client, mode)).Good();

        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.StartsWith($"Received: from swaks.test ([{Client}])\r\n\tby gateway.test (Gateway) with ESMTPS id ", downstream.Messages[0].Text, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            () => gateway.Log.Any(l => l.Contains($"disconnect from unknown[{Client}] ", StringComparison.Ordinal) && l.Contains("notes=via=[127.0.0.1]", StringComparison.Ordinal)),
            "the session is logged with its client and its proxy");

        // The proxy's checks are sessions of its own, or bare connections; neither is anything to report.
        await Eventually.TrueAsync(
            () => mode == "implicit" || gateway.Log.Any(l => l.Contains("disconnect from unknown[127.0.0.1] helo=<check.test>", StringComparison.Ordinal)), "a health check");
        Assert.DoesNotContain(gateway.Log, l => l.Contains("dropped connection", StringComparison.Ordinal));

        // A stranger behind it may not relay, though the proxy's address might.
        ToolResult stranger = await SendAsync(proxy, "127.0.0.78", mode);
        Assert.Contains("550 5.7.1 Relay access denied", stranger.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task HaProxy_Missing_ConnectionFromItsAddressIsDropped()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            downstream, "Listeners:0:ProxyNetworks:0=127.0.0.1", "Limits:ProxyHeaderTimeout=1s");
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(gateway.Smtp, Ct, TimeSpan.FromSeconds(60));
        Assert.Null(await client.ReadReplyAsync(Ct));
        await Eventually.TrueAsync(
            () => gateway.Log.Any(l => l.Contains("dropped connection from proxy [127.0.0.1]: the header did not come in time", StringComparison.Ordinal)), "a log line");
        Assert.Equal(1, await gateway.MetricAsync("gateway_sessions_rejected_total{reason=\"proxy_header\"}"));
    }

    private static Task<ToolResult> SendAsync(HaProxy proxy, string from, string mode) => Tool.RunAsync(
        "swaks",
        [
            "--server", "127.0.0.1", "--port", proxy.EndPoint.Port.ToString(CultureInfo.InvariantCulture), "--local-interface", from, "--helo", "swaks.test",
            "--from", Mail.Sender, "--to", "one@example.net", mode == "implicit" ? "--tls-on-connect" : "--tls",
        ]);
}
