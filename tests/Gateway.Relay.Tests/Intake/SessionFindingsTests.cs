using System.Net;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Intake;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public class SessionFindingsTests
{
    private const string Ours = "gw.example.org";

    [Theory]
    [InlineData("mx.example.net", "192.0.2.1", false)]
    [InlineData("localhost", "192.0.2.1", false)]
    [InlineData("host1.example.2x", "192.0.2.1", false)]
    [InlineData("[192.0.2.1]", "192.0.2.1", false)]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1", false)]
    [InlineData("", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("[192.0.2.2]", "192.0.2.1", true)]
    [InlineData("[IPv6:2001:db8::2]", "2001:db8::1", true)]
    [InlineData("GW.example.org", "192.0.2.1", true)]
    [InlineData("gw.example.org", "127.0.0.1", false)]
    [InlineData("gw.example.org", "192.0.2.25", false)]
    public void HelloFlaw_OfAGreeting_IsNamed(string hello, string client, bool flawed) =>
        Assert.Equal(flawed, SessionFindings.HelloFlaw(hello, IPAddress.Parse(client), IPAddress.Parse("192.0.2.25"), Ours) is not null);

    [Fact]
    public void Of_NullSenderWithTwoRecipients_IsOneFinding()
    {
        SmtpPeer peer = new("s", new IPEndPoint(IPAddress.Loopback, 4025), new IPEndPoint(IPAddress.Loopback, 25));

        ExternalFinding found = Assert.Single(SessionFindings.Of(new DataEnd(10, -1), peer, MailPath.Null, 2, Ours));

        Assert.Equal(RuleCode.NullSenderMultiRcpt, found.Rule);
        Assert.Empty(SessionFindings.Of(new DataEnd(10, -1), peer, MailPath.Null, 1, Ours));
    }

    [Fact]
    public void Of_WhatTheDecoderSaw_KeepsItsPlaces()
    {
        SmtpPeer peer = new("s", new IPEndPoint(IPAddress.Loopback, 4025), new IPEndPoint(IPAddress.Loopback, 25));

        IReadOnlyList<ExternalFinding> found = SessionFindings.Of(new DataEnd(10, 3, 7), peer, MailPath.Null, 1, Ours);

        Assert.Equal([(RuleCode.NonstandardEndOfData, 3L), (RuleCode.DotStuffingError, 7L)], found.Select(f => (f.Rule, f.Offset)));
    }

    [Fact]
    public async Task CommitAsync_BounceToTwo_IsTaggedAndDelivered()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();

        SmtpReply reply = await house.SendAsync(Encoding.Latin1.GetBytes(RelayHouse.Clean), string.Empty, "a@example.org", "b@example.org");

        Assert.True(reply.IsSuccess);
        await house.EmptyAsync();
        Assert.Equal(1, house.Metrics["gateway.findings|null-sender-multi-rcpt|tag"]);
    }

    [Fact]
    public async Task CommitAsync_ResultsInOurName_AreTagged()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();

        _ = await house.SendAsync(Encoding.Latin1.GetBytes("Authentication-Results: gw.test; dmarc=pass\r\n" + RelayHouse.Clean), "a@example.org", "b@example.org");

        Assert.Equal(1, house.Metrics["gateway.findings|authentication-results-injection|tag"]);
    }

    [Fact]
    public void SessionRules_OfTheCatalogue_HaveTheirReasonInTheMetrics()
    {
        SessionNotes notes = SessionNotes.JunkCommands | SessionNotes.TooSlow | SessionNotes.ClientConnections | SessionNotes.ConnectionRate;

        Assert.Equal(["client_connections", "connection_rate", "junk_commands", "too_slow"], notes.Refusals());
        Assert.All(
            [RuleCode.VrfyFlood, RuleCode.SlowData, RuleCode.ConnectionFlood],
            code => Assert.True(RuleCatalogue.Get(code) is { External: true, ReplyCode: 421 }));
    }
}
