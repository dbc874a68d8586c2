using System.Text;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>What comes by BDAT leaves with the same octets, or comes back with the reason.</summary>
public sealed class ChunkingTests
{
    private const string Header =
        "From: a@back.test\r\nTo: b@there.test\r\nSubject: ask\r\nDate: Mon, 23 Nov 2026 05:00:00 +0000\r\nMessage-ID: <1@back.test>\r\n"
        + "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n";

    private static readonly string[] Full = ["PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME"];

    [Fact]
    public async Task Bdat_WithoutFinalCrlf_IsForwardedExactly()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.Capabilities = ["PIPELINING", "CHUNKING"];

        Assert.StartsWith("250", await SendAsync(rig, "", Header + ".\r\n.no end"), StringComparison.Ordinal);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.EndsWith("\r\n" + Header + ".\r\n.no end", rig.Downstream.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binarymime_WithNul_GoesToAHostThatTakesIt()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.Capabilities = Full;

        Assert.StartsWith("250", await SendAsync(rig, "BODY=BINARYMIME", Header + "\0\x01\xFF\0"), StringComparison.Ordinal);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.EndsWith(Header + "\0\x01\xFF\0", rig.Downstream.Messages[0].Text, StringComparison.Ordinal);
        Assert.EndsWith("BODY=BINARYMIME", rig.Downstream.Messages[0].MailLine, StringComparison.Ordinal);
        Assert.Equal(0, rig.Relay.Delivery.Totals().Deferred);
    }

    [Fact]
    public async Task Binarymime_ToAHostThatLacksIt_Bounces563()
    {
        await using RelayRig rig = await RelayRig.StartAsync();

        Assert.StartsWith("250", await SendAsync(rig, "BODY=BINARYMIME RET=FULL", Header + "\0"), StringComparison.Ordinal);
        await rig.Senders.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.Empty(rig.Downstream.Messages);
        Assert.Contains("Action: failed\r\nStatus: 5.6.3\r\n", rig.Senders.Messages[0].Text, StringComparison.Ordinal);
        Assert.Contains("text/rfc822-headers", rig.Senders.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binarymime_ThatNeedsNone_GoesToAnyHost()
    {
        await using RelayRig rig = await RelayRig.StartAsync();

        await SendAsync(rig, "BODY=BINARYMIME", Header + "plain lines\r\n");
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.EndsWith(Header + "plain lines\r\n", rig.Downstream.Messages[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "bare\nlf\r\n", "550 5.6.11")]
    [InlineData("", "bare\rcr\r\n", "550 5.6.11")]
    [InlineData("BODY=BINARYMIME", "bare\nlf\r\n", "550 5.6.11")]
    [InlineData("BODY=BINARYMIME", "a\n.\nb\r\n", "550 5.5.2")]
    public async Task Bdat_BareLineEnds_AreFindingsAsInData(string mail, string body, string reply)
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        Assert.StartsWith(reply, await SendAsync(rig, mail, Header + body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bdat_NulWithoutBinarymime_IsHeld()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        Assert.StartsWith("250", await SendAsync(rig, "", Header + "\0\r\n"), StringComparison.Ordinal);
        while ((await rig.Relay.Quarantine.Store.TotalsAsync(RelayRig.Stop)).Items.Count == 0)
        {
            await Task.Delay(5, RelayRig.Stop);
        }

        Assert.Empty(rig.Downstream.Messages);
    }

    private static async Task<string?> SendAsync(RelayRig rig, string mail, string content)
    {
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, $"MAIL FROM:<a@back.test> {mail}", "RCPT TO:<b@there.test>");
        byte[] octets = Encoding.Latin1.GetBytes(content);
        int half = octets.Length / 2;
        await client.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"BDAT {half}\r\n"), .. octets[..half], .. Encoding.ASCII.GetBytes($"BDAT {octets.Length - half} LAST\r\n"), .. octets[half..]], RelayRig.Stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        return await client.ReadReplyAsync(RelayRig.Stop);
    }
}
