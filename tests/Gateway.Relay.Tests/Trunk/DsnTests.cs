using System.Text;
using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>RFC 3461 from end to end: what the sender asks for travels with the message, or we answer for it.</summary>
public sealed class DsnTests
{
    private const string Content =
        "From: a@back.test\r\nTo: b@there.test\r\nSubject: ask\r\nDate: Mon, 23 Nov 2026 05:00:00 +0000\r\nMessage-ID: <1@back.test>\r\n\r\nThe body itself.\r\n";

    [Fact]
    public async Task Dsn_DownstreamOffersIt_ParametersTravelOnAndNothingIsSentBack()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.Capabilities = [.. rig.Downstream.Capabilities, "DSN"];

        await SendAsync(rig, "RET=HDRS ENVID=E+3D1", "<b@there.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;first+2Bx@old.test", "<c@there.test>");
        await rig.Downstream.WaitForMessagesAsync(1, RelayRig.Stop);
        await SendAsync(rig, "", "<b@there.test>");
        await rig.Downstream.WaitForMessagesAsync(2, RelayRig.Stop);

        ReceivedMessage message = rig.Downstream.Messages[0];
        Assert.EndsWith(" RET=HDRS ENVID=E+3D1", message.MailLine, StringComparison.Ordinal);
        Assert.Equal(
            ["RCPT TO:<b@there.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;first+2Bx@old.test", "RCPT TO:<c@there.test>"], message.RecipientLines);
        Assert.DoesNotContain("RET=", rig.Downstream.Messages[1].MailLine, StringComparison.Ordinal);
        Assert.Empty(rig.Senders.Messages);
    }

    [Fact]
    public async Task Dsn_DownstreamLacksItAndSuccessWasAsked_RelayedIsReported()
    {
        await using RelayRig rig = await RelayRig.StartAsync();

        await SendAsync(rig, "RET=FULL ENVID=E+3D1", "<b@there.test> NOTIFY=SUCCESS ORCPT=rfc822;first+2Bx@old.test", "<c@there.test> NOTIFY=FAILURE");
        await rig.Senders.WaitForMessagesAsync(1, RelayRig.Stop);

        ReceivedMessage report = Assert.Single(rig.Senders.Messages);
        Assert.DoesNotContain("ENVID", Assert.Single(rig.Downstream.Messages).MailLine, StringComparison.Ordinal);
        Assert.Equal("", report.Sender);
        Assert.Equal(["a@back.test"], report.Recipients);
        Assert.Contains("Subject: Successful Mail Delivery Report\r\n", report.Text, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: E=1\r\n", report.Text, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822; first+x@old.test\r\nFinal-Recipient: rfc822; b@there.test\r\nAction: relayed\r\nStatus: 2.0.0\r\n", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("c@there.test", report.Text, StringComparison.Ordinal);
        // RFC 3461 section 4.3: RET is about failures only.
        Assert.Contains("text/rfc822-headers", report.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("The body itself.", report.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", true, false)]
    [InlineData("", " NOTIFY=NEVER", false, false)]
    [InlineData("", " NOTIFY=SUCCESS", false, false)]
    [InlineData("", " NOTIFY=DELAY,FAILURE", true, false)]
    [InlineData("RET=FULL", " NOTIFY=FAILURE", true, true)]
    [InlineData("RET=FULL", "", true, true)]
    [InlineData("RET=HDRS", "", true, false)]
    public async Task Dsn_RecipientRefused_BouncesAsAsked(string mail, string rcpt, bool bounces, bool whole)
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.On(SmtpStep.Rcpt, m => m.Line.Contains("b@", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 nobody here") : null);

        await SendAsync(rig, mail, "<b@there.test>" + rcpt);
        // A second message whose failure is always told shows that the first had its chance.
        await SendAsync(rig, "ENVID=second", "<b@there.test> NOTIFY=FAILURE");
        await rig.Senders.WaitForMessagesAsync(bounces ? 2 : 1, RelayRig.Stop);

        ReceivedMessage? bounce = rig.Senders.Messages.SingleOrDefault(m => !m.Text.Contains("Original-Envelope-Id: second", StringComparison.Ordinal));
        Assert.Equal(bounces, bounce is not null);
        if (bounce is not null)
        {
            Assert.Contains("Action: failed\r\nStatus: 5.1.1\r\n", bounce.Text, StringComparison.Ordinal);
            Assert.Equal(whole, bounce.Text.Contains(Content, StringComparison.Ordinal));
            Assert.Contains(whole ? "Content-Type: message/rfc822" : "Content-Type: text/rfc822-headers", bounce.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Dsn_WholeMessageOfEightBits_ComesBackUnchanged()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.On(SmtpStep.FinalDot, SmtpAction.Reply("554 5.6.0 no"));
        string content = Content + "sm\u00f8rrebr\u00f8d\r\n";

        await SendContentAsync(rig, "RET=FULL BODY=8BITMIME", content, "<b@there.test>");
        await rig.Senders.WaitForMessagesAsync(1, RelayRig.Stop);

        ReceivedMessage bounce = rig.Senders.Messages[0];
        Assert.Contains(content, bounce.Text, StringComparison.Ordinal);
        Assert.Contains("BODY=8BITMIME", bounce.MailLine, StringComparison.Ordinal);
        Assert.Contains("Content-Transfer-Encoding: 8bit", bounce.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dsn_WholeMessageOverTheBound_ComesBackByItsHeader()
    {
        await using RelayRig rig = await RelayRig.StartAsync();
        rig.Downstream.On(SmtpStep.FinalDot, SmtpAction.Reply("554 5.6.0 no"));
        StringBuilder content = new(Content);
        while (content.Length <= 1024 * 1024)
        {
            content.Append("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n");
        }

        await SendContentAsync(rig, "RET=FULL", content.ToString(), "<b@there.test>");
        await rig.Senders.WaitForMessagesAsync(1, RelayRig.Stop);

        Assert.Contains("text/rfc822-headers", rig.Senders.Messages[0].Text, StringComparison.Ordinal);
        Assert.True(rig.Senders.Messages[0].Content.Length < 10_000);
    }

    [Fact]
    public void Envelope_WithoutDsn_HasTheStoredFormOfBefore()
    {
        Envelope envelope = new() { Id = "1", ReceivedAt = DateTimeOffset.UnixEpoch, Sender = "a@b.test", Recipients = ["c@d.test", "e@f.test"] };
        string json = Encoding.UTF8.GetString(envelope.ToBytes());
        Assert.Equal("""{"Id":"1","ReceivedAt":"1970-01-01T00:00:00+00:00","Sender":"a@b.test","Recipients":["c@d.test","e@f.test"],"ClientAddress":"","ClientHello":"","Protocol":"","Trace":""}""", json);
        Assert.Null(Envelope.FromBytes(Encoding.UTF8.GetBytes(json)).Dsn);
    }

    [Fact]
    public void Envelope_WithDsn_ComesBack()
    {
        DsnRequest request = DsnRequest.From(
            new MailParameters { Return = DsnReturn.Full, EnvelopeId = "x" },
            ["a@b.test", "c@d.test", "a@b.test"],
            [new(DsnNotify.Never, null), default, new(DsnNotify.Success, "rfc822;o")])!;
        Envelope envelope = new() { Id = "1", ReceivedAt = DateTimeOffset.UnixEpoch, Sender = "", Recipients = [], Dsn = request };

        byte[] stored = envelope.ToBytes();
        DsnRequest back = Envelope.FromBytes(stored).Dsn!;

        Assert.Contains("\"Notify\":\"Never\"", Encoding.UTF8.GetString(stored), StringComparison.Ordinal);
        Assert.Equal(DsnReturn.Full, back.Return);
        Assert.Equal(request.Recipients, back.Recipients);
        Assert.Equal(new RecipientParameters(DsnNotify.Success, "rfc822;o"), back.For("a@b.test"));
        Assert.Equal(default, back.For("c@d.test"));
        Assert.Null(DsnRequest.From(default, ["a@b.test"], [default]));
    }

    private static Task SendAsync(RelayRig rig, string mail, params string[] recipients) => SendContentAsync(rig, mail, Content, recipients);

    private static async Task SendContentAsync(RelayRig rig, string mail, string content, params string[] recipients)
    {
        await using ScriptedSmtpClient client = await rig.GreetAsync();
        await RelayRig.SayAllAsync(
            client, [$"MAIL FROM:<a@back.test> {mail}", .. recipients.Select(r => $"RCPT TO:{r}"), "DATA"]);
        await client.SendAsync(content + ".\r\n", RelayRig.Stop);
        Assert.StartsWith("250", await client.ReadReplyAsync(RelayRig.Stop), StringComparison.Ordinal);
    }

}
