using System.Text;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using MimeKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What a host said reaches people whole: in the notification, the log line and the listing.</summary>
public class WholeReplyTests
{
    /// <summary>The shape of large mail systems: what to do stands in the last of nine lines.</summary>
    private static readonly string[] Nine =
    [
        "This mail has been blocked because the sender is unauthenticated.", "We require all senders to authenticate with either SPF or DKIM.", "",
        " Authentication results:", " DKIM = did not pass", " SPF [mail.example.org] with ip: [192.0.2.25] = did not pass", "",
        " For instructions on setting up authentication, go to", " https://support.example.com/mail/answer/81126#authentication 41be03 - gsmtp",
    ];

    private static readonly string[] Twelve = [.. Enumerable.Range(1, 12).Select(i => $"line {i} of twelve with some fifty characters of text in it")];

    public static TheoryData<string, string[]> Shapes => new() { { "nine lines", Nine }, { "twelve lines", Twelve }, { "one long word", [new string('w', 1900)] } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Refused_LongReply_IsWholeInNotificationAndLog(string name, string[] lines)
    {
        Assert.NotEmpty(name);
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.FinalDot, m => m.Sender.Length > 0 ? SmtpAction.Reply(Wire("550", "5.7.26", lines)) : null);
        await house.QueueAsync();
        await house.EmptyAsync();

        ReceivedMessage sent = Assert.Single(house.Server.Messages);
        MultipartReport report = Assert.IsType<MultipartReport>(MimeMessage.Load(new MemoryStream(sent.Content), RelayHouse.Ct).Body);
        string diagnostic = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups[1]["Diagnostic-Code"]!;
        string text = ((TextPart)report[0]).Text!;
        string log = house.Logs.All.Single(l => l.Contains("status=bounced", StringComparison.Ordinal));
        foreach (string line in lines)
        {
            Assert.Contains(Joined(line), Joined(diagnostic), StringComparison.Ordinal);
            Assert.Contains(Joined(line), Joined(text), StringComparison.Ordinal);
            Assert.Contains(line.Trim(), log, StringComparison.Ordinal);
        }

        Assert.StartsWith("smtp; 550 5.7.26 ", diagnostic, StringComparison.Ordinal);
        Assert.DoesNotContain("=?", sent.Text, StringComparison.Ordinal);
        Assert.All(sent.Text.Split("\r\n"), line => Assert.True(line.Length <= 998, $"{line.Length} characters"));
    }

    [Fact]
    public async Task Deferred_LongReply_IsWholeInListingAndDelayWarning()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { DelayWarning = TimeSpan.FromHours(4) });
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply(Wire("450", "4.2.1", Nine)) : null);
        MessageId id = await house.QueueAsync();
        Assert.Contains("gsmtp", (await house.DeferredAsync(id)).LastReply, StringComparison.Ordinal);
        await house.RestartAsync();
        Assert.Contains("gsmtp", house.Relay.Delivery.Find(id)!.LastReply, StringComparison.Ordinal);
        house.Time.Advance(TimeSpan.FromHours(5));
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("answer/81126#authentication", house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Reply_BeyondTheBound_EndsInAPlainMark()
    {
        string cut = LogText.Reply(new string('x', LogText.ReplyLimit + 1));
        Assert.Equal(LogText.ReplyLimit + 3, cut.Length);
        Assert.EndsWith("x...", cut, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550 gr\u00fc\u00df", "smtp; 550 gr\\u00fc\\u00df")]
    [InlineData("550 a    b", "smtp; 550 a b")]
    [InlineData("550 ", "smtp; 550")]
    public void Diagnostic_AnyText_IsPlainAscii(string reply, string expected) => Assert.Equal(expected, ReportText.Diagnostic(reply).Value);

    [Fact]
    public void Diagnostic_LongText_IsFoldedAtBlanks()
    {
        Header field = ReportText.Diagnostic("550 " + string.Join(' ', Enumerable.Repeat("word", 100)));
        string[] lines = Encoding.ASCII.GetString(field.RawValue).TrimEnd('\n').Split('\n');
        Assert.All(lines.Skip(1), line => Assert.True(line.StartsWith(" word", StringComparison.Ordinal) && line.Length <= 78, line));
        Assert.Equal(100, lines.Sum(line => line.Split("word").Length - 1));
    }

    private static string Wire(string code, string enhanced, string[] lines) =>
        string.Join('\n', lines.Select((line, i) => $"{code}{(i == lines.Length - 1 ? ' ' : '-')}{enhanced} {line}"));

    private static string Joined(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));
}
