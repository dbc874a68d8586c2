using System.ComponentModel;
using CsCheck;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1H30M", 5400)]
    [InlineData("5d", 432_000)]
    [InlineData("1w", 604_800)]
    [InlineData("1.5h", 5400)]
    [InlineData("1m500ms", 60.5)]
    [InlineData("00:05:00", 300)]
    [InlineData("1.02:03:04", 93_784)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void Parse_Duration_IsItsSeconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Duration.Parse(text, null).Time);

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-30s")]
    [InlineData("-00:05:00")]
    [InlineData("05:00")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("5 minutes")]
    [InlineData("5mx")]
    [InlineData("99999999999999999999999d")]
    [InlineData("20000000d")]
    [InlineData(null)]
    public void TryParse_NoDuration_IsRefused(string? text) => Assert.False(Duration.TryParse(text, null, out _));

    [Fact]
    public void ToString_AnyDuration_ReadsBackTheSame() =>
        Gen.OneOf(Gen.Long[0, TimeSpan.MaxValue.Ticks], Gen.Long[0, 1_000_000_000].Select(ms => ms * TimeSpan.TicksPerMillisecond))
            .Sample(ticks => Duration.Parse(new Duration(new TimeSpan(ticks)).ToString(), null).Time.Ticks == ticks);

    [Fact]
    public void ToString_UsualDuration_IsShort()
    {
        Assert.Equal("1h30m", Duration.FromMinutes(90).ToString());
        Assert.Equal("5d", Duration.Parse("120h", null).ToString());
        Assert.Equal("0s", default(Duration).ToString());
    }

    [Fact]
    public void Converter_Text_MakesDuration() =>
        Assert.Equal(Duration.FromSeconds(30), TypeDescriptor.GetConverter(typeof(Duration)).ConvertFromInvariantString("30s"));
}
