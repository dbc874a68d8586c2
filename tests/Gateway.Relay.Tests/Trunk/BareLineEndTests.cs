using System.Net;
using Gateway.Mime;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>Clients that may send bare line ends: what arrives behind, and what never does.</summary>
public sealed class BareLineEndTests : IDisposable
{
    private const string Copier =
        "From: copier@here.test\nTo: b@there.test\nSubject: scan\nDate: Mon, 23 Nov 2026 05:00:00 +0000\nMessage-ID: <1@here.test>\n\n";

    private static readonly SmtpServerProfile Excepting = new() { HostName = "gate.test", BareLineEnds = [IPNetwork.Parse("127.0.0.1/32")] };

    private readonly LogLines _log = new();

    [Fact]
    public async Task Data_OfAnExceptedClient_ArrivesWithCrlfAndAFinding()
    {
        await using RelayRig rig = await RelayRig.StartAsync(Excepting, logs: _log);
        Assert.StartsWith("250", await SendAsync(rig, Copier + "page 1\n.dotted\n..two\rdone\r\n"), StringComparison.Ordinal);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);

        string text = rig.Downstream.Messages[0].Text;
        Assert.EndsWith(
            Copier.Replace("\n", "\r\n", StringComparison.Ordinal) + "page 1\r\ndotted\r\n.two\r\ndone\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?<!\r)\n|\r(?!\n)", text);
        string line = _log.All.Single(l => l.Contains(": client=", StringComparison.Ordinal));
        Assert.Contains("verdict=tag, rules=line-ends-normalized,", line, StringComparison.Ordinal);
        await RelayHouse.UntilAsync(() => _log.All.Any(l => l.EndsWith("notes=line_ends_normalized", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Data_OfAnExceptedClientThatIsClean_IsUntouched()
    {
        await using RelayRig rig = await RelayRig.StartAsync(Excepting, logs: _log);
        await SendAsync(rig, RelayHouse.Clean);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);
        Assert.Contains("verdict=allow, rules=none,", _log.All.Single(l => l.Contains(": client=", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_OfAnotherClient_IsRefused()
    {
        SmtpServerProfile others = Excepting with { BareLineEnds = [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("127.0.0.2/32")] };
        await using RelayRig rig = await RelayRig.StartAsync(others);
        Assert.StartsWith("550 5.6.11", await SendAsync(rig, Copier + "page 1\r\n"), StringComparison.Ordinal);
    }

    // Its line ends would be made real ones: no setting of the rule may let it pass.
    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n.\r\r\n")]
    public async Task Data_WithAForgedEnd_IsRefusedWhateverTheRuleIsSetTo(string forged)
    {
        await using RelayRig rig = await RelayRig.StartAsync(
            Excepting, profile => profile with { Rules = Policies.Of(RuleAction.Quarantine, "nonstandard-end-of-data") }, _log);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, "MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>", "DATA");
        await client.SendAsync(Copier + "x" + forged + "MAIL FROM:<evil@back.test>\r\nRCPT TO:<b@there.test>\r\nDATA\r\nsecond\r\n.\r\nNOOP\r\n", RelayRig.Stop);

        Assert.StartsWith("550 5.5.2", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        Assert.True(await client.IsClosedByServerAsync(RelayRig.Stop));
        Assert.Equal(0, rig.Relay.Delivery.Count);
        Assert.Empty(rig.Downstream.Messages);
        Assert.Contains(_log.All, l => l.Contains("reject: DATA", StringComparison.Ordinal) && l.Contains("rule=nonstandard-end-of-data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bdat_OfAnExceptedClient_IsRefusedAsEver()
    {
        await using RelayRig rig = await RelayRig.StartAsync(Excepting);
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, "MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>");
        await client.SendAsync($"BDAT {Copier.Length} LAST\r\n{Copier}", RelayRig.Stop);
        Assert.StartsWith("550 5.6.11", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
    }

    public void Dispose() => _log.Dispose();

    private static async Task<string?> SendAsync(RelayRig rig, string content)
    {
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(client, "MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>", "DATA");
        await client.SendAsync(content + ".\r\n", RelayRig.Stop);
        string? reply = await client.ReadReplyAsync(RelayRig.Stop);
        await client.SayAsync("QUIT", RelayRig.Stop);
        return reply;
    }
}
