using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Receiving;

/// <summary>Large messages pass unchanged, and memory stays bounded whatever their size.</summary>
public sealed class LargeMessageTests
{
    private const long Bound = 300L * 1024 * 1024;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Message_FortyMegabytes_PassesByteExactWithBoundedMemory()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        string content = WithAttachment("forty", 40_000_000);
        Assert.True(content.Length > 40_000_000);
        await Mail.AcceptedAsync(gateway.Smtp, content, "forty@example.net");
        await downstream.WaitForMessagesAsync(1, Ct);

        // Compared as hashes: a difference of 40 MB would not help anyone.
        Assert.Equal(Hash(content), Hash(Mail.WithoutTrace(downstream.Messages[0].Text)));
        long peak = gateway.PeakMemory();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {peak / 1048576} MB for one message of 40 MB"));
        Assert.InRange(peak, 1, Bound);
    }

    [Fact(Timeout = 240_000)]
    public async Task Messages_EightOfTwentyMegabytesAtOnce_PassWithBoundedMemory()
    {
        await using ScriptedSmtpServer downstream = new() { KeepTranscript = false };
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream);
        string[] contents = [.. Enumerable.Range(0, 8).Select(i => WithAttachment(string.Create(CultureInfo.InvariantCulture, $"twenty-{i}"), 20_000_000))];
        await Task.WhenAll(contents.Select((c, i) => Mail.AcceptedAsync(gateway.Smtp, c, string.Create(CultureInfo.InvariantCulture, $"{i}@example.net"))));
        await downstream.WaitForMessagesAsync(8, Ct);

        Assert.Equal(
            contents.Select(Hash).Order(StringComparer.Ordinal),
            downstream.Messages.Select(m => Hash(Mail.WithoutTrace(m.Text))).Order(StringComparer.Ordinal));
        long peak = gateway.PeakMemory();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {peak / 1048576} MB for eight messages of 20 MB"));
        Assert.InRange(peak, 1, Bound);
    }

    [Fact(Timeout = 120_000)]
    public async Task Message_BeyondTheLimit_IsRefusedAndTheSessionGoesOn()
    {
        await using ScriptedSmtpServer downstream = new();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(downstream, "Limits:MessageBytes=1MB");
        await using ScriptedSmtpClient client = await Mail.ConnectAsync(gateway.Smtp);
        Assert.StartsWith("552 5.3.4", await client.SayAsync($"MAIL FROM:<{Mail.Sender}> SIZE=2000000", Ct), StringComparison.Ordinal);
        Assert.StartsWith("552 5.3.4", await client.DeliverAsync(Mail.Sender, ["bob@example.net"], Mail.Clean("big", 1_500_000), Ct), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.DeliverAsync(Mail.Sender, ["bob@example.net"], Mail.Clean("small"), Ct), StringComparison.Ordinal);
        await downstream.WaitForMessagesAsync(1, Ct);
        Assert.Contains("Subject: small", Assert.Single(downstream.Messages).Text, StringComparison.Ordinal);
    }

    private static string WithAttachment(string id, int octets)
    {
        byte[] attachment = new byte[(octets / 78 + 1) * 57];
        new Random(id.GetHashCode(StringComparison.Ordinal)).NextBytes(attachment);
        StringBuilder text = new(Mail.Head(id), octets + 2000);
        text.Append("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"cut\"\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\nattached\r\n");
        text.Append("--cut\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        text.Append(Convert.ToBase64String(attachment, Base64FormattingOptions.InsertLineBreaks)).Append("\r\n--cut--\r\n");
        return text.ToString();
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(text)));
}
