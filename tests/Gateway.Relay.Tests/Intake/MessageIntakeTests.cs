using System.Text;
using Gateway.Mime;
using Gateway.Relay.Intake;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public class MessageIntakeTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task CommitAsync_CleanMessage_ArrivesByteForByteBehindOneTraceField()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await house.QueueAsync(RelayHouse.Clean);
        await house.Server.WaitForMessagesAsync(1, Ct);

        string text = house.Server.Messages[0].Text;
        Assert.EndsWith(RelayHouse.Clean, text, StringComparison.Ordinal);
        string trace = text[..^RelayHouse.Clean.Length];
        Assert.StartsWith("Received: from ? ([127.0.0.1])\r\n\tby gw.test (Gateway) with SMTP id " + id, trace, StringComparison.Ordinal);
        Assert.Equal(1, trace.Split("Received:").Length - 1);
        await house.EmptyAsync();
        Assert.Equal(1, house.Metrics["gateway.messages.received|accepted"]);
        Assert.Equal(1, house.Metrics["gateway.delivery.attempts|Delivered"]);
        Assert.Equal(0, house.Metrics["gateway.connections.active"]);
        Assert.Empty(house.Logs.Errors);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    [InlineData(int.MaxValue)]
    public async Task CommitAsync_LargeMessage_ArrivesByteForByteFromMemoryAndFromFile(int memory)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { MemoryBytes = memory });
        StringBuilder text = new(RelayHouse.Clean);
        for (int i = 0; i < 40_000; i++)
        {
            text.Append(i % 7 == 0 ? "." : string.Empty).Append("line of some text that is long enough\r\n");
        }

        // 1.5 MB does not fit into a segment of 1 MiB either: it goes through a file whatever the settings say.
        await house.QueueAsync(text.ToString());
        await house.Server.WaitForMessagesAsync(1, Ct);
        Assert.EndsWith(text.ToString(), house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommitAsync_RejectedMessage_Is550WithRuleAndIdAndLeavesNothing()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        SmtpReply reply = await house.SendAsync(RelayHouse.Refused);

        Assert.True(reply.IsPermanent);
        Assert.Contains("bare-lf", reply.Text, StringComparison.Ordinal);
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Equal(1, house.Metrics["gateway.messages.received|rejected"]);
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
    }

    [Theory]
    [InlineData("reject", "550")]
    [InlineData("quarantine", "250")]
    public async Task CommitAsync_LineOverTheBound_TouchesTheDiskOnlyWhereItIsNotRefused(string action, string code)
    {
        Assert.True(RuleSetting.TryParse(action, out RuleSetting setting, out _));
        Assert.True(RulePolicy.TryCreate([new("line-too-long", setting)], out RulePolicy rules, out _));
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Rules = rules, MemoryBytes = 2 * 1024 * 1024 });
        string text = RelayHouse.Clean + new string('x', 5 * 1024 * 1024) + "\r\n";
        if (code == "550")
        {
            house.Disk.CreateError = FailingDisk.NoSpace;
        }

        SmtpReply reply = await house.SendAsync(text);
        Assert.StartsWith(code, reply.ToString(), StringComparison.Ordinal);
        if (reply.IsPermanent)
        {
            Assert.Contains("rule line-too-long", reply.Text, StringComparison.Ordinal);
            Assert.Contains(house.Logs.All, l => l.Contains($"size={text.Length}", StringComparison.Ordinal));
        }
        else
        {
            Assert.Equal(text.Length, (await house.QuarantinedAsync(RelayHouse.IdIn(reply))).Size);
        }
    }

    [Fact]
    public async Task CommitAsync_HeldMessage_Is250AndInTheQuarantineAndNotDelivered()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await house.QueueAsync(RelayHouse.Malformed, "b@example.net", "c@example.net");

        QuarantineEntry entry = await house.QuarantinedAsync(id);
        Assert.Equal("missing-boundary", entry.WorstRule);
        Assert.Equal(["b@example.net", "c@example.net"], entry.Recipients);
        Assert.Equal(RelayHouse.Malformed.Length, entry.Size);
        Assert.NotEmpty(entry.Findings);
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Empty(house.Server.Messages);
        Assert.Equal(1, house.Metrics["gateway.messages.received|quarantined"]);
    }

    [Fact]
    public async Task CommitAsync_NullSender_RulesAreSoftenedForBounces()
    {
        const string unusedBoundary = "From: a@example.org\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=\"xyz\"\r\n\r\ncut off\r\n";
        await using RelayHouse house = await RelayHouse.OpenedAsync();

        MessageId held = RelayHouse.IdIn(await house.SendAsync(Encoding.ASCII.GetBytes(unusedBoundary), "a@example.org", "b@example.net"));
        RelayHouse.IdIn(await house.SendAsync(Encoding.ASCII.GetBytes(unusedBoundary), string.Empty, "b@example.net"));
        await house.Server.WaitForMessagesAsync(1, Ct);
        await house.QuarantinedAsync(held);
        Assert.Equal(string.Empty, Assert.Single(house.Server.Messages).Sender);
    }

    [Fact]
    public async Task RecipientAsync_StrangerOrNoRoute_IsRefusedAndNotKept()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Routes(null, RelayHouse.RouteTo("ours.test", house.Server));
        await using ISmtpReceiver session = house.Session("203.0.113.9");
        await session.MailAsync(Path("a@example.org"), default);

        Assert.Same(Replies.RelayDenied, await session.RecipientAsync(Path("b@example.net"), default));
        Assert.Same(RelayReplies.NoRoute, await session.RecipientAsync(Path("b@x.ours.test"), default));
        Assert.True((await session.RecipientAsync(Path("b@ours.test"), default)).IsSuccess);
        await session.BeginAsync();
        session.Append(Encoding.ASCII.GetBytes(RelayHouse.Clean));
        RelayHouse.IdIn(await session.CommitAsync(new DataEnd(0, -1), Ct));
        await house.Server.WaitForMessagesAsync(1, Ct);
        Assert.Equal(["b@ours.test"], house.Server.Messages[0].Recipients);
    }

    [Fact]
    public async Task Reset_BetweenTransactions_NothingIsLeftBehind()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { MemoryBytes = 100 });
        await using ISmtpReceiver session = house.Session();
        await session.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Refused), "evil@example.org", "first@example.net");
        session.Reset();
        await session.MailAsync(Path("gone@example.org"), new MailParameters(0, BodyType.EightBitMime, SmtpUtf8: true));
        await session.RecipientAsync(Path("dropped@example.net"), default);
        await session.BeginAsync();
        session.Append("half a message with \u00fc and a bare\nfeed"u8);
        session.Reset();
        session.Reset();
        RelayHouse.IdIn(await session.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), "good@example.org", "second@example.net"));

        await house.Server.WaitForMessagesAsync(1, Ct);
        ReceivedMessage got = house.Server.Messages[0];
        Assert.Equal("good@example.org", got.Sender);
        Assert.Equal(["second@example.net"], got.Recipients);
        Assert.DoesNotContain("SMTPUTF8", got.MailLine, StringComparison.Ordinal);
        Assert.EndsWith(RelayHouse.Clean, got.Text, StringComparison.Ordinal);
        Assert.Contains(" with SMTP id ", got.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FailingDisk.InputOutput, 451)]
    [InlineData(FailingDisk.NoSpace, 452)]
    public async Task CommitAsync_SpoolCannotWrite_IsTransientAndNothingIsKept(int errno, int code)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await using ISmtpReceiver open = house.Session();
        house.Disk.WriteError = errno;
        house.Disk.CreateError = errno;

        // The spool has a prepared segment to go on with, so one failure does not make it sick.
        for (int i = 0; i < 5 && house.Relay.UnavailableReason is null; i++)
        {
            Assert.Equal(code, (await open.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), "a@example.org")).Code);
            open.Reset();
            await Task.Delay(TimeSpan.FromMilliseconds(100), Ct);
        }

        Assert.NotNull(house.Relay.UnavailableReason);
        // The next MAIL of the session hears the same; a new connection is not let in, unless all it has to wait for is room.
        Assert.Equal(code, (await open.MailAsync(Path("a@example.org"), default)).Code);
        await using ISmtpReceiver late = house.Session();
        Assert.Equal(errno == FailingDisk.NoSpace ? null : 421, late.Greet()?.Code);
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.True(house.Metrics["gateway.messages.received|failed"] >= 1);

        house.Disk.WriteError = 0;
        house.Disk.CreateError = 0;
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        await house.QueueAsync();
        await house.Server.WaitForMessagesAsync(1, Ct);
    }

    [Fact]
    public async Task Append_FileCannotBeMade_IsAnsweredAtTheEndOfData()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { MemoryBytes = 100 });
        await using ISmtpReceiver session = house.Session();
        house.Disk.CreateError = FailingDisk.NoSpace;
        Assert.Equal(452, (await session.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), "a@example.org")).Code);
        session.Reset();
        house.Disk.CreateError = 0;
        RelayHouse.IdIn(await session.SayAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), "a@example.org"));
    }

    [Fact]
    public async Task Create_ConnectionRefusedByTheLimit_CountsNoConnectionTwice()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        // Closed is the only call such a connection gets.
        await using ISmtpReceiver session = house.Session();
        Assert.Equal(1, house.Metrics["gateway.connections.active"]);
        session.Closed(default);
        Assert.Equal(0, house.Metrics["gateway.connections.active"]);
    }

    private static MailPath Path(string address)
    {
        Assert.True(MailPath.TryParse(address, out MailPath path));
        return path;
    }
}
