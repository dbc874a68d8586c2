using Gateway.Relay.Delivery.Poison;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Poison;

/// <summary>How much may be blamed without a person.</summary>
public sealed class BlameLimitTests
{
    [Fact]
    public void Limit_IsPerSlidingHour_AndAlertsOnceAnHour()
    {
        FakeTimeProvider time = new();
        BlameLimit limit = new(time);
        Assert.True(limit.TryBlame(2, out bool alert));
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.True(limit.TryBlame(2, out alert));
        Assert.False(alert);
        Assert.False(limit.TryBlame(2, out alert));
        Assert.True(alert);
        Assert.False(limit.TryBlame(2, out alert));
        Assert.False(alert);
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.True(limit.TryBlame(2, out _));
        Assert.False(limit.TryBlame(2, out alert));
        Assert.False(alert);
        time.Advance(TimeSpan.FromMinutes(31));
        Assert.True(limit.TryBlame(2, out _));
        Assert.False(limit.TryBlame(0, out alert));
        Assert.True(alert);
    }
}
