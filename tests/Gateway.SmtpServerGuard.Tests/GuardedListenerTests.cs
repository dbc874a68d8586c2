using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.SmtpServerGuard.Wire;
using Gateway.TestKit;
using SmtpServer.IO;
using SmtpServer.Protocol;
using Xunit;

namespace Gateway.SmtpServerGuard.Tests;

/// <summary>What the guard's own listener adds: bounds, groups, and words where the package says nothing or the wrong thing.</summary>
public class GuardedListenerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("\r\n", "\r\n.\r\n")]
    [InlineData(".first\r\n.second\r\n", "..first\r\n..second\r\n.\r\n")]
    [InlineData("first\r\nsecond\r\n", ".first\r\n.second\r\n.\r\n")]
    [InlineData(".\r\n.\r\n", "..\r\n..\r\n.\r\n")]
    [InlineData("a\r\n\rb\r\n", "a\r\n.\rb\r\n.\r\n")]
    [InlineData("..a\r\n..b\r\n", "...a\r\n...b\r\n.\r\n")]
    public async Task Content_IsByteForByte_HoweverItIsCut(string octets, string wire)
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions());
        await using ScriptedSmtpClient client = await host.GreetAsync();
        for (int cut = 0; cut < wire.Length; cut++)
        {
            host.Judged.Clear();
            await client.SendAsync("MAIL FROM:<a@one.test>\r\nRCPT TO:<b@two.test>\r\nDATA\r\n", Token);
            for (int i = 0; i < 3; i++)
            {
                await client.ReadReplyAsync(Token);
            }

            await client.SendSplitAsync(Encoding.Latin1.GetBytes(wire), [cut], pause: null, Token);
            Assert.NotNull(await client.ReadReplyAsync(Token));
            Assert.Equal([("a@one.test", octets)], host.Judged);
        }
    }

    [Fact]
    public async Task Commands_OfAnyPosition_AreReadWhole()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions());
        for (int padding = 4000; padding < 4096; padding += 6)
        {
            await using ScriptedSmtpClient client = await host.GreetAsync();
            int noops = padding / 6;
            await client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", noops)) + "MAIL FROM:<a@one.test> BODY=8BITMIME\r\n", Token);
            for (int i = 0; i <= noops; i++)
            {
                Assert.Equal("250 Ok", await client.ReadReplyAsync(Token));
            }
        }
    }

    [Fact]
    public async Task Replies_ToAGroup_AreWrittenTogetherBeforeTheWait()
    {
        Pipe toServer = new();
        Pipe toClient = new();
        ReplyGroup replies = new(toClient.Writer);
        LineReader lines = new(toServer.Reader, replies, new LineBounds(1000, 1000, MayProxy: false));
        await toServer.Writer.WriteAsync("ONE\r\nTWO\r\n"u8.ToArray(), Token);
        foreach (string expected in (string[])["ONE\r\n", "TWO\r\n"])
        {
            ReadResult line = await lines.ReadAsync(Token);
            Assert.Equal(expected, Encoding.ASCII.GetString(line.Buffer.FirstSpan));
            lines.AdvanceTo(line.Buffer.End);
            await replies.WriteReplyAsync(SmtpResponse.Ok, Token);
            Assert.False(toClient.Reader.TryRead(out _));
        }

        ValueTask<ReadResult> waits = lines.ReadAsync(Token);

        Assert.True(toClient.Reader.TryRead(out ReadResult said));
        Assert.Equal("250 Ok\r\n250 Ok\r\n", Encoding.ASCII.GetString(said.Buffer.FirstSpan));
        await toServer.Writer.CompleteAsync();
        Assert.True((await waits).IsCompleted);
    }

    [Fact]
    public async Task ALineOverTheBound_EndsTheSession()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions { MaxLineBytes = 1000 });
        await using ScriptedSmtpClient client = await host.GreetAsync();

        await client.SendAsync(new string('x', 1001), Token);

        Assert.Equal("500 5.5.2 Line too long", await client.ReadReplyAsync(Token));
        Assert.True(await client.IsClosedByServerAsync(Token));
    }

    [Fact]
    public async Task AMessageWithoutEnd_IsCutAtTheBound()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions(), new GuardOptions { MaxMessageBytes = 100_000 });
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SayAsync("MAIL FROM:<a@one.test>", Token);
        await client.SayAsync("RCPT TO:<b@two.test>", Token);
        await client.SayAsync("DATA", Token);

        await client.SendAsync(new string('x', 100_001), Token);

        Assert.Equal("552 5.3.4 Message too big", await client.ReadReplyAsync(Token));
        Assert.True(await client.IsClosedByServerAsync(Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ProxyLine_IsBelievedFromNamedNetworksOnce(bool named)
    {
        IReadOnlyList<IPNetwork> networks = named ? [IPNetwork.Parse("127.0.0.0/8")] : [];
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions { ProxyNetworks = networks });
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(host.EndPoint, Token);
        await client.ReadReplyAsync(Token);
        const string Line = "PROXY TCP4 192.0.2.1 192.0.2.2 1025 25";
        await client.SendLineAsync(Line, Token);
        if (named)
        {
            Assert.StartsWith("250-", await client.SayAsync("EHLO client.test", Token), StringComparison.Ordinal);
            await client.SendLineAsync(Line, Token);
        }

        Assert.Equal("503 5.5.1 PROXY is not taken here", await client.ReadReplyAsync(Token));
        Assert.True(await client.IsClosedByServerAsync(Token));
    }

    [Fact]
    public async Task Connections_OverTheBound_AreTurnedAway_UntilOneEnds()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions { MaxConnections = 1 });
        await using ScriptedSmtpClient first = await host.GreetAsync();
        await using ScriptedSmtpClient second = await ScriptedSmtpClient.ConnectAsync(host.EndPoint, Token);
        Assert.Equal("421 4.7.0 Too many connections", await second.ReadReplyAsync(Token));

        Assert.Equal("221 bye", await first.SayAsync("QUIT", Token));
        Assert.True(await first.IsClosedByServerAsync(Token));

        // The server has closed before it counts down.
        string? greeting = null;
        for (int i = 0; i < 1000 && greeting?.StartsWith("220 ", StringComparison.Ordinal) != true; i++)
        {
            await using ScriptedSmtpClient third = await ScriptedSmtpClient.ConnectAsync(host.EndPoint, Token);
            greeting = await third.ReadReplyAsync(Token);
        }

        Assert.StartsWith("220 ", greeting, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AStop_PutsOffMailUnderWay_AndTellsIdleSessions(bool inContent)
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions());
        await using ScriptedSmtpClient client = await host.GreetAsync();
        if (inContent)
        {
            await client.SayAsync("MAIL FROM:<a@one.test>", Token);
            await client.SayAsync("RCPT TO:<b@two.test>", Token);
            await client.SayAsync("DATA", Token);
            await client.SendAsync("half a mess", Token);
        }

        host.Server.Shutdown();

        Assert.Equal("421 4.3.2 Closing the connection", await client.ReadReplyAsync(Token));
        Assert.True(await client.IsClosedByServerAsync(Token));
    }

    [Fact]
    public async Task ALineThePackageFailsOn_IsAnswered()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions());
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.Equal("421 4.3.0 Local error, closing the connection", await client.SayAsync("MAIL FROM:<a@one.test> SIZE=1 SIZE=2", Token));
        Assert.True(await client.IsClosedByServerAsync(Token));
    }

    [Fact]
    public async Task Errors_AreToldWithoutTheCountOfThePackage()
    {
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions());
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.Equal("502 Unrecognized command", await client.SayAsync("NONSENSE", Token));
    }

    [Fact]
    public async Task StartTls_Upgrades_AndDropsWhatCameInClear()
    {
        using TemporaryDirectory folder = new();
        TestCertificate.Write(folder["cert"], folder["key"], "guard.test");
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(folder["cert"], folder["key"]);
        await using GuardHost host = await GuardHost.StartAsync(new GuardedListenerOptions(), endpoint: e => e.Certificate(certificate));
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("STARTTLS\r\nMAIL FROM:<injected@one.test>\r\n", Token);
        Assert.StartsWith("220 ", await client.ReadReplyAsync(Token), StringComparison.Ordinal);

        await client.SecureAsync("guard.test", Token);

        Assert.StartsWith("250-guard.test", await client.SayAsync("EHLO client.test", Token), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.DeliverAsync("a@one.test", ["b@two.test"], "Subject: x\r\nFrom: a@one.test\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nx\r\n", Token), StringComparison.Ordinal);
        Assert.Equal("a@one.test", Assert.Single(host.Judged).Sender);
    }
}
