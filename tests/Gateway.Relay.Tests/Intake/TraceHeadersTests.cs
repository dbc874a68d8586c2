using System.Net;
using Gateway.Relay.Message;
using Gateway.Smtp.Server;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

public sealed class TraceHeadersTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 3, 7, 4, 5, TimeSpan.FromHours(2));
    private static readonly MessageId Id = new(0x123456789);

    [Fact]
    public void Received_Usual_IsTheExactField() => Assert.Equal(
        $"Received: from mail.example.org ([192.0.2.7])\r\n\tby gw.test (Gateway) with ESMTP id {Id}\r\n\tfor <b@example.net>;\r\n\tTue, 03 Nov 2026 05:04:05 +0000\r\n",
        Field("mail.example.org"));

    [Fact]
    public void Received_Ipv6AndSeveralRecipients_NamesTheLiteralAndNoRecipient() => Assert.Equal(
        $"Received: from h ([IPv6:2001:db8::7])\r\n\tby gw.test (Gateway) with SMTP id {Id};\r\n\tTue, 03 Nov 2026 05:04:05 +0000\r\n",
        TraceHeaders.Received("h", IPAddress.Parse("2001:db8::7"), "gw.test", "SMTP", Id, null, At));

    [Fact]
    public void Received_ClientOfAnotherHostsWords_NamesItAndCannotBeBrokenOut() => Assert.Equal(
        $"Received: from h (mail.example.org [192.0.2.7])\r\n\tby gw.test (Gateway) with ESMTPA id {Id}\r\n\t(for client??.test [203.0.113.7] id 4bXk);\r\n\tTue, 03 Nov 2026 05:04:05 +0000\r\n",
        TraceHeaders.Received(
            "h", IPAddress.Parse("192.0.2.7"), "gw.test", "ESMTPA", Id, null, At, clientName: "mail.example.org",
            forwarded: new ForwardedClient(null, "203.0.113.7", null, null, "client);.test", "4bXk", null)));

    [Fact]
    public void Received_ClientWithoutAnAddress_IsUnknown() => Assert.StartsWith(
        "Received: from h (unknown)\r\n", TraceHeaders.Received("h", IPAddress.Any, "gw.test", "SMTP", Id, null, At), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("a\r\nX-Evil: yes")]
    [InlineData("a\nb")]
    [InlineData("a b")]
    [InlineData("trusted.example ([10.0.0.1]) by gw.test (Gateway) with ESMTPSA id X; Mon, 1 Jan 2026 00:00:00 +0000")]
    [InlineData("a)(b")]
    [InlineData("a\\")]
    [InlineData("\"a")]
    [InlineData("<x@y>")]
    [InlineData("a;b")]
    [InlineData("a\tb\0c\x7f")]
    [InlineData("\u202egro.elpmaxe")]
    [InlineData("m\u00fcller.example")]
    public void Received_HostileHello_StaysOneTokenInOneField(string hello)
    {
        string field = Field(hello);
        string token = field["Received: from ".Length..field.IndexOf(" ([192.0.2.7])\r\n", StringComparison.Ordinal)];

        Assert.Equal(Math.Max(1, hello.Length), token.Length);
        Assert.DoesNotContain(token, c => c is <= ' ' or >= '\x7f' or '(' or ')' or ';' or '<' or '>' or '"' or '\\');
        Assert.Equal(Field("mail.example.org")[("Received: from mail.example.org".Length)..], field[("Received: from ".Length + token.Length)..]);
    }

    [Fact]
    public void Released_Mark_NamesTheEntryAndTheNewId() => Assert.Equal(
        $"Received: by gw.test (Gateway, released from quarantine Q1) id {Id};\r\n\tTue, 03 Nov 2026 05:04:05 +0000\r\n",
        TraceHeaders.Released("gw.test", Id, "Q1", At));

    private static string Field(string hello) =>
        TraceHeaders.Received(hello, IPAddress.Parse("192.0.2.7"), "gw.test", "ESMTP", Id, "b@example.net", At);
}
