using Gateway.Relay.Blocks;
using Gateway.Relay.Quarantine;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>What an administrator stops is stopped at the first word that tells it, over the wire.</summary>
public sealed class BlockTests
{
    private const string Spam = "From: a@back.test\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: =?utf-8?q?buy_our_pills?=\r\nX-Mailer: Bulk\r\n Sender 9\r\n\r\nhello\r\n";

    [Theory]
    [InlineData(BlockAction.Reject, "554 5.7.1 ")]
    [InlineData(BlockAction.Defer, "421 4.7.1 ")]
    public async Task Client_IsStoppedInPlaceOfTheGreeting_AndInASessionAtItsNextMail(BlockAction action, string greeting)
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        await using ScriptedSmtpClient open = await rig.GreetAsync();
        Block block = Add(rig, BlockKind.Client, "127.0.0.1", action);
        Assert.StartsWith(action == BlockAction.Reject ? "550 5.7.1 " : "450 4.7.1 ", await open.SayAsync("MAIL FROM:<a@back.test>", RelayRig.Stop), StringComparison.Ordinal);

        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(rig.EndPoint, RelayRig.Stop);
        string? said = await client.ReadReplyAsync(RelayRig.Stop);
        Assert.StartsWith(greeting, said, StringComparison.Ordinal);
        Assert.Contains($"block {block.Id}", said ?? string.Empty, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(rig.Relay.Blocks.List()).Hits);

        rig.Relay.Blocks.Remove(block.Id, "ada", "over");
        Assert.StartsWith("250", await open.SayAsync("MAIL FROM:<a@back.test>", RelayRig.Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BlockKind.Sender, "back.test", "MAIL")]
    [InlineData(BlockKind.Recipient, "b@there.test", "RCPT")]
    [InlineData(BlockKind.Header, "subject: BUY our pills", "DATA")]
    [InlineData(BlockKind.Header, "X-Mailer: bulk sender", "DATA")]
    public async Task Mail_IsRefusedDeferredOrQuarantined(BlockKind kind, string value, string command)
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        foreach ((BlockAction action, string reply) in new[] { (BlockAction.Reject, "550 5.7.1 "), (BlockAction.Defer, "450 4.7.1 ") })
        {
            Block block = Add(rig, kind, value, action);
            (string last, string? said) = await TryAsync(rig);
            Assert.Equal(command, last);
            Assert.StartsWith(reply, said, StringComparison.Ordinal);
            rig.Relay.Blocks.Remove(block.Id, "ada", "over");
        }

        Add(rig, kind, value, BlockAction.Quarantine);
        string taken = (await TryAsync(rig)).Said ?? string.Empty;
        Assert.StartsWith("250", taken, StringComparison.Ordinal);
        string id = taken[(taken.LastIndexOf(' ') + 1)..];
        QuarantineEntry? entry;
        while ((entry = await rig.Relay.Quarantine.Store.FindAsync(id, RelayRig.Stop)) is null)
        {
            await Task.Yield();
        }

        Assert.Equal(("blocked", "blocked"), (entry!.WorstRule, entry.Findings[0].Rule));
        Assert.Contains("by ada: secret", entry.Findings[0].Detail, StringComparison.Ordinal);
        Assert.Empty(rig.Downstream.Messages);
        Assert.Equal(1, Assert.Single(rig.Relay.Blocks.List()).Hits);
    }

    [Fact]
    public async Task Mail_OfOthers_Passes()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        Add(rig, BlockKind.Client, "192.0.2.0/24", BlockAction.Reject);
        Add(rig, BlockKind.Sender, "<>", BlockAction.Reject);
        Add(rig, BlockKind.Recipient, "*.there.test", BlockAction.Reject);
        Add(rig, BlockKind.Header, "Subject: watches", BlockAction.Reject);
        Add(rig, BlockKind.Fingerprint, "0123456789abcdef", BlockAction.Reject);
        Assert.StartsWith("250", (await TryAsync(rig)).Said, StringComparison.Ordinal);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);
    }

    [Fact]
    public async Task Drain_AnswersGreetingAndMailWith421_AndFinishesWhatWasBegun()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        await using ScriptedSmtpClient begun = await rig.GreetAsync();
        await using ScriptedSmtpClient idle = await rig.GreetAsync();
        await RelayRig.SayAllAsync(begun, "MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>", "DATA");
        Assert.True(rig.Relay.Drain.Set(true, "ada", "new kernel"));
        Assert.Contains("new kernel", rig.Relay.UnavailableReason ?? string.Empty, StringComparison.Ordinal);

        await begun.SendAsync(Spam + ".\r\n", RelayRig.Stop);
        Assert.StartsWith("250", await begun.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await idle.SayAsync("MAIL FROM:<a@back.test>", RelayRig.Stop), StringComparison.Ordinal);
        Assert.True(await idle.IsClosedByServerAsync(RelayRig.Stop));
        await using ScriptedSmtpClient late = await ScriptedSmtpClient.ConnectAsync(rig.EndPoint, RelayRig.Stop);
        Assert.StartsWith("421 4.3.2", await late.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.True(rig.Relay.Drain.Set(false, "ada", string.Empty));
        Assert.Null(rig.Relay.UnavailableReason);
        await using ScriptedSmtpClient again = await rig.GreetAsync();
    }

    private static Block Add(RelayRig rig, BlockKind kind, string value, BlockAction action)
    {
        (Block? block, string problem) = rig.Relay.Blocks.Add(kind, value, action, null, "secret", "ada");
        Assert.True(block is not null, problem);
        return block!;
    }

    private static async Task<(string Last, string? Said)> TryAsync(RelayRig rig)
    {
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        string? said = null;
        foreach (string line in (string[])["MAIL FROM:<a@back.test>", "RCPT TO:<b@there.test>", "DATA"])
        {
            said = await client.SayAsync(line, RelayRig.Stop);
            if (said is not ['2' or '3', ..])
            {
                return (line[..4], said);
            }
        }

        await client.SendAsync(Spam + ".\r\n", RelayRig.Stop);
        return ("DATA", await client.ReadReplyAsync(RelayRig.Stop));
    }
}
