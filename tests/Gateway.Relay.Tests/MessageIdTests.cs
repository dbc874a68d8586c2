using System.Collections.Concurrent;
using CsCheck;
using Gateway.Relay.Message;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests;

public sealed class MessageIdTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 0, 0, TimeSpan.Zero));

    [Fact]
    public void MessageId_AnyValue_ReadsBackFromItsText() => Gen.ULong.Sample(value =>
    {
        MessageId id = new(value);
        Assert.Equal(MessageId.TextLength, id.ToString().Length);
        Assert.True(MessageId.TryParse(id.ToString(), out MessageId read));
        Assert.Equal(id, read);
    });

    [Fact]
    public void MessageId_AnyTwo_SortAsTheirTexts() => Gen.Select(Gen.ULong, Gen.ULong).Sample((a, b) => Assert.Equal(
        Math.Sign(a.CompareTo(b)), Math.Sign(string.CompareOrdinal(new MessageId(a).ToString(), new MessageId(b).ToString()))));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0000000000")]
    [InlineData("0000000000000")]
    [InlineData("00000000000a")]
    [InlineData("00000000000 ")]
    [InlineData("zzzzzzzzzzzz")]
    [InlineData("\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660")]
    public void MessageId_NotItsExactText_IsRefused(string? text) => Assert.False(MessageId.TryParse(text, out _));

    [Fact]
    public void MessageIdSource_ManyThreads_NeverRepeatsAndGrowsForEachThread()
    {
        MessageIdSource source = new(_time);
        ConcurrentBag<MessageId[]> made = [];
        Parallel.For(0, 8, _ =>
        {
            MessageId[] mine = new MessageId[20_000];
            for (int i = 0; i < mine.Length; i++)
            {
                mine[i] = source.Next();
            }

            made.Add(mine);
        });

        Assert.Equal(160_000, made.SelectMany(m => m).ToHashSet().Count);
        Assert.All(made, m => Assert.True(m.Zip(m.Skip(1)).All(p => p.First < p.Second)));
    }

    [Fact]
    public void MessageIdSource_ClockPutBack_StillGrows()
    {
        MessageIdSource source = new(_time);
        MessageId before = source.Next();
        FakeTimeProvider earlier = new(_time.GetUtcNow() - TimeSpan.FromHours(1));
        MessageIdSource restarted = new(earlier);
        restarted.StartAfter(before);

        Assert.True(restarted.Next() > before);
        restarted.StartAfter(new MessageId(1));
        Assert.True(restarted.Next() > before);
    }

    [Fact]
    public void MessageIdSource_ClockBeforeTheEpoch_DoesNotWrapToTheEndOfAllIds()
    {
        MessageIdSource source = new(new FakeTimeProvider(new DateTimeOffset(1970, 1, 1, 0, 0, 5, TimeSpan.Zero)));

        MessageId first = source.Next();
        Assert.True(first.Value < 10);
        Assert.True(source.Next() > first);
    }

    [Fact]
    public void MessageId_Time_IsWhenItWasMade() => Assert.Equal(_time.GetUtcNow(), new MessageIdSource(_time).Next().Time);
}
