using System.Globalization;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Postfix's load generator through the gateway; eng/smoke-postfix.sh does the same with 10,000 messages.</summary>
public sealed class PostfixLoadTests
{
    private const int Messages = 2000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory(Timeout = 240_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SmtpSource_TwentySessions_EachMessageArrivesOnce(bool reuse)
    {
        // Every message has a recipient of its own, so this sink can tell a message that came twice from two messages.
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        await SendAsync(gateway, reuse);

        await downstream.WaitForMessagesAsync(Messages, Ct);
        await gateway.WaitForEmptyQueueAsync();
        string[] recipients = [.. downstream.Messages.Select(m => Assert.Single(m.Recipients))];
        Assert.Equal(Messages, recipients.Length);
        Assert.Equal(Messages, recipients.Distinct(StringComparer.Ordinal).Count());
        Assert.DoesNotContain(gateway.Log, l => l.Contains("error: ", StringComparison.Ordinal) || l.Contains("fatal: ", StringComparison.Ordinal));
    }

    [Theory(Timeout = 240_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SmtpSource_IntoSmtpSink_AllCountsAgree(bool reuse)
    {
        // The sink's own count can see neither which message came nor twice which: the test above does that.
        await using SmtpSink sink = await SmtpSink.StartAsync();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(
            null, string.Create(CultureInfo.InvariantCulture, $"Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink.Port}"));
        await SendAsync(gateway, reuse);

        await gateway.WaitForEmptyQueueAsync();
        Assert.Equal(Messages, await gateway.MetricAsync("gateway_messages_received_total{result=\"accepted\"}"));
        Assert.Equal(Messages, await gateway.MetricAsync("gateway_messages_received_total"));
        Assert.Equal(Messages, await gateway.MetricAsync("gateway_delivery_attempts_total{result=\"Delivered\"}"));
        Assert.Equal(Messages, await gateway.MetricAsync("gateway_delivery_attempts_total"));
        Assert.Equal(Messages, await sink.StopAsync());
    }

    private static async Task SendAsync(GatewayUnderTest gateway, bool reuse)
    {
        string[] arguments =
        [
            "-s", "20", "-m", Messages.ToString(CultureInfo.InvariantCulture), "-l", "4096", "-N", "-f", Mail.Sender, "-t", "bob@example.net",
            .. reuse ? new[] { "-d" } : [], gateway.Smtp.ToString(),
        ];
        // It ends with 1 and a word at the first reply that is not what it wants.
        ToolResult result = (await Tool.RunAsync(Tool.Postfix("smtp-source"), arguments)).Good();
        Assert.Empty(result.Error);
    }
}
