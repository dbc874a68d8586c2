using Gateway.Mime;
using Gateway.TestKit;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using Xunit;

namespace Gateway.SmtpServerGuard.Tests;

/// <summary>What clients of a guarded server see, over the listener of the package and over the guard's own.</summary>
public class GuardConversationTests
{
    private const string Clean = "From: a@one.test\r\nTo: b@two.test\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@one.test>\r\nSubject: x\r\n\r\nHello\r\n";
    private const string WithoutHeader = "no header field at all\r\n";
    private const string BareLf = Clean + "line\nline\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CleanMail_IsStoredByteForByte(bool own)
    {
        await using GuardHost host = await StartAsync(own);

        Assert.Equal("250 Ok", await DeliverAsync(host, Clean));

        Assert.Equal([Clean], host.Stored);
        Assert.Equal(RuleAction.Allow, Assert.IsType<InspectionReport>(host.Context!.Properties[MessageGuard.ReportKey]).Verdict);
        Assert.False(host.StoreToken.CanBeCanceled);
        Assert.Equal([("a@one.test", Clean)], host.Judged);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HeldMail_GoesToItsPlaceAndNotToTheStore(bool own)
    {
        Place held = new();
        await using GuardHost host = await StartAsync(own, new GuardOptions { Held = held });

        Assert.Equal("250 2.0.0 Message accepted", await DeliverAsync(host, WithoutHeader));

        Assert.Equal([RuleAction.Quarantine], held.Verdicts);
        Assert.Empty(host.Stored);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HeldMail_WithoutAPlace_IsRefused(bool own)
    {
        await using GuardHost host = await StartAsync(own);

        Assert.StartsWith("550 5.6.0 Message refused (", await DeliverAsync(host, WithoutHeader), StringComparison.Ordinal);
        Assert.Empty(host.Stored);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HeldMail_ThatCannotBeHeld_IsPutOff(bool own)
    {
        await using GuardHost host = await StartAsync(own, new GuardOptions { Held = new Place { Fault = new IOException("full") } });

        Assert.StartsWith("451 4.3.0 ", await DeliverAsync(host, WithoutHeader), StringComparison.Ordinal);
        Assert.Equal("full", Assert.Single(host.Faults).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RefusedMail_IsToldRuleAndOctet(bool own)
    {
        await using GuardHost host = await StartAsync(own, new GuardOptions { Held = new Place() });

        Assert.Equal($"550 5.6.0 Message refused (bare-lf at octet {Clean.Length + 4})", await DeliverAsync(host, BareLf));
        Assert.Empty(host.Stored);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AStoreThatFails_PutsOffAndTheSessionGoesOn(bool own)
    {
        await using GuardHost host = await StartAsync(own);
        await using ScriptedSmtpClient client = await host.GreetAsync();
        host.Answer = static () => throw new IOException("disk full");

        Assert.Equal("451 4.3.0 Local error, try again later", await client.DeliverAsync("a@one.test", ["b@two.test"], Clean, Token));

        host.Answer = static () => Task.FromResult(SmtpResponse.Ok);
        Assert.Equal("250 Ok", await client.DeliverAsync("a@one.test", ["b@two.test"], Clean, Token));
        Assert.Equal("disk full", Assert.Single(host.Faults).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AStoreThatThrowsAReply_IsHeard(bool own)
    {
        await using GuardHost host = await StartAsync(own);
        host.Answer = static () => throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.Aborted, "4.2.1 not today"));

        Assert.Equal("451 4.2.1 not today", await DeliverAsync(host, Clean));
        Assert.Empty(host.Faults);
    }

    [Theory]
    [InlineData(false, "MAIL FROM:<\"a\\tb\"@one.test>")]
    [InlineData(true, "MAIL FROM:<\"a\\tb\"@one.test>")]
    public async Task AnAddressWithAControlCharacter_IsRefused(bool own, string line)
    {
        await using GuardHost host = await StartAsync(own);
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.StartsWith("553 5.1.7 Bad sender address", await client.SayAsync(line, Token), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SayAsync("MAIL FROM:<>", Token), StringComparison.Ordinal);
        Assert.StartsWith("553 5.1.3 Bad recipient address", await client.SayAsync(line.Replace("MAIL FROM", "RCPT TO", StringComparison.Ordinal), Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RecipientsOverTheBound_ArePutOffAndTheOthersGetTheMail(bool own)
    {
        await using GuardHost host = await StartAsync(own, new GuardOptions { MaxRecipients = 2 });
        await using ScriptedSmtpClient client = await host.GreetAsync();
        await client.SayAsync("MAIL FROM:<>", Token);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal("250 Ok", await client.SayAsync($"RCPT TO:<b{i}@two.test>", Token));
        }

        // Over the guard's own listener there is no end to them; the package ends the session at the fifth.
        for (int i = 0; i < (own ? 20 : 3); i++)
        {
            Assert.StartsWith("452 4.5.3 Too many recipients", await client.SayAsync($"RCPT TO:<c{i}@two.test>", Token), StringComparison.Ordinal);
        }

        await client.SayAsync("DATA", Token);
        await client.SendAsync(Clean + ".\r\n", Token);
        Assert.Equal("250 Ok", await client.ReadReplyAsync(Token));
        Assert.Equal([(string.Empty, Clean)], host.Judged);
        await client.SayAsync("MAIL FROM:<>", Token);
        Assert.Equal("250 Ok", await client.SayAsync("RCPT TO:<b@two.test>", Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AMessageOverTheBound_IsRefused(bool own)
    {
        await using GuardHost host = await StartAsync(own, new GuardOptions { MaxMessageBytes = 1000 });

        Assert.Equal("552 5.3.4 Message too big", await DeliverAsync(host, Clean + new string('x', 1000) + "\r\n"));
        Assert.Empty(host.Judged);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheProgramsFilter_IsAsked_AndItsFaultsPutOff(bool own)
    {
        await using GuardHost host = await StartAsync(own, inner: new Choosy());
        await using ScriptedSmtpClient client = await host.GreetAsync();

        Assert.StartsWith("250 ", await client.SayAsync("MAIL FROM:<a@one.test>", Token), StringComparison.Ordinal);
        Assert.StartsWith("550 ", await client.SayAsync("RCPT TO:<no@two.test>", Token), StringComparison.Ordinal);
        Assert.StartsWith("451 4.3.0 ", await client.SayAsync("RCPT TO:<fault@two.test>", Token), StringComparison.Ordinal);
        Assert.StartsWith("551 not here", await client.SayAsync("RCPT TO:<moved@two.test>", Token), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SayAsync("RCPT TO:<b@two.test>", Token), StringComparison.Ordinal);
        Assert.Equal("directory is down", Assert.Single(host.Faults).Message);
    }

    private static Task<GuardHost> StartAsync(bool own, GuardOptions? options = null, IMailboxFilter? inner = null) =>
        GuardHost.StartAsync(own ? new GuardedListenerOptions() : null, options, inner);

    private static async Task<string?> DeliverAsync(GuardHost host, string content)
    {
        await using ScriptedSmtpClient client = await host.GreetAsync();
        return await client.DeliverAsync("a@one.test", ["b@two.test"], content, Token);
    }

    private sealed class Place : IHeldMail
    {
        public List<RuleAction> Verdicts { get; } = [];

        public Exception? Fault { get; init; }

        public Task HoldAsync(GuardedMail mail, CancellationToken ct)
        {
            Verdicts.Add(mail.Report.Verdict);
            return Fault is null ? Task.CompletedTask : Task.FromException(Fault);
        }
    }

    private sealed class Choosy : MailboxFilter
    {
        public override Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) => to.User switch
        {
            "no" => Task.FromResult(false),
            "fault" => throw new TimeoutException("directory is down"),
            "moved" => throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.RelayDenied, "not here")),
            _ => Task.FromResult(true),
        };
    }
}
