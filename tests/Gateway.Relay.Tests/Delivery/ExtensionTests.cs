using System.Text;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>Mail that needs an extension: it goes to a host that has it, or back, and is never changed.</summary>
public sealed class ExtensionTests
{
    private static readonly byte[] EightBit = [.. Encoding.ASCII.GetBytes(RelayHouse.Clean), 0xC3, 0xBC, (byte)'\r', (byte)'\n'];

    [Theory]
    [InlineData(false, "5.6.3", "8BITMIME")]
    [InlineData(true, "5.6.7", "SMTPUTF8")]
    public async Task Extension_NoHostOffersIt_BouncesAndNothingOfItIsSent(bool utf8, string status, string name)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Capabilities = ["PIPELINING"];
        await QueueAsync(house, utf8);
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
        await QueueAsync(house, utf8);
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
        Assert.EndsWith(Encoding.Latin1.GetString(EightBit), Assert.Single(second.Messages).Text, StringComparison.Ordinal);
        string mail = Assert.Single(second.Transcript(1), l => l.StartsWith("C: MAIL", StringComparison.Ordinal));
        Assert.Contains(" BODY=8BITMIME", mail, StringComparison.Ordinal);
        Assert.Equal(utf8, mail.EndsWith(" SMTPUTF8", StringComparison.Ordinal));
    }

    private static async Task QueueAsync(RelayHouse house, bool utf8)
    {
        await using ISmtpReceiver session = house.Session();
        Assert.Null(session.Greet());
        Assert.True(MailPath.TryParse("a@example.org", out MailPath from));
        Assert.True(MailPath.TryParse("b@example.net", out MailPath to));
        Assert.True((await session.MailAsync(from, new MailParameters(0, BodyType.EightBitMime, utf8))).IsSuccess);
        Assert.True((await session.RecipientAsync(to, default)).IsSuccess);
        await session.BeginAsync();
        session.Append(EightBit);
        RelayHouse.IdIn(await session.CommitAsync(new DataEnd(EightBit.Length, -1), RelayHouse.Ct));
    }
}
