using System.Text;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using MimeKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What a sender hears of mail that does not arrive.</summary>
public class BounceTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Theory]
    [InlineData(SmtpStep.Mail, "550 5.7.1 not from you", "5.7.1")]
    [InlineData(SmtpStep.Rcpt, "550 5.1.1 no such user", "5.1.1")]
    [InlineData(SmtpStep.Data, "554 no", "5.0.0")]
    [InlineData(SmtpStep.FinalDot, "554 5.6.0 spam", "5.6.0")]
    public async Task Refused_AtAnyStep_IsReturnedToTheSender(SmtpStep step, string reply, string status)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(step, m => m.Sender.Length > 0 ? SmtpAction.Reply(reply) : null);
        MessageId id = await house.QueueAsync();
        await house.EmptyAsync();

        ReceivedMessage sent = Assert.Single(house.Server.Messages);
        Assert.Equal(string.Empty, sent.Sender);
        Assert.Equal(["a@example.org"], sent.Recipients);
        MimeMessage bounce = Parse(sent);
        Assert.Equal("auto-replied", bounce.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("MAILER-DAEMON@gw.test", bounce.From.Mailboxes.Single().Address);
        Assert.Equal("a@example.org", bounce.To.Mailboxes.Single().Address);
        MultipartReport report = Assert.IsType<MultipartReport>(bounce.Body);
        Assert.Equal("delivery-status", report.ReportType);
        HeaderList perMessage = Status(report).StatusGroups[0];
        HeaderList recipient = Status(report).StatusGroups[1];
        Assert.Equal("dns; gw.test", perMessage["Reporting-MTA"]);
        Assert.Equal(id.ToString(), perMessage["X-Gateway-Queue-ID"]);
        Assert.Equal("rfc822; b@example.net", recipient["Final-Recipient"]);
        Assert.Equal("failed", recipient["Action"]);
        Assert.Equal(status, recipient["Status"]);
        Assert.Equal("dns; 127.0.0.1", recipient["Remote-MTA"]);
        Assert.Equal($"smtp; {reply}", recipient["Diagnostic-Code"]);
        Assert.Contains("b@example.net", ((TextPart)report[0]).Text, StringComparison.Ordinal);
        Assert.Equal(RelayHouse.Clean[..RelayHouse.Clean.IndexOf("\r\n\r\n", StringComparison.Ordinal)], Original(sent));
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Refused_SomeOfMany_OnlyTheseAreReturnedAndTheOthersHaveTheMail()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("bad", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 unknown") : null);
        await house.QueueAsync(RelayHouse.Clean, "good@example.net", "bad1@example.net", "bad2@example.net");
        await house.EmptyAsync();

        Assert.Equal(2, house.Server.Messages.Count);
        Assert.Equal(["good@example.net"], house.Server.Messages.Single(m => m.Sender.Length > 0).Recipients);
        MessageDeliveryStatus status = Status(Report(house.Server.Messages.Single(m => m.Sender.Length == 0)));
        Assert.Equal(["rfc822; bad1@example.net", "rfc822; bad2@example.net"], status.StatusGroups.Skip(1).Where(g => g.Count > 0).Select(g => g["Final-Recipient"]));
    }

    [Fact]
    public async Task Refused_NullSender_IsDroppedWithoutABounce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 unknown"));
        RelayHouse.IdIn(await house.SendAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), string.Empty, "b@example.net"));
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
        Assert.Equal(1, house.Server.Moments.Count(m => m.Step == SmtpStep.Rcpt));
        Assert.Equal(1, house.Logs.Count(26));
    }

    [Fact]
    public async Task Expired_AfterRetries_BouncesOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Retry = new RetrySchedule { Lifetime = TimeSpan.FromMinutes(2) } });
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("451 4.7.1 come again") : null);
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        await house.PassUntilAsync(() => house.Relay.Delivery.Count == 0);
        MultipartReport report = Report(Assert.Single(house.Server.Messages));
        Assert.Equal("4.4.7", Status(report).StatusGroups[1]["Status"]);
        Assert.Contains("451 4.7.1 come again", ((TextPart)report[0]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expired_WhileAllHostsAreDown_FreshAndRetriedMailBounceOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Retry = new RetrySchedule { Lifetime = TimeSpan.FromMinutes(10) } });
        house.Server.Once(SmtpStep.Rcpt, SmtpAction.Reply("451 4.7.1 come again"));
        MessageId retried = await house.QueueAsync();
        await house.DeferredAsync(retried);
        house.Server.StopListening();
        house.Server.DropConnections();
        MessageId[] fresh = [await house.QueueAsync(), await house.QueueAsync()];
        await house.DeferredAsync(fresh[0]);
        await house.PassUntilAsync(() => fresh.Append(retried).All(id => house.Relay.Delivery.Find(id) is null));
        Assert.Equal(3, house.Logs.Count(25));
        Assert.Equal(3, house.Relay.Delivery.Count);
        house.Server.Listen();
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(3, house.Server.Messages.Count);
        Assert.All(house.Server.Messages, m => Assert.Equal(["a@example.org"], m.Recipients));
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task Refused_NonAsciiAddresses_OnlyTheToFieldIsUtf8()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("k\u00f6nig", StringComparison.Ordinal) || m.Line.Contains("k\u00c3\u00b6nig", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 unbekannt") : null);
        await house.SendAsync(Encoding.ASCII.GetBytes(RelayHouse.Clean), "j\u00fcrgen@example.org", "k\u00f6nig+a=b@example.net");
        await house.EmptyAsync();

        ReceivedMessage sent = Assert.Single(house.Server.Messages);
        // The notification travels with SMTPUTF8, so the header may name its addressee (RFC 6532); all else is in seven bits.
        string text = Encoding.UTF8.GetString(sent.Content);
        Assert.Contains("\r\nTo: j\u00fcrgen@example.org\r\n", text, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(text.Replace("To: j\u00fcrgen@", "To: @", StringComparison.Ordinal)));
        MimeMessage bounce = Parse(sent);
        Assert.Equal("utf-8; k\\x{F6}nig\\x{2B}a\\x{3D}b@example.net", Status((MultipartReport)bounce.Body!).StatusGroups[1]["Final-Recipient"]);
        Assert.Contains("k\u00f6nig+a=b@example.net", ((TextPart)((MultipartReport)bounce.Body!)[0]).Text, StringComparison.Ordinal);
        Assert.Contains("SMTPUTF8", sent.MailLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: =?utf-8?B?!!!?=\r\nX: \u00ff\u00fe\u0080\r\nContent-Type: multipart/mixed; boundary=\"--\"\r\n\r\nbody\r\n", "Subject: =?utf-8?B?!!!?=\r\nX: \u00ff\u00fe\u0080\r\nContent-Type: multipart/mixed; boundary=\"--\"\r\n")]
    [InlineData("\r\nall body\r\n\r\nmore\r\n", "")]
    [InlineData("Only: header\r\n", "Only: header\r\n")]
    [InlineData("Cut: off", "")]
    [InlineData("", "")]
    public async Task Refused_HostileOriginal_ItsHeaderIsAttachedAsItIs(string content, string header)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Rules = Policies.AllowAll });
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("550 5.1.1 unknown") : null);
        await house.QueueAsync(content);
        await house.EmptyAsync();

        MultipartReport report = Report(Assert.Single(house.Server.Messages));
        Assert.Equal(3, report.Count);
        Assert.Equal(header.TrimEnd(), Original(house.Server.Messages[0]));
        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
    }

    [Fact]
    public async Task Refused_HeaderLongerThanTheBound_WholeLinesOfItAreAttached()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Rules = Policies.AllowAll });
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("550 5.1.1 unknown") : null);
        await house.QueueAsync(string.Concat(Enumerable.Range(0, 3000).Select(i => $"X-{i}: {new string('x', 40)}\r\n")) + "\r\nbody\r\n");
        await house.EmptyAsync();

        string original = Original(Assert.Single(house.Server.Messages));
        Assert.InRange(original.Length, 65_000, 65_536);
        Assert.EndsWith($": {new string('x', 40)}", original, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_SpoolTakesNoBounce_NobodyGetsTheMailTwiceAndTheBounceComesLater()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("bad", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 unknown") : null);
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        MessageId id = await house.QueueAsync(RelayHouse.Clean, "good@example.net", "bad@example.net");
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, Ct);
        house.Disk.WriteError = FailingDisk.NoSpace;
        house.Disk.CreateError = FailingDisk.NoSpace;
        gate.SetResult();
        QueueEntry entry = await house.DeferredAsync(id);
        Assert.Equal(["bad@example.net"], entry.Recipients);

        house.Disk.WriteError = 0;
        house.Disk.CreateError = 0;
        house.Time.Advance(TimeSpan.FromSeconds(15));
        await RelayHouse.UntilAsync(() => house.Relay.UnavailableReason is null);
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(["good@example.net", "a@example.org"], house.Server.Messages.SelectMany(m => m.Recipients));
    }

    private static MultipartReport Report(ReceivedMessage sent) => Assert.IsType<MultipartReport>(Parse(sent).Body);

    private static MimeMessage Parse(ReceivedMessage sent) => MimeMessage.Load(new MemoryStream(sent.Content), Ct);

    private static MessageDeliveryStatus Status(MultipartReport report) => Assert.IsType<MessageDeliveryStatus>(report[1]);

    /// <summary>The attached header as it was written; MimeKit's own reading of it would parse it.</summary>
    private static string Original(ReceivedMessage sent)
    {
        string part = sent.Text[sent.Text.IndexOf("Content-Type: text/rfc822-headers", StringComparison.Ordinal)..];
        int body = part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        byte[] written = Encoding.Latin1.GetBytes(part[body..part.LastIndexOf("\r\n--", StringComparison.Ordinal)]);
        if (!part[..body].Contains("quoted-printable", StringComparison.Ordinal))
        {
            Assert.DoesNotContain("base64", part[..body], StringComparison.Ordinal);
            return Encoding.Latin1.GetString(written).TrimEnd();
        }

        MimeKit.Encodings.QuotedPrintableDecoder decoder = new();
        byte[] decoded = new byte[decoder.EstimateOutputLength(written.Length)];
        return Encoding.Latin1.GetString(decoded, 0, decoder.Decode(written, 0, written.Length, decoded)).TrimEnd();
    }
}
