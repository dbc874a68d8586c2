using CsCheck;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public sealed class ChunkSendingTests
{
    private static readonly string[] Full = ["PIPELINING", "SIZE 104857600", "8BITMIME", "CHUNKING", "BINARYMIME"];

    [Fact]
    public async Task SendAsync_BinaryContent_ArrivesOctetForOctetByBdat()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = Full };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        int sent = 0;

        await Gen.Select(Gen.Frequency((9, Gen.Byte.Array[0, 300]), (1, Gen.Byte.Array[65_000, 200_000])), Gen.Int[0, 70_000]).SampleAsync(
            async (body, trace) =>
            {
                OutboundMessage message = ClientTesting.Message(body) with { Binary = true, EightBit = true, Trace = new byte[trace] };
                DeliveryReport report = await connection.SendAsync(message, ClientTesting.Stop);

                Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
                Assert.Equal([.. message.Trace.Span, .. body], server.Messages[sent++].Content);
                Assert.EndsWith(" BODY=BINARYMIME", server.Messages[^1].MailLine, StringComparison.Ordinal);
            },
            iter: 100,
            threads: 1);
    }

    [Theory]
    [InlineData(true, "x\r\ny")]
    [InlineData(false, "x\r\ny\r\n")]
    public async Task SendAsync_ContentWithoutFinalCrlf_IsExactWhereTheHostOffersChunking(bool chunking, string arrives)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = chunking ? ["CHUNKING"] : ["PIPELINING"] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("x\r\ny") with { Unterminated = true }, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
        Assert.Equal(arrives, server.Messages[0].Text);
        Assert.True(connection.CanReuse);
        await connection.SendAsync(ClientTesting.Message("z\r\n"), ClientTesting.Stop);
        Assert.Equal("z\r\n", server.Messages[1].Text);
    }

    [Theory]
    [InlineData("CHUNKING")]
    [InlineData("BINARYMIME")]
    [InlineData("8BITMIME")]
    public async Task SendAsync_BinaryToAHostThatLacksIt_IsRefusedHere(string offered)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = [offered] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("\0") with { Binary = true, Unterminated = true }, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.CapabilityMissing, report.Recipients[0].Outcome);
        Assert.Equal(new EnhancedCode(5, 6, 3), report.Recipients[0].Status);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_NoRecipientTaken_SendsNoChunk(bool pipelining)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = pipelining ? Full : Full[1..] };
        server.Once(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 nobody"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message("x") with { Unterminated = true }, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Refused, report.Recipients[0].Outcome);
        Assert.DoesNotContain(server.Transcript(1), l => l.StartsWith("C: BDAT", StringComparison.Ordinal));
        Assert.True(connection.CanReuse);
        Assert.Equal(DeliveryOutcome.Delivered, (await connection.SendAsync(ClientTesting.Message("y"), ClientTesting.Stop)).Recipients[0].Outcome);
        Assert.Contains("C: RSET", server.Transcript(1));
    }

    [Fact]
    public async Task SendAsync_ChunkRefused_DecidesTheRecipientsThatWereTaken()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = Full };
        server.Once(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.0 later"));
        server.On(SmtpStep.FinalDot, SmtpAction.Reply("554 5.6.0 no"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(
            ClientTesting.Message("x", "a@b.test", "c@d.test") with { Unterminated = true }, ClientTesting.Stop);

        Assert.Equal([DeliveryOutcome.Deferred, DeliveryOutcome.Refused], report.Recipients.Select(r => r.Outcome));
        Assert.Equal(DeliveryStep.FinalDot, report.Reached);
    }

    [Fact]
    public async Task SendAsync_ContentEndsEarly_TheHostNeverHasTheWholeChunk()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = Full };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(
            ClientTesting.Message("x") with { BodyLength = 100, Unterminated = true }, ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.ContentUnavailable, report.Recipients[0].Outcome);
        Assert.False(connection.CanReuse);
        Assert.Empty(server.Messages);
    }
}
