using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class CapabilityTests
{
    [Fact]
    public void Parse_EhloReply_ReadsKnownKeywordsInAnyCase()
    {
        SmtpReply ehlo = ReplyParser.Decode(
            "250-PIPELINING is my name\r\n250-size 1000\r\n250-8bitmime\r\n250-X-UNKNOWN a b\r\n250-DSN\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES\r\n"u8);

        Capabilities capabilities = Capabilities.Parse(ehlo);

        Assert.Equal(
            Extensions.Size | Extensions.EightBitMime | Extensions.Dsn | Extensions.Auth | Extensions.EnhancedStatusCodes,
            capabilities.Extensions);
        Assert.Equal(1000, capabilities.SizeLimit);
    }

    [Theory]
    [InlineData("SIZE")]
    [InlineData("SIZE 0")]
    [InlineData("SIZE lots")]
    [InlineData("SIZE -1")]
    [InlineData("SIZE 99999999999999999999999")]
    public void Parse_SizeWithoutUsableLimit_HasNone(string line)
    {
        Capabilities capabilities = Capabilities.Parse(new SmtpReply(250, default, "a.test\n" + line));

        Assert.True(capabilities.Offers(Extensions.Size));
        Assert.Equal(0, capabilities.SizeLimit);
    }

    [Fact]
    public async Task SendAsync_EverythingOffered_SaysParameters()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN"] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        OutboundMessage message = ClientTesting.Message("caf\xe9\r\n", "j\u00f6rg@b.test", "b@b.test") with
        {
            Sender = string.Empty,
            EightBit = true,
            SmtpUtf8 = true,
            DsnMailParameters = "RET=HDRS ENVID=1",
            DsnRecipientParameters = ["NOTIFY=NEVER"],
        };

        await connection.SendAsync(message, ClientTesting.Stop);

        ReceivedMessage received = Assert.Single(server.Messages);
        Assert.Equal("MAIL FROM:<> SIZE=6 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=1", received.MailLine);
        Assert.Equal(["RCPT TO:<j\u00c3\u00b6rg@b.test> NOTIFY=NEVER", "RCPT TO:<b@b.test>"], received.RecipientLines);
        Assert.Equal("caf\xe9\r\n", received.Text);
    }

    [Fact]
    public async Task SendAsync_NothingOffered_SaysNoParameters()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = [] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await connection.SendAsync(ClientTesting.Message() with { DsnMailParameters = "RET=HDRS" }, ClientTesting.Stop);

        Assert.Equal("MAIL FROM:<from@a.test>", Assert.Single(server.Messages).MailLine);
    }

    [Fact]
    public async Task SendAsync_AddressBeyondAscii_AsksForSmtpUtf8ByItself()
    {
        await using ScriptedSmtpServer server = new();
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);

        await connection.SendAsync(ClientTesting.Message(recipients: ["a@b.test", "j\u00f6rg@b.test"]), ClientTesting.Stop);

        Assert.Equal("MAIL FROM:<from@a.test> SIZE=20 SMTPUTF8", Assert.Single(server.Messages).MailLine);
    }

    [Theory]
    [InlineData(true, false, "5.6.3", DeliveryOutcome.CapabilityMissing)]
    [InlineData(false, true, "5.6.7", DeliveryOutcome.CapabilityMissing)]
    [InlineData(false, false, "5.3.4", DeliveryOutcome.TooLarge)]
    public async Task SendAsync_HostCannotTakeMessage_SendsNothingAndKeepsTheConnection(
        bool eightBit, bool utf8, string status, DeliveryOutcome outcome)
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", "SIZE 10"] };
        await using DownstreamConnection connection = await ClientTesting.ConnectAsync(server);
        OutboundMessage message = ClientTesting.Message("eleven oct\r\n") with { EightBit = eightBit, SmtpUtf8 = utf8 };

        DeliveryReport report = await connection.SendAsync(message, ClientTesting.Stop);

        RecipientOutcome recipient = Assert.Single(report.Recipients);
        Assert.Equal(outcome, recipient.Outcome);
        Assert.Equal(status, recipient.Status.ToString());
        Assert.Null(recipient.Reply);
        Assert.NotNull(report.Detail);
        Assert.True(connection.CanReuse);
        Assert.DoesNotContain(server.Moments, m => m.Step == SmtpStep.Mail);
    }
}
