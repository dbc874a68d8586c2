using System.Text;
using System.Text.Json;
using Gateway.Relay.Message;
using Xunit;

namespace Gateway.Relay.Tests;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 5, 0, 10, 123, 456, TimeSpan.Zero);

    private static Envelope Full => new()
    {
        Id = "0123456789BC",
        ReceivedAt = At,
        Sender = "j\u00fcrgen@example.org",
        Recipients = ["\"a b\"@example.net", "c@example.net"],
        ClientAddress = "2001:db8::7",
        ClientHello = "mail.example.org",
        Protocol = "UTF8SMTP",
        Size = 1234567890123,
        EightBit = true,
        SmtpUtf8 = true,
        Trace = "Received: from x\r\n\tby y; now\r\n",
        ReceiveSeconds = 0.25,
        ReleasedFrom = "QQQ",
        Quarantine = new QuarantineReason
        {
            WorstRule = "nul-octet",
            Session = [new(12, "client", "EHLO x")],
            Findings = [new("nul-octet", "quarantine", 0, 1, 1, string.Empty, "\\x00", "00", "RFC 5321 2.3.1", string.Empty)],
            Subject = "\u4f60\u597d",
            Fingerprint = "ff",
        },
    };

    [Fact]
    public void Envelope_AllFields_ReadBackAsTheyWere()
    {
        Envelope read = Envelope.FromBytes(Full.ToBytes());

        Assert.Equal(Full.Recipients, read.Recipients);
        Assert.Equal(Full.Quarantine!.Findings, read.Quarantine!.Findings);
        Assert.Equal(
            Full with { Recipients = [], Quarantine = null },
            read with { Recipients = [], Quarantine = null });
        Assert.Equal(Full.Quarantine.Session, read.Quarantine.Session);
        Assert.Equal(Full.Quarantine with { Findings = [], Session = [] }, read.Quarantine with { Findings = [], Session = [] });
    }

    [Fact]
    public void Stored_ByAnOlderVersion_IsRead()
    {
        // The property had this name, and this was the word for an allowed finding.
        Assert.Contains("\"Held\":{", System.Text.Encoding.UTF8.GetString(Full.ToBytes()), StringComparison.Ordinal);
        Envelope former = Envelope.FromBytes(System.Text.Encoding.UTF8.GetBytes(
            System.Text.Encoding.UTF8.GetString(Full.ToBytes()).Replace("\"quarantine\"", "\"accept\"", StringComparison.Ordinal)));
        Assert.Equal("allow", Assert.Single(former.Quarantine!.Findings).Action);
    }

    [Fact]
    public void Envelope_NullSenderAndDefaults_ReadBackAsTheyWere()
    {
        Envelope plain = new() { Id = "x", ReceivedAt = At, Sender = string.Empty, Recipients = ["a@b"] };

        Envelope read = Envelope.FromBytes(plain.ToBytes());

        Assert.Equal(string.Empty, read.Sender);
        Assert.Equal(plain with { Recipients = [] }, read with { Recipients = [] });
    }

    [Fact]
    public void Envelope_FieldsOfALaterVersion_AreIgnored()
    {
        string json = Encoding.UTF8.GetString(Full.ToBytes());
        string later = $"{{\"Priority\":7,\"Tags\":[\"a\",{{\"b\":null}}],{json[1..]}";

        Assert.Equal(Full.Sender, Envelope.FromBytes(Encoding.UTF8.GetBytes(later)).Sender);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"Id\":\"x\",\"ReceivedAt\":\"2026-11-23T05:00:10Z\",\"Sender\":\"\"}")]
    [InlineData("{\"Id\":\"x\",\"ReceivedAt\":\"now\",\"Sender\":\"\",\"Recipients\":[]}")]
    public void Envelope_NotAnEnvelope_ThrowsJsonException(string json) =>
        Assert.ThrowsAny<JsonException>(() => Envelope.FromBytes(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void DeliveryState_AllFields_ReadBackAsTheyWere()
    {
        DeliveryState state = new() { Remaining = ["a@b", "c@d"], Attempts = 3, Due = At, LastReply = "451 4.7.1 later" };

        DeliveryState read = DeliveryState.FromBytes(state.ToBytes());

        Assert.Equal(state.Remaining, read.Remaining);
        Assert.Equal(state with { Remaining = [] }, read with { Remaining = [] });
        Assert.Equal(default, DeliveryState.FromBytes(new DeliveryState { Remaining = ["a@b"] }.ToBytes()).Due);
    }
}
