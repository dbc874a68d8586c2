using Gateway.Smtp.Client;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>XFORWARD: telling the host behind where mail came from.</summary>
public sealed class ForwardTests
{
    private const string Offer = "XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT";
    private static readonly OriginalClient Client = new("192.0.2.7", "mail.client.test", "ESMTPS", "4bXk2Zq9Rt");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("192.0.2.7", "mail.client.test", "ESMTPSA", "NAME=[UNAVAILABLE] ADDR=192.0.2.7 PROTO=ESMTP HELO=mail.client.test IDENT=id SOURCE=REMOTE")]
    [InlineData("2001:db8::1", "a b+c=\u00fc", "SMTP", "NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1 PROTO=SMTP HELO=a+20b+2Bc+3D+C3+BC IDENT=id SOURCE=REMOTE")]
    [InlineData("192.0.2.7", "", "UTF8SMTP", "NAME=[UNAVAILABLE] ADDR=192.0.2.7 PROTO=ESMTP HELO=[UNAVAILABLE] IDENT=id SOURCE=REMOTE")]
    [InlineData("", "", "", "NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] PROTO=[UNAVAILABLE] HELO=[UNAVAILABLE] IDENT=id SOURCE=LOCAL")]
    public void Command_EachClient_IsEncoded(string address, string hello, string protocol, string expected) =>
        Assert.Equal("XFORWARD " + expected, new OriginalClient(address, hello, protocol, "id").Command(OriginalClient.Offered(Offer)));

    [Fact]
    public void Command_HostKnowsLess_GetsLess() =>
        Assert.Equal("XFORWARD ADDR=192.0.2.7 HELO=mail.client.test", Client.Command(OriginalClient.Offered("XFORWARD helo addr else")));

    [Fact]
    public void Command_NameTooLong_IsLeftOut() =>
        Assert.Equal("XFORWARD HELO=[UNAVAILABLE]", (Client with { Hello = new string('\u00fc', 100) }).Command(OriginalClient.Offered("HELO")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_HostOffersIt_IsToldBeforeEachMail(bool pipelining)
    {
        await using ScriptedSmtpServer server = ServerWith(pipelining, "250 2.0.0 Ok");
        await using DownstreamConnection connection = await DownstreamTlsTests.ConnectedAsync(HostOf(server, tells: true));
        server.Once(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.0 later"));
        await connection.SendAsync(ClientTesting.Message() with { Client = Client }, Stop);
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message() with { Client = Client with { Id = "other" } }, Stop);
        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
        Assert.Single(server.Messages);
        string[] said = [.. server.Transcript(1).Where(l => l.StartsWith("C: XFORWARD", StringComparison.Ordinal) || l.StartsWith("C: MAIL", StringComparison.Ordinal))];
        Assert.Equal(4, said.Length);
        Assert.Contains("ADDR=192.0.2.7", said[0], StringComparison.Ordinal);
        Assert.Contains("IDENT=other", said[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_HostRefusesIt_GetsTheMessageAllTheSame(bool pipelining)
    {
        await using ScriptedSmtpServer server = ServerWith(pipelining, "550 5.7.0 not you");
        await using DownstreamConnection connection = await DownstreamTlsTests.ConnectedAsync(HostOf(server, tells: true));
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message() with { Client = Client }, Stop);
        Assert.Equal(DeliveryOutcome.Delivered, report.Recipients[0].Outcome);
    }

    [Fact]
    public async Task SendAsync_HostClosesOverIt_IsForLater()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["PIPELINING", Offer] };
        server.On(SmtpStep.Other, SmtpAction.Reply("421 4.3.2 bye").Then(SmtpAction.Drop));
        await using DownstreamConnection connection = await DownstreamTlsTests.ConnectedAsync(HostOf(server, tells: true));
        DeliveryReport report = await connection.SendAsync(ClientTesting.Message() with { Client = Client }, Stop);
        Assert.True(report.Recipients[0].Outcome.IsTransient());
        Assert.False(connection.CanReuse);
    }

    [Fact]
    public async Task SendAsync_RouteDoesNotSaySo_TellsNothing()
    {
        await using ScriptedSmtpServer server = ServerWith(true, "250 2.0.0 Ok");
        await using DownstreamConnection connection = await DownstreamTlsTests.ConnectedAsync(HostOf(server, tells: false));
        await connection.SendAsync(ClientTesting.Message() with { Client = Client }, Stop);
        Assert.DoesNotContain(server.Transcript(1), l => l.StartsWith("C: XFORWARD", StringComparison.Ordinal));
    }

    private static ScriptedSmtpServer ServerWith(bool pipelining, string reply)
    {
        ScriptedSmtpServer server = new() { Capabilities = pipelining ? ["PIPELINING", Offer] : [Offer], RefusePipelining = !pipelining };
        server.On(SmtpStep.Other, m => m.Line.StartsWith("XFORWARD ", StringComparison.Ordinal) ? SmtpAction.Reply(reply) : null);
        return server;
    }

    private static DownstreamHost HostOf(ScriptedSmtpServer server, bool tells) =>
        ClientTesting.HostOf(server) with { Access = new DownstreamAccess { TellsClient = tells } };
}
