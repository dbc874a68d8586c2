using System.Text;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>Mail that may go on over TLS only, in front of hosts that have none.</summary>
public class RequireTlsTests
{
    [Fact]
    public async Task RequireTls_NoHostHasTls_NothingGoesOutInClearAndThePostmasterHearsNoDetail()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.Capabilities = [.. house.Server.Capabilities, "REQUIRETLS"];
        MessageId id = await QueueAsync(house, "alice@sender.test");
        await house.EmptyAsync();

        // Not the message, and not the report with its header either.
        ReceivedMessage notice = Assert.Single(house.Server.Messages);
        Assert.Equal(string.Empty, notice.Sender);
        Assert.Equal(["postmaster@sender.test"], notice.Recipients);
        Assert.Contains("Subject: Undelivered mail, details withheld\r\n", notice.Text, StringComparison.Ordinal);
        Assert.Contains("Its Message-ID is <1@example.org>.\r\nStatus: 5.7.30\r\n", notice.Text, StringComparison.Ordinal);
        foreach (string secret in (string[])["alice", "a@example.org", "b@example.net", "Subject: hi", "Hello", id.ToString()])
        {
            Assert.DoesNotContain(secret, notice.Text, StringComparison.Ordinal);
        }

        string log = string.Join("\n", house.Logs.All);
        Assert.Contains($"{id}: to=<b@example.net>, relay=", log, StringComparison.Ordinal);
        Assert.Contains("dsn=5.7.30, status=bounced (REQUIRETLS support required", log, StringComparison.Ordinal);
        Assert.Contains("cannot be returned with REQUIRETLS, notice without details to <postmaster@sender.test>", log, StringComparison.Ordinal);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task RequireTls_NullSender_IsDroppedWithoutANotice()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await QueueAsync(house, "");
        await house.EmptyAsync();
        Assert.Empty(house.Server.Messages);
        Assert.Contains("undeliverable and from the null sender, dropped (REQUIRETLS support required", string.Join("\n", house.Logs.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequireTls_SecondHostOfTheRoute_IsAskedBeforeItFails()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await using ScriptedSmtpServer second = new();
        house.Routes(RelayHouse.RouteTo("default", house.Server, second));
        await QueueAsync(house, "");
        await house.EmptyAsync();
        Assert.Equal((1, 1), (house.Server.ConnectionCount, second.ConnectionCount));
        Assert.Empty(second.Messages);
    }

    [Fact]
    public void Envelope_WithRequireTls_ComesBackAndWithoutItIsTheFormOfBefore()
    {
        Envelope envelope = new()
        {
            Id = "1", ReceivedAt = DateTimeOffset.UnixEpoch, Sender = "", Recipients = [], RequireTls = true, About = new WithheldMessage("<m@x.test>", "5.7.30"),
        };
        Envelope back = Envelope.FromBytes(envelope.ToBytes());
        Assert.True(back.RequireTls);
        Assert.Equal(envelope.About, back.About);
        string plain = Encoding.UTF8.GetString((envelope with { RequireTls = false, About = null }).ToBytes());
        Assert.DoesNotContain("Tls", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("About", plain, StringComparison.Ordinal);
    }

    private static async Task<MessageId> QueueAsync(RelayHouse house, string sender)
    {
        await using ISmtpReceiver session = house.Session();
        byte[] content = Encoding.ASCII.GetBytes(RelayHouse.Clean);
        Assert.Null(session.Greet());
        Assert.True(MailPath.TryParse(sender, out MailPath from));
        Assert.True(MailPath.TryParse("b@example.net", out MailPath to));
        Assert.True((await session.MailAsync(from, new MailParameters { RequireTls = true, Return = DsnReturn.Full })).IsSuccess);
        Assert.True((await session.RecipientAsync(to, default)).IsSuccess);
        await session.BeginAsync();
        session.Append(content);
        return RelayHouse.IdIn(await session.CommitAsync(new DataEnd(content.Length, -1), RelayHouse.Ct));
    }
}
