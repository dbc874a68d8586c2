using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Server;

public sealed class ChunkTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bdat_AnyContentChunkingAndSplit_ArrivesOctetForOctet()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        Gen<byte> octet = Gen.Frequency(
            (2, Gen.Const((byte)'.')), (2, Gen.Const((byte)'\r')), (2, Gen.Const((byte)'\n')), (1, Gen.Const((byte)0)), (3, Gen.Byte));
        Gen<byte[]> chunk = Gen.Frequency((9, octet.Array[0, 60]), (1, octet.Array[3000, 90_000]));

        await Gen.Select(chunk.Array[1, 6], Gen.Int[0, 100_000].Array[0, 6], Gen.Bool).SampleAsync(
            async (chunks, cuts, zeroLast) =>
            {
                using MemoryStream wire = new();
                wire.Write("MAIL FROM:<a@b.test> BODY=BINARYMIME\r\nRCPT TO:<c@d.test>\r\n"u8);
                for (int i = 0; i < chunks.Length; i++)
                {
                    bool last = !zeroLast && i == chunks.Length - 1;
                    wire.Write(Encoding.ASCII.GetBytes($"BDAT {chunks[i].Length}{(last ? " LAST" : "")}\r\n"));
                    wire.Write(chunks[i]);
                }

                wire.Write(zeroLast ? "BDAT 0 LAST\r\nNOOP\r\n"u8 : "NOOP\r\n"u8);
                byte[] octets = wire.ToArray();
                await client.SendSplitAsync(octets, cuts.Where(c => c < octets.Length).Order(), TimeSpan.FromMilliseconds(1), Stop);
                int replies = 2 + chunks.Length + (zeroLast ? 1 : 0) + 1;
                for (int i = 0; i < replies; i++)
                {
                    Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
                }

                Assert.True(host.Receivers.Messages.TryDequeue(out Received? message));
                Assert.Equal(chunks.SelectMany(c => c), message.Octets);
                Assert.Equal(new DataEnd(message.Octets.Length, -1), message.End);
                Assert.Equal(BodyType.BinaryMime, message.Parameters.Body);
            },
            iter: 150,
            threads: 1);
    }

    [Fact]
    public async Task Bdat_SplitAtEveryOctet_IsTheSame()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        byte[] octets = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 3\r\n\r\n.BDAT 8 LAST\r\n\r\nQUIT\r\nNOOP\r\n"u8.ToArray();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        for (int cut = 0; cut <= octets.Length; cut++)
        {
            await client.SendSplitAsync(octets, [cut], TimeSpan.FromMilliseconds(1), Stop);
            for (int i = 0; i < 5; i++)
            {
                Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
            }

            Assert.True(host.Receivers.Messages.TryDequeue(out Received? message));
            Assert.Equal("\r\n.\r\nQUIT\r\n", message.Text);
        }
    }

    [Theory]
    [InlineData("BDAT 10\r\n12345")]
    [InlineData("BDAT 10 LAST\r\n")]
    [InlineData("BDAT 2\r\n12BDAT 10 LAST\r\n123")]
    public async Task Bdat_ClientLeavesInAChunk_NothingIsCommitted(string sent)
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n" + sent, Stop);
        client.CloseSending();

        SessionSummary end = await host.Receivers.NextEndAsync(Stop);

        Assert.Equal(SessionEnd.DisconnectedInData, end.End);
        Assert.Empty(host.Receivers.Messages);
    }

    [Fact]
    public async Task Bdat_ReceiverRefusesToBegin_OctetsAreThrownAwayAndItsReplyGiven()
    {
        RecordingReceivers receivers = new() { OnBegin = () => new(Replies.InsufficientStorage) };
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(receivers);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n", Stop);

        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.Equal("452 4.3.1 Insufficient system storage", await client.ReadReplyAsync(Stop));
        Assert.StartsWith("503", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        Assert.Empty(receivers.Messages);
    }

    [Fact]
    public async Task Bdat_ManyChunksBehindARefusedOne_AreOneError()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync(limits: new SessionLimits { MessageBytes = 100, Errors = 3 });
        await using ScriptedSmtpClient client = await host.GreetAsync();
        string chunks = string.Concat(Enumerable.Repeat("BDAT 1\r\nx", 50));
        await client.SendAsync($"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 101\r\n{new string('x', 101)}{chunks}BDAT 0 LAST\r\nNOOP\r\n", Stop);
        List<string?> replies = [];
        for (int i = 0; i < 55; i++)
        {
            replies.Add(await client.ReadReplyAsync(Stop));
        }

        Assert.StartsWith("552", replies[2], StringComparison.Ordinal);
        Assert.All(replies[3..54], r => Assert.StartsWith("503", r, StringComparison.Ordinal));
        Assert.StartsWith("250", replies[54], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bdat_FloodOfEmptyChunks_DoesNotPileUpReplies()
    {
        await using SmtpTestHost host = await SmtpTestHost.StartAsync();
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SendAsync("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n", Stop);
        Task sending = client.SendAsync(string.Concat(Enumerable.Repeat("BDAT 0\r\n", 20_000)) + "BDAT 1 LAST\r\nx", Stop);
        for (int i = 0; i < 20_003; i++)
        {
            Assert.StartsWith("250", await client.ReadReplyAsync(Stop), StringComparison.Ordinal);
        }

        await sending;
        Assert.Equal("x", Assert.Single(host.Receivers.Messages).Text);
    }
}
