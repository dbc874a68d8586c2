using System.Text;
using CsCheck;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class BodyTests
{
    private const int LargeOctets = 8 * 1024 * 1024;

    [Fact]
    public async Task SendAsync_AnyContentAndSplit_ArrivesOctetForOctet()
    {
        await using ScriptedSmtpServer server = new() { KeepTranscript = false };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        Gen<byte> octet = Gen.Frequency(
            (3, Gen.Const((byte)'.')), (3, Gen.Const((byte)'\r')), (3, Gen.Const((byte)'\n')), (2, Gen.Const((byte)'a')), (1, Gen.Byte));
        Gen<byte[]> content = Gen.Frequency((9, octet.Array[0, 200]), (1, octet.Array[60_000, 140_000]));
        int sent = 0;

        await Gen.Select(content, Gen.Int[1, 70_000], Gen.Bool).SampleAsync(
            async (body, piece, traced) =>
            {
                OutboundMessage message = ClientTesting.Message(body) with
                {
                    Body = new PieceStream(body, piece),
                    Trace = traced ? "Received: by a\r\n"u8.ToArray() : ReadOnlyMemory<byte>.Empty,
                };
                DeliveryReport report = await connection.SendAsync(message, ClientTesting.Stop);

                Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
                byte[] expected = [.. message.Trace.Span, .. body];
                if (expected.Length > 0 && !expected.AsSpan().EndsWith("\r\n"u8))
                {
                    expected = [.. expected, .. "\r\n"u8];
                }

                Assert.Equal(expected, server.Messages[sent++].Content);
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public async Task SendAsync_LargeBodyToSlowReader_ArrivesWhole()
    {
        await using ScriptedSmtpServer server = new() { ReceiveBuffer = 4096, BodyReadOctets = 32 * 1024, BodyReadPause = TimeSpan.FromMilliseconds(1) };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        byte[] body = LargeBody(2 * 1024 * 1024);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(body), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
        Assert.True(body.AsSpan().SequenceEqual(Assert.Single(server.Messages).Content));
        Assert.True(connection.CanReuse);
    }

    [Theory]
    [InlineData("552 5.3.4 too much", DeliveryOutcome.Refused)]
    [InlineData("421 4.3.1 disk full", DeliveryOutcome.Deferred)]
    [InlineData("250 2.0.0 enough", DeliveryOutcome.ProtocolError)]
    public async Task SendAsync_HostAnswersInTheMiddleAndReadsNoMore_SeesItAtOnce(string reply, DeliveryOutcome outcome)
    {
        // The host stops reading after its reply: a client that only writes would wait for the time limit.
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Body, SmtpAction.ReadBody(100_000).Then(SmtpAction.Reply(reply)).Then(SmtpAction.Hang));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: new FakeTimeProvider());

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(LargeBody(LargeOctets)), ClientTesting.Stop);

        RecipientOutcome recipient = Assert.Single(report.Recipients);
        Assert.Equal(outcome, recipient.Outcome);
        Assert.Equal(reply, recipient.Reply?.ToString());
        Assert.Equal(DeliveryStep.Body, report.Reached);
        Assert.False(report.MayHaveArrived);
        Assert.False(connection.CanReuse);
    }

    [Fact]
    public async Task SendAsync_HostAnswersWhileTheWriteIsStuck_SeesItAtOnce()
    {
        // All buffers are full before the reply comes: only a client that reads while it writes can see it.
        await using ScriptedSmtpServer server = new() { ReceiveBuffer = 4096 };
        server.On(SmtpStep.Body, SmtpAction.Delay(TimeSpan.FromMilliseconds(300)).Then(SmtpAction.Reply("552 5.3.4 too much")).Then(SmtpAction.Hang));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: new FakeTimeProvider());

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(LargeBody(4 * LargeOctets)), ClientTesting.Stop)
            .WaitAsync(TimeSpan.FromSeconds(20), ClientTesting.Stop);

        Assert.Equal("552 5.3.4 too much", Assert.Single(report.Recipients).Reply?.ToString());
        Assert.Equal(DeliveryStep.Body, report.Reached);
    }

    [Fact]
    public async Task SendAsync_HostAnswersAndHangsUpInTheMiddle_ReportsTheReply()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Body, SmtpAction.ReadBody(100_000).Then(SmtpAction.Reply("552 5.3.4 too much")).Then(SmtpAction.Drop));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(LargeBody(LargeOctets)), ClientTesting.Stop);

        Assert.Equal("552 5.3.4 too much", Assert.Single(report.Recipients).Reply?.ToString());
        Assert.Equal(DeliveryStep.Body, report.Reached);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_HostHangsUpInTheMiddle_IsDisconnectedAtBody(bool hard)
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Body, SmtpAction.ReadBody(100_000).Then(hard ? SmtpAction.Reset : SmtpAction.Drop));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: new FakeTimeProvider());

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(LargeBody(LargeOctets)), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Disconnected, Assert.Single(report.Recipients).Outcome);
        Assert.Equal(DeliveryStep.Body, report.Reached);
        Assert.False(report.MayHaveArrived);
    }

    [Fact]
    public async Task SendAsync_HostReadsNoMore_TimesOutAtBody()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Body, SmtpAction.Hang);
        FakeTimeProvider time = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: time);

        DeliveryReport report = await time.AdvanceUntilAsync(
            connection.SendAsync(ClientTesting.Message(LargeBody(LargeOctets)), ClientTesting.Stop), TimeSpan.FromMinutes(1));

        Assert.Equal(DeliveryOutcome.TimedOut, Assert.Single(report.Recipients).Outcome);
        Assert.Equal(DeliveryStep.Body, report.Reached);
    }

    [Fact]
    public async Task SendAsync_HostSpeaksBehindThe354_SendsNoBody()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Data, SmtpAction.Reply("354 go on\n421 4.3.2 changed my mind"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Deferred, Assert.Single(report.Recipients).Outcome);
        Assert.Equal(DeliveryStep.Body, report.Reached);
        Assert.False(report.MayHaveArrived);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task SendAsync_HostTalksOutOfTurnAfterTheEnd_DeliversButIsNotReused()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.FinalDot, SmtpAction.Reply("250 2.0.0 Ok\n250 2.0.0 Ok again"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Delivered, Assert.Single(report.Recipients).Outcome);
        Assert.False(connection.CanReuse);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200_000)]
    public async Task SendAsync_ContentShorterThanPromised_SendsNoTerminator(int octets)
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        OutboundMessage message = ClientTesting.Message(LargeBody(octets)) with { BodyLength = octets + 1 };

        DeliveryReport report = await connection.SendAsync(message, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.ContentUnavailable, Assert.Single(report.Recipients).Outcome);
        Assert.Equal(DeliveryStep.Body, report.Reached);
        Assert.Equal("the content ended before its length", report.Detail);
        Assert.False(connection.CanReuse);
        await server.WaitForSilenceAsync(ClientTesting.Stop);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task SendAsync_ContentThrowsForABug_ThrowsAndSendsNoTerminator()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        MemoryStream closed = new();
        await closed.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() =>
            connection.SendAsync(ClientTesting.Message() with { Body = closed }, ClientTesting.Stop));

        Assert.False(connection.CanReuse);
        await server.WaitForSilenceAsync(ClientTesting.Stop);
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task SendAsync_BareLineEnds_AreReported()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("a\n.\r\nb\rc\r\n"), ClientTesting.Stop);

        Assert.True(report.SentBareLineFeed);
        Assert.True(report.SentBareCarriageReturn);
        Assert.Equal("a\n.\r\nb\rc\r\n", Assert.Single(server.Messages).Text);
    }

    [Fact]
    public async Task SendAsync_CancelledWhileWaiting_IsInterrupted()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.FinalDot, SmtpAction.Hang);
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        using CancellationTokenSource stop = new();

        Task<DeliveryReport> sending = connection.SendAsync(ClientTesting.Message(), stop.Token);
        await server.WaitForStepAsync(SmtpStep.FinalDot, ClientTesting.Stop);
        await stop.CancelAsync();
        DeliveryReport report = await sending;

        Assert.Equal(DeliveryOutcome.Interrupted, Assert.Single(report.Recipients).Outcome);
        Assert.True(report.MayHaveArrived);
        Assert.False(connection.CanReuse);
    }

    [Fact]
    public async Task SendAsync_FinalDotLimit_HoldsToTheSecond()
    {
        await using ScriptedSmtpServer server = new();
        TaskCompletionSource answer = new();
        server.On(SmtpStep.FinalDot, SmtpAction.Wait(answer.Task).Then(SmtpAction.Usual));
        FakeTimeProvider time = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, time: time);

        Task<DeliveryReport> sending = connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
        await server.WaitForStepAsync(SmtpStep.FinalDot, ClientTesting.Stop);

        // Under every limit counted from the moment the terminator was on its way: the shortest that could ring is the body's.
        time.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromSeconds(1));
        answer.SetResult();

        Assert.Equal(DeliveryOutcome.Delivered, (await sending).Recipients[0].Outcome);
    }

    private static byte[] LargeBody(int octets)
    {
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(
            "Some sixty octets of text that mean nothing to anybody at all\r\n.dot\r\n", (octets / 69) + 1)));
        return [.. body.AsSpan(0, octets - 2), .. "\r\n"u8];
    }

    /// <summary>Gives its octets in pieces of one size.</summary>
    private sealed class PieceStream(byte[] octets, int piece) : MemoryStream(octets)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
