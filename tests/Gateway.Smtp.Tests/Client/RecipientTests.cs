using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class RecipientTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_SomeRecipientsRefused_DeliversToTheOthers(bool pipelining)
    {
        await using ScriptedSmtpServer server = new();
        server.Capabilities = pipelining ? server.Capabilities : ClientTesting.NoPipelining;
        server.On(SmtpStep.Rcpt, m => m.Line switch
        {
            string line when line.Contains("full", StringComparison.Ordinal) => SmtpAction.Reply("452 4.2.2 full"),
            string line when line.Contains("gone", StringComparison.Ordinal) => SmtpAction.Reply("550 5.1.1 gone"),
            string line when line.Contains("moved", StringComparison.Ordinal) => SmtpAction.Reply("251 2.1.5 will forward"),
            _ => null,
        });
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(
            ClientTesting.Message(recipients: ["full@b.test", "a@b.test", "gone@b.test", "moved@b.test"]), ClientTesting.Stop);

        Assert.Equal(
            [DeliveryOutcome.Deferred, DeliveryOutcome.Delivered, DeliveryOutcome.Refused, DeliveryOutcome.Delivered],
            report.Recipients.Select(r => r.Outcome));
        Assert.Equal("550 5.1.1 gone", report.Recipients[2].Reply?.ToString());
        Assert.Equal("5.1.1", report.Recipients[2].Status.ToString());
        Assert.Equal(["a@b.test", "moved@b.test"], Assert.Single(server.Messages).Recipients);
        Assert.True(connection.CanReuse);
    }

    [Theory]
    [InlineData("554 5.5.1 no valid recipients", true)]
    [InlineData("250 2.0.0 queued an empty message", true)]
    public async Task SendAsync_AllRecipientsRefusedButDataGoes_SendsLoneDotAndNothingElse(string final, bool reusable)
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 no"));
        server.On(SmtpStep.Data, SmtpAction.Reply("354 go on"));
        server.On(SmtpStep.FinalDot, SmtpAction.Reply(final));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal(DeliveryOutcome.Refused, report.Recipients[0].Outcome);
        Assert.Equal("550 5.1.1 no", report.Recipients[0].Reply?.ToString());
        Assert.Equal(DeliveryStep.Recipient, report.Reached);
        Assert.False(report.MayHaveArrived);
        Assert.Contains("C: <0 octets of content>", server.Transcript(1));
        Assert.Equal(reusable, connection.CanReuse);
    }

    [Fact]
    public async Task SendAsync_MailRefusedButDataGoes_SendsLoneDotAndReportsTheRefusal()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Mail, SmtpAction.Reply("550 5.7.1 not you"));
        server.On(SmtpStep.Data, SmtpAction.Reply("354 go on"));
        server.On(SmtpStep.FinalDot, SmtpAction.Reply("554 5.5.1 nothing to do"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(recipients: ["a@b.test", "c@b.test"]), ClientTesting.Stop);

        Assert.All(report.Recipients, r => Assert.Equal("550 5.7.1 not you", r.Reply?.ToString()));
        Assert.Contains("C: <0 octets of content>", server.Transcript(1));
    }

    [Fact]
    public async Task SendAsync_MailRefusedButRecipientTaken_HangsUpInsteadOfSendingAnEmptyMessage()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Mail, SmtpAction.Reply("550 5.7.1 not you"));
        server.On(SmtpStep.Rcpt, SmtpAction.Reply("250 2.1.5 Ok"));
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(), ClientTesting.Stop);

        Assert.Equal("550 5.7.1 not you", Assert.Single(report.Recipients).Reply?.ToString());
        Assert.False(connection.CanReuse);
        await server.WaitForSilenceAsync(ClientTesting.Stop);
        Assert.Empty(server.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_MoreRecipientsThanOneFlight_DeliversToAll(bool pipelining)
    {
        await using ScriptedSmtpServer server = new();
        server.Capabilities = pipelining ? server.Capabilities : ClientTesting.NoPipelining;
        server.On(SmtpStep.Rcpt, m => m.Line.Contains("<7", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no sevens") : null);
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        string[] recipients = [.. Enumerable.Range(0, 523).Select(i => $"{i}@b.test")];

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(recipients: recipients), ClientTesting.Stop);

        Assert.All(report.Recipients, r => Assert.Equal(
            r.Recipient.StartsWith('7') ? DeliveryOutcome.Refused : DeliveryOutcome.Delivered, r.Outcome));
        Assert.Equal(recipients.Where(r => !r.StartsWith('7')), Assert.Single(server.Messages).Recipients);
    }

    [Fact]
    public async Task SendAsync_LongPathsOverflowTheBuffer_SplitsTheFlight()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server, new DownstreamOptions { RecipientsPerFlight = 1000 });
        string[] recipients = [.. Enumerable.Range(0, 200).Select(i => new string('x', 900) + $"{i}@b.test")];

        DeliveryReport report = await connection.SendAsync(ClientTesting.Message(recipients: recipients), ClientTesting.Stop);

        Assert.All(report.Recipients, r => Assert.Equal(DeliveryOutcome.Delivered, r.Outcome));
        Assert.Equal(recipients, Assert.Single(server.Messages).Recipients);
    }

    [Fact]
    public async Task SendAsync_421AfterAcceptedRecipient_StandsForAllThatFollows()
    {
        await using ScriptedSmtpServer server = new();
        server.On(SmtpStep.Rcpt, m => m.Recipients.Count == 1 ? SmtpAction.Reply("421 4.3.2 closing").Then(SmtpAction.Drop) : null);
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        DeliveryReport report = await connection.SendAsync(
            ClientTesting.Message(recipients: ["a@b.test", "c@b.test", "d@b.test"]), ClientTesting.Stop);

        Assert.All(report.Recipients, r => Assert.Equal(DeliveryOutcome.Deferred, r.Outcome));
        Assert.All(report.Recipients, r => Assert.Equal("421 4.3.2 closing", r.Reply?.ToString()));
        Assert.False(connection.CanReuse);
    }

    [Theory]
    [InlineData("a@b.test>\r\nRCPT TO:<evil@b.test")]
    [InlineData("a\0@b.test")]
    [InlineData("a\n@b.test")]
    public async Task SendAsync_ControlCharacterInPath_ThrowsBeforeAnythingIsSent(string recipient)
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await Assert.ThrowsAsync<ArgumentException>(() => connection.SendAsync(ClientTesting.Message(recipients: [recipient]), ClientTesting.Stop));

        Assert.True(connection.CanReuse);
        Assert.DoesNotContain(server.Moments, m => m.Step == SmtpStep.Mail);
    }
}
