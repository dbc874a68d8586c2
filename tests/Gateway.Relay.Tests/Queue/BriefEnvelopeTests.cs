using System.Text;
using System.Text.Json;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Xunit;

namespace Gateway.Relay.Tests.Queue;

/// <summary>What a start reads of an envelope is what the whole one says.</summary>
public sealed class BriefEnvelopeTests
{
    private static readonly Envelope Whole = new()
    {
        Id = "068ccykBpBkm",
        ReceivedAt = new DateTimeOffset(2026, 11, 23, 14, 0, 0, 123, TimeSpan.Zero),
        SteadyTicks = 9_876_543_210,
        Sender = "jos\u00e9\"<>@example.org",
        Recipients = ["a+b@example.net", "\u00fc@example.net"],
        ClientAddress = "192.0.2.1",
        Size = 12_345_678_901,
        Risky = true,
        ReleasedFrom = "068ccykBpBkn",
        Trace = "Received: \u0001\r\n",
        Dsn = new DsnRequest(),
    };

    [Fact]
    public void Read_AnyMail_HasWhatTheQueueSortsBy()
    {
        Envelope brief = BriefEnvelope.Read(Whole.ToBytes());
        Assert.True(brief.IsBrief);
        Assert.Equal(
            (Whole.ReceivedAt, Whole.Since, Whole.Sender, Whole.Size, Whole.Risky, Whole.ReleasedFrom),
            (brief.ReceivedAt, brief.Since, brief.Sender, brief.Size, brief.Risky, brief.ReleasedFrom));
        Assert.Equal(Whole.Recipients, brief.Recipients);
        Assert.Throws<InvalidOperationException>(brief.ToBytes);
    }

    [Fact]
    public void Read_Smallest_HasDefaults()
    {
        Envelope brief = BriefEnvelope.Read(new Envelope { Id = "x", ReceivedAt = DateTimeOffset.UnixEpoch, Sender = "", Recipients = [] }.ToBytes());
        Assert.Equal((0L, false, null, ""), (brief.Size, brief.Risky, brief.ReleasedFrom, brief.Sender));
        Assert.Empty(brief.Recipients);
    }

    [Fact]
    public void Read_HeldMail_IsWhole()
    {
        Envelope held = Whole with { Quarantine = new QuarantineReason { WorstRule = "r", Findings = [] } };
        Envelope read = BriefEnvelope.Read(held.ToBytes());
        Assert.False(read.IsBrief);
        Assert.Equal((held.Trace, "r"), (read.Trace, read.Quarantine!.WorstRule));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"ReceivedAt\":1,\"Sender\":\"a\",\"Recipients\":[]}")]
    [InlineData("{\"ReceivedAt\":\"x\",\"Sender\":\"a\",\"Recipients\":[]}")]
    [InlineData("{\"ReceivedAt\":\"2026-11-23T00:00:00Z\",\"Sender\":\"a\",\"Recipients\":[1]}")]
    [InlineData("{\"ReceivedAt\":\"2026-11-23T00:00:00Z\",\"Sender\":\"a\",\"Recipients\":null}")]
    [InlineData("{\"ReceivedAt\":\"2026-11-23T00:00:00Z\",\"Sender\":\"a\",\"Recipients\":[]")]
    [InlineData("{\"ReceivedAt\":\"2026-11-23T00:00:00Z\",\"Sender\":\"a\",\"Recipients\":[]}{}")]
    [InlineData("{\"ReceivedAt\":\"2026-11-23T00:00:00Z\",\"Sender\":\"a\",\"Recipients\":[],\"Size\":1.5}")]
    public void Read_WhatIsNoEnvelope_Throws(string stored)
        => Assert.ThrowsAny<JsonException>(() => BriefEnvelope.Read(Encoding.UTF8.GetBytes(stored)));

    [Fact]
    public void Read_EachPrefix_ThrowsAndNothingElse()
    {
        byte[] stored = Whole.ToBytes();
        for (int length = 0; length < stored.Length; length++)
        {
            byte[] cut = stored[..length];
            Assert.ThrowsAny<JsonException>(() => BriefEnvelope.Read(cut));
        }
    }

    [Fact]
    public void Read_AnyByteChanged_ThrowsNothingButJsonException()
    {
        byte[] stored = Whole.ToBytes();
        for (int at = 0; at < stored.Length; at++)
        {
            foreach (byte value in (byte[])[0, (byte)'"', (byte)'\\', (byte)'{', 0xFF, (byte)'1'])
            {
                byte[] changed = [.. stored];
                changed[at] = value;
                try
                {
                    _ = BriefEnvelope.Read(changed);
                }
                catch (JsonException)
                {
                }
            }
        }
    }
}
