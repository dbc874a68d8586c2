using System.Net;
using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Server;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Tls;

/// <summary>What a listener offers, takes and refuses by its rule for AUTH, and what one login may send.</summary>
public class ListenerAuthTests
{
    private const string Mail = "MAIL FROM:<a@client.test>";

    private static readonly string Joe = "AUTH PLAIN " + Convert.ToBase64String("\0joe\0secret"u8);

    /// <summary>How far a client has come.</summary>
    public enum Client
    {
        Clear,
        Encrypted,
        Authenticated,

        /// <summary>In clear, while a trusted host says by XCLIENT who it is.</summary>
        Vouched,
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<ListenerAuth, Client, bool, int, int> Table => new()
    {
        // AUTH in EHLO, the reply to AUTH, the reply to MAIL.
        { ListenerAuth.None, Client.Clear, false, 502, 250 },
        { ListenerAuth.None, Client.Encrypted, false, 502, 250 },
        { ListenerAuth.None, Client.Authenticated, false, 502, 250 },
        { ListenerAuth.None, Client.Vouched, false, 502, 250 },
        { ListenerAuth.Offered, Client.Clear, false, 538, 250 },
        { ListenerAuth.Offered, Client.Encrypted, true, 235, 250 },
        { ListenerAuth.Offered, Client.Authenticated, true, 503, 250 },
        { ListenerAuth.Offered, Client.Vouched, false, 538, 250 },
        { ListenerAuth.Required, Client.Clear, false, 538, 530 },
        { ListenerAuth.Required, Client.Encrypted, true, 235, 530 },
        { ListenerAuth.Required, Client.Authenticated, true, 503, 250 },
        { ListenerAuth.Required, Client.Vouched, false, 538, 250 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Listener_ByItsRule_OffersTakesAndRefuses(ListenerAuth rule, Client state, bool isOffered, int auth, int mail)
    {
        SmtpTestHost.SkipWithPackage("XCLIENT is not offered", state == Client.Vouched);
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, users: true, auth: rule, trusted: [IPNetwork.Parse("127.0.0.0/8")]);
        await using (ScriptedSmtpClient client = await ReachAsync(server, state))
        {
            string offer = (await client.SayAsync("EHLO client.test", Stop))!;
            Assert.Equal(isOffered, offer.Contains("PLAIN LOGIN", StringComparison.Ordinal));
            string reply = (await client.SayAsync(Mail, Stop))!;
            Assert.Equal(mail, Code(reply));
            Assert.Equal(mail == 250 ? 250 : 503, Code((await client.SayAsync("RCPT TO:<b@gate.test>", Stop))!));
            Assert.True(mail == 250 || reply.StartsWith("530 5.7.0 Authentication required", StringComparison.Ordinal), reply);
            await client.SayAsync("RSET", Stop);
            Assert.Equal(auth, Code((await client.SayAsync(Joe, Stop))!));
            Assert.Equal(auth == 235 ? 250 : mail, Code((await client.SayAsync(Mail, Stop))!));
            await client.SayAsync("QUIT", Stop);
        }

        Assert.Equal(mail == 530, (await server.Host.Receivers.NextEndAsync(Stop)).Notes.HasFlag(SessionNotes.AuthRequired));
    }

    [Fact]
    public async Task Required_ClientThatOnlyTalks_MayDoSo()
    {
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, users: true, auth: ListenerAuth.Required);
        await using ScriptedSmtpClient client = await ReachAsync(server, Client.Clear);
        // RFC 4954 section 6 names what needs no authentication.
        foreach (string command in new[] { "HELO client.test", "NOOP", "RSET", "EHLO client.test", "QUIT" })
        {
            Assert.StartsWith("2", await client.SayAsync(command, Stop), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LoginRate_OneLoginOverTwoSessions_IsOne()
    {
        FakeTimeProvider time = new();
        ClientLimits limits = new() { LoginMessageRate = RateLimit.PerMinute(2), Exempt = [IPNetwork.Parse("127.0.0.0/8")] };
        await using TlsServer server = await TlsServer.StartAsync(TlsMode.Optional, time: time, users: true, auth: ListenerAuth.Offered, clients: limits);
        await using ScriptedSmtpClient first = await ReachAsync(server, Client.Authenticated);
        await using ScriptedSmtpClient second = await ReachAsync(server, Client.Authenticated);
        await using ScriptedSmtpClient stranger = await ReachAsync(server, Client.Encrypted);
        Assert.Equal(250, await MailAsync(first));
        Assert.Equal(250, await MailAsync(second));
        Assert.Equal("450 4.7.1 Error: too many messages of your login, try again later", await first.SayAsync(Mail, Stop));
        Assert.Equal(450, await MailAsync(second));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(250, await MailAsync(stranger));
        }

        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(250, await MailAsync(first));
        Assert.Equal(450, await MailAsync(second));
    }

    [Fact]
    public void LoginLedger_ManyLogins_KeepsThoseOfAMinute()
    {
        FakeTimeProvider time = new();
        LoginLedger ledger = new(time);
        ClientLimits limits = new() { LoginMessageRate = RateLimit.PerMinute(1) };
        Assert.True(ledger.TryTake("joe", limits));
        Assert.False(ledger.TryTake("JOE", limits));
        Assert.True(ledger.TryTake("joe", limits with { Scope = "submission" }));
        for (int i = 0; i < 10_000; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(ledger.TryTake($"user{i}", limits));
        }

        Assert.InRange(ledger.Count, 60, 1000);
        Assert.True(ledger.TryTake("joe", limits));
    }

    private static async Task<int> MailAsync(ScriptedSmtpClient client)
    {
        int code = Code((await client.SayAsync(Mail, Stop))!);
        await client.SayAsync("RSET", Stop);
        return code;
    }

    private static async Task<ScriptedSmtpClient> ReachAsync(TlsServer server, Client state)
    {
        ScriptedSmtpClient client = await server.Host.GreetAsync();
        if (state == Client.Vouched)
        {
            await client.SayAsync("XCLIENT LOGIN=joe", Stop);
            await client.SayAsync("EHLO client.test", Stop);
        }

        if (state is Client.Encrypted or Client.Authenticated)
        {
            await client.SayAsync("STARTTLS", Stop);
            await client.SecureAsync("gate.test", Stop);
            await client.SayAsync("EHLO client.test", Stop);
        }

        if (state == Client.Authenticated)
        {
            await client.SayAsync(Joe, Stop);
        }

        return client;
    }

    private static int Code(string reply) => int.Parse(reply.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
}
