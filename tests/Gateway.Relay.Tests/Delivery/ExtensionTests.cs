using System.Text;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>Mail that needs an extension: it goes to a host that has it, or as the terms of its route have it.</summary>
public class ExtensionTests
{
    private static readonly byte[] EightBit = [.. Encoding.ASCII.GetBytes(RelayHouse.Clean), 0xC3, 0xBC, (byte)'\r', (byte)'\n'];
    private static readonly byte[] Utf8Header = [.. "Comments: \u00fc\r\n"u8, .. EightBit];
    private static readonly byte[] Utf8PartHeader = Encoding.UTF8.GetBytes(
        RelayHouse.Clean.Replace("\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n", StringComparison.Ordinal)[..^"Hello.\r\n.\r\n".Length]
        + "--m\r\nContent-Type: text/plain\r\nContent-Description: \u00fc\r\n\r\nHello.\r\n--m--\r\n");

    [Theory]
    [InlineData(false, "5.6.3", "8BITMIME")]
    [InlineData(true, "5.6.7", "SMTPUTF8")]
    public async Task Extension_NoHostOffersIt_BouncesAndNothingOfItIsSent(bool utf8, string status, string name)
    {
        await using RelayHouse house = await OpenAsync(EightBitHandling.Require);
        house.Server.Capabilities = ["PIPELINING"];
        await QueueAsync(house, utf8 ? Utf8Header : EightBit, utf8);
        await house.EmptyAsync();
        ReceivedMessage bounce = Assert.Single(house.Server.Messages);
        Assert.Equal(string.Empty, bounce.Sender);
        Assert.Contains($"Status: {status}\r\n", bounce.Text, StringComparison.Ordinal);
        Assert.Contains($"the host does not offer {name}", bounce.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u00c3", bounce.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Extension_SecondHostOffersIt_GetsIt(bool utf8)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await using ScriptedSmtpServer second = new();
        house.Server.Capabilities = ["PIPELINING"];
        house.Routes(RelayHouse.RouteTo("default", house.Server, second));
        await QueueAsync(house, utf8 ? Utf8Header : EightBit, utf8);
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
        Assert.EndsWith(Encoding.Latin1.GetString(utf8 ? Utf8Header : EightBit), Assert.Single(second.Messages).Text, StringComparison.Ordinal);
        string mail = Assert.Single(second.Transcript(1), l => l.StartsWith("C: MAIL", StringComparison.Ordinal));
        Assert.Contains(" BODY=8BITMIME", mail, StringComparison.Ordinal);
        Assert.Equal(utf8, mail.EndsWith(" SMTPUTF8", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EightBit_Send_GoesAsItIsWithoutBody()
    {
        await using RelayHouse house = await OpenAsync(new RouteTerms().EightBit);
        house.Server.Capabilities = ["PIPELINING"];
        await QueueAsync(house, EightBit, utf8: false);
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(house.Server.Messages);
        Assert.EndsWith(Encoding.Latin1.GetString(EightBit), got.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("BODY", got.MailLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EightBit_Convert_IsSaidInSevenBitsAndMeansTheSame()
    {
        await using RelayHouse house = await OpenAsync(EightBitHandling.Convert);
        house.Server.Capabilities = ["PIPELINING"];
        await QueueAsync(house, EightBit, utf8: false);
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(house.Server.Messages);
        Assert.True(System.Text.Ascii.IsValid(got.Content));
        Assert.DoesNotContain("BODY", got.MailLine, StringComparison.Ordinal);
        using MimeKit.MimeMessage read = MimeKit.MimeMessage.Load(new MemoryStream(got.Content), RelayHouse.Ct);
        Assert.Contains("\u00fc", read.TextBody, StringComparison.Ordinal);
        Assert.Equal(1, house.Logs.Count(264));
    }

    [Theory]
    [InlineData(EightBitHandling.Send, true)]
    [InlineData(EightBitHandling.Require, false)]
    public async Task EightBit_ConvertOfSignedContent_DoesAsTheTermsHaveIt(EightBitHandling ofSigned, bool sent)
    {
        byte[] content = Encoding.UTF8.GetBytes(
            RelayHouse.Clean.Replace("\r\n\r\n", "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=m; protocol=\"application/pgp-signature\"; micalg=pgp-sha256\r\n\r\n", StringComparison.Ordinal)[..^"Hello.\r\n.\r\n".Length]
            + "--m\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nHello \u00fc.\r\n--m\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--m--\r\n");
        await using RelayHouse house = await OpenAsync(EightBitHandling.Convert, ofSigned);
        house.Server.Capabilities = ["PIPELINING"];
        await QueueAsync(house, content, utf8: false);
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(house.Server.Messages);
        Assert.Equal(sent ? "a@example.org" : string.Empty, got.Sender);
        Assert.Equal(sent, got.Text.EndsWith(Encoding.Latin1.GetString(content), StringComparison.Ordinal));
        Assert.Equal(0, house.Logs.Count(264));
    }

    /// <summary>A report with the whole of an 8-bit message (RET=FULL), for a sender whose host has no 8BITMIME.</summary>
    [Fact]
    public async Task EightBit_OfOurOwnNotification_IsConvertedWhateverTheTerms()
    {
        await using RelayHouse house = await OpenAsync(EightBitHandling.Require);
        await using ScriptedSmtpServer old = new();
        old.Capabilities = ["PIPELINING"];
        house.Routes(RelayHouse.RouteTo("default", house.Server), RelayHouse.RouteTo("example.org", old) with { Terms = new RouteTerms { EightBit = EightBitHandling.Require } });
        house.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("550 5.1.1 unknown"));
        await QueueAsync(house, EightBit, utf8: false, DsnReturn.Full);
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(old.Messages);
        Assert.True(System.Text.Ascii.IsValid(got.Content));
        Assert.Contains("Content-Type: message/rfc822", got.Text, StringComparison.Ordinal);
    }

    /// <summary>What the message needs counts, not what MAIL says (RFC 6531 section 3.6): clients say SMTPUTF8 for all their mail.</summary>
    [Theory]
    [InlineData("ascii", true, false)]
    [InlineData("body", true, false)]
    [InlineData("header", true, true)]
    [InlineData("part", true, true)]
    [InlineData("header", false, false)]
    public async Task SmtpUtf8_IsAskedFor_WhenTheMessageNeedsIt(string where, bool declared, bool needed)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        byte[] content = where switch
        {
            "ascii" => Encoding.ASCII.GetBytes(RelayHouse.Clean),
            "body" => EightBit,
            "header" => Utf8Header,
            _ => Utf8PartHeader,
        };
        await QueueAsync(house, content, declared);
        await house.EmptyAsync();
        Assert.EndsWith(Encoding.Latin1.GetString(content), Assert.Single(house.Server.Messages).Text, StringComparison.Ordinal);
        Assert.Equal(needed, house.Server.Transcript(1).Single(l => l.StartsWith("C: MAIL", StringComparison.Ordinal)).EndsWith(" SMTPUTF8", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SmtpUtf8_DeclaredWithoutNeed_GoesToAHostWithoutIt()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Capabilities = ["PIPELINING", "8BITMIME"];
        await QueueAsync(house, EightBit, utf8: true);
        await house.EmptyAsync();
        Assert.Equal("a@example.org", Assert.Single(house.Server.Messages).Sender);
    }

    private static Task<RelayHouse> OpenAsync(EightBitHandling eightBit, EightBitHandling signed = EightBitHandling.Send) => RelayHouse.OpenedAsync(
        h => h.Routes(RelayHouse.RouteTo("default", h.Server) with { Terms = new RouteTerms { EightBit = eightBit, EightBitSigned = signed } }));

    private static async Task QueueAsync(RelayHouse house, byte[] content, bool utf8, DsnReturn wants = DsnReturn.Unspecified)
    {
        await using ISmtpReceiver session = house.Session();
        Assert.Null(session.Greet());
        Assert.True(MailPath.TryParse("a@example.org", out MailPath from));
        Assert.True(MailPath.TryParse("b@example.net", out MailPath to));
        Assert.True((await session.MailAsync(from, new MailParameters(0, BodyType.EightBitMime, utf8) { Return = wants })).IsSuccess);
        Assert.True((await session.RecipientAsync(to, default)).IsSuccess);
        await session.BeginAsync();
        session.Append(content);
        RelayHouse.IdIn(await session.CommitAsync(new DataEnd(content.Length, -1), RelayHouse.Ct));
    }
}
