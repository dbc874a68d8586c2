using System.Text;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class DeliveryTests
{
    [Fact]
    public async Task SendAsync_HostTakesMessage_DeliversExactOctetsWithTraceInFront()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        OutboundMessage message = ClientTesting.Message("Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n") with
        {
            Trace = Encoding.ASCII.GetBytes("Received: from a by b\r\n"),
        };

        DeliveryReport report = await connection.SendAsync(message, ClientTesting.Stop);

        RecipientOutcome outcome = Assert.Single(report.Recipients);
        Assert.Equal(DeliveryOutcome.Delivered, outcome.Outcome);
        Assert.Equal("250 2.0.0 Ok: queued as S1", outcome.Reply?.ToString());
        Assert.Equal(DeliveryStep.FinalDot, report.Reached);
        Assert.Equal(1, report.ConnectionUse);
        ReceivedMessage received = Assert.Single(server.Messages);
        Assert.Equal("Received: from a by b\r\nSubject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n", received.Text);
        Assert.Equal("from@a.test", received.Sender);
        Assert.Equal(["to@b.test"], received.Recipients);
    }

    [Fact]
    public async Task SendAsync_PipeliningOffered_SendsEnvelopeInOneSegment()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await connection.SendAsync(ClientTesting.Message(recipients: ["a@b.test", "c@b.test"]), ClientTesting.Stop);

        // Replies come after the commands: the server answers when its input is empty.
        Assert.Equal(
            ["C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 2.1.0 Ok", "C: RCPT TO:<a@b.test>", "S: 250 2.1.5 Ok",
                "C: RCPT TO:<c@b.test>", "S: 250 2.1.5 Ok", "C: DATA", "S: 354 go on", "C: <20 octets of content>", "S: 250 2.0.0 Ok: queued as S1"],
            server.Transcript(1).Skip(8));
    }

    [Fact]
    public async Task SendAsync_PipeliningNotOffered_WaitsForEachReply()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ClientTesting.NoPipelining, RefusePipelining = true };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(recipients: ["a@b.test", "c@b.test"]), ClientTesting.Stop);

        Assert.All(report.Recipients, r => Assert.Equal(DeliveryOutcome.Delivered, r.Outcome));
        Assert.Single(server.Messages);
    }

    [Fact]
    public async Task SendAsync_SameConnectionAgain_CountsUsesAndReportsConnectTimeOnce()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport first = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);
        DeliveryReport second = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.True(first.ConnectTime > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, second.ConnectTime);
        Assert.Equal(2, second.ConnectionUse);
        Assert.Equal(1, server.ConnectionCount);
        Assert.DoesNotContain(server.Moments, m => m.Step == SmtpStep.Rset);
        Assert.True(connection.CanReuse);
    }
}
