using System.Text;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

/// <summary>What flows through: octets exactly, replies in order, memory bounded.</summary>
public class SessionFlowTests
{
    private static readonly string[] Pieces =
    [
        "\r\n", "\r\n.", "\r\n..", "\r\n.\r\n", "\r\n\r\n", "word", "a.b", ".x", "\n ", "\r ", "\0", "\u00ff\u00fe", new string('l', 1500), "From x", " ",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_AnyContentAnySplit_ArrivesExactly()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        for (int seed = 0; seed < 60; seed++)
        {
            Random random = new(seed);
            await using ScriptedSmtpClient client = await host.GreetAsync();
            List<string> contents = [];
            StringBuilder wire = new();
            for (int message = 0; message < 4; message++)
            {
                string content = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => Pieces[random.Next(Pieces.Length)])) + "x\r\n";
                contents.Add(content);
                wire.Append(("\r\n" + content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal).AsSpan(2)).Append(".\r\n");
                if (message == 0)
                {
                    await client.SendAsync(Commands(seed, message), Stop);
                }

                for (int i = 0; i < 3; i++)
                {
                    await client.ReadReplyAsync(Stop);
                }

                // Everything up to the next DATA may be sent at once (RFC 2920); after it the client waits for 354.
                string next = message == 3 ? "QUIT\r\n" : Commands(seed, message + 1);
                byte[] octets = Encoding.Latin1.GetBytes(wire + next);
                IEnumerable<int> cuts = Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(octets.Length)).Order();
                await client.SendSplitAsync(octets, cuts, TimeSpan.FromMilliseconds(random.Next(2)), Stop);
                Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
                wire.Clear();
            }

            Assert.StartsWith("221", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
            Received[] got = [.. host.Receivers.Messages.TakeLast(4)];
            Assert.Equal(contents, got.Select(m => m.Text));
            Assert.Equal(Enumerable.Range(0, 4).Select(i => $"m{seed}.{i}@a.test"), got.Select(m => m.Sender));
            Assert.All(got, m => Assert.Equal(m.Octets.Length, m.End.Length));
        }
    }

    [Fact]
    public async Task Noop_TenThousandPipelinedUnread_AreAllAnswered()
    {
        const int Count = 10_000;
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { JunkCommands = int.MaxValue }, writeBuffer: 8 * 1024);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        Task sent = client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", Count)) + "RSET\r\nQUIT\r\n", Stop);
        await Task.Delay(TimeSpan.FromMilliseconds(200), Stop);
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal("250 2.0.0 Ok", await client.ReadReplyAsync(Stop));
        }

        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        await sent;
        Assert.Equal(Count + 3, (await host.Receivers.NextEndAsync(Stop)).Commands);
    }

    [Fact]
    public async Task Message_50MegabytesWhileTheReceiverWaits_IsHeldBackAtTheClient()
    {
        const int Block = 64 * 1024;
        const int Blocks = 800;
        TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long appended = 0;
        RecordingReceivers receivers = new()
        {
            KeepsOctets = false,
            OnAppend = count => Interlocked.Add(ref appended, count),
            OnDrain = _ => new(open.Task),
        };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers, new SessionLimits { MessageBytes = 60_000_000 });
        await using ScriptedSmtpClient client = await host.InDataAsync();
        byte[] block = new byte[Block];
        block.AsSpan().Fill((byte)'x');
        for (int i = 998; i < Block; i += 1000)
        {
            "\r\n"u8.CopyTo(block.AsSpan(i));
        }

        long sent = 0;
        Task send = Task.Run(
            async () =>
            {
                for (int i = 0; i < Blocks; i++)
                {
                    await client.SendAsync(block, Stop);
                    Interlocked.Add(ref sent, Block);
                }

                await client.SendAsync("\r\n.\r\n", Stop);
            },
            Stop);

        long before;
        do
        {
            before = Interlocked.Read(ref sent);
            await Task.Delay(TimeSpan.FromMilliseconds(200), Stop);
        }
        while (Interlocked.Read(ref sent) != before);

        // What is on its way lies in the kernel's buffers and in one megabyte of pipe, not in the receiver.
        Assert.InRange(before, 1, Blocks * Block / 2);
        Assert.InRange(Interlocked.Read(ref appended), 1, 2 * 1024 * 1024);
        open.SetResult();
        await send;

        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.Equal((Blocks * Block) + 2, receivers.Messages.Single().End.Length);
        Assert.Equal((Blocks * Block) + 2, appended);
    }

    [Fact]
    public async Task Message_OverTheLimit_IsNotHandedOn()
    {
        long appended = 0;
        RecordingReceivers receivers = new() { OnAppend = count => Interlocked.Add(ref appended, count) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers, new SessionLimits { MessageBytes = 100_000 });
        await using ScriptedSmtpClient client = await host.GreetAsync();
        string content = string.Concat(Enumerable.Repeat("0123456789\r\n", 15_000));

        Assert.StartsWith("552 5.3.4", await client.DeliverAsync("a@b.test", ["c@d.test"], content, Stop), StringComparison.Ordinal);
        Assert.InRange(appended, 0, 100_000);
        Assert.DoesNotContain("commit", receivers.All.Single().Calls, StringComparison.Ordinal);
        Assert.StartsWith("250", await client.DeliverAsync("a@b.test", ["c@d.test"], "small\r\n", Stop), StringComparison.Ordinal);
        Assert.Equal("small\r\n", receivers.Messages.Single().Text);
    }

    [Fact]
    public async Task Transaction_AfterTransaction_LeavesNothingBehind()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SayAsync("MAIL FROM:<one@a.test> SMTPUTF8 BODY=8BITMIME SIZE=5", Stop);
        await client.SayAsync("RCPT TO:<x@b.test>", Stop);
        await client.SayAsync("RCPT TO:<y@b.test>", Stop);
        await client.SayAsync("DATA", Stop);
        await client.SendAsync("one\r\n.\r\n", Stop);
        await client.ReadReplyAsync(Stop);
        await client.DeliverAsync("two@a.test", ["z@b.test"], "two\r\n", Stop);
        await client.SayAsync("HELO plain.test", Stop);
        await client.DeliverAsync("three@a.test", ["z@b.test"], "", Stop);

        Received[] got = [.. host.Receivers.Messages];
        Assert.Equal(["one@a.test", "two@a.test", "three@a.test"], got.Select(m => m.Sender));
        Assert.Equal(["x@b.test", "y@b.test"], got[0].Recipients);
        Assert.Equal(["z@b.test"], got[1].Recipients);
        Assert.Equal(new MailParameters(5, BodyType.EightBitMime, SmtpUtf8: true), got[0].Parameters);
        Assert.Equal(default, got[1].Parameters);
        Assert.Equal(["one\r\n", "two\r\n", ""], got.Select(m => m.Text));
        Assert.Equal(["UTF8SMTP", "ESMTP", "SMTP"], got.Select(m => m.Protocol));
        Assert.Equal(
            "greet; reset; reset; mail one@a.test; rcpt x@b.test; rcpt y@b.test; begin; commit 5; reset; "
            + "reset; mail two@a.test; rcpt z@b.test; begin; commit 5; reset; "
            + "reset; reset; mail three@a.test; rcpt z@b.test; begin; commit 0; reset",
            host.Receivers.All.Single().Calls);
    }

    private static string Commands(int seed, int message) =>
        $"MAIL FROM:<m{seed}.{message}@a.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\n";
}
