using Gateway.Drill;
using Xunit;

namespace Gateway.Tests.Drill;

/// <summary>The clock of drills that last hours.</summary>
public sealed class LeapingTimeTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Leap_MovesBothClocks()
    {
        LeapingTime time = new();
        DateTimeOffset utc = time.GetUtcNow();
        long stamp = time.GetTimestamp();
        time.Leap(TimeSpan.FromHours(4));
        Assert.InRange(time.GetUtcNow() - utc, TimeSpan.FromHours(4), TimeSpan.FromHours(5));
        Assert.InRange(time.GetElapsedTime(stamp), TimeSpan.FromHours(4), TimeSpan.FromHours(5));
    }

    [Fact]
    public async Task Timer_ThatALeapMakesDue_Fires_AndNoOther()
    {
        LeapingTime time = new();
        Task soon = Task.Delay(TimeSpan.FromHours(1), time, Ct);
        Task late = Task.Delay(TimeSpan.FromHours(9), time, Ct);
        time.Leap(TimeSpan.FromMinutes(59));
        Assert.False(soon.IsCompleted);
        time.Leap(TimeSpan.FromMinutes(2));
        await soon;
        Assert.False(late.IsCompleted);
        time.Leap(TimeSpan.FromHours(9));
        await late;
    }

    [Fact]
    public async Task Timer_WithAPeriod_FiresOncePerLeap_UntilItIsDisposed()
    {
        LeapingTime time = new();
        using SemaphoreSlim fired = new(0);
        ITimer timer = time.CreateTimer(_ => fired.Release(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        for (int i = 0; i < 3; i++)
        {
            time.Leap(TimeSpan.FromMinutes(30));
            Assert.True(await fired.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        }

        await timer.DisposeAsync();
        time.Leap(TimeSpan.FromHours(1));
        Assert.Equal(0, fired.CurrentCount);
    }

    [Fact]
    public async Task Timer_ByItself_FiresAsAllClocksDo()
    {
        LeapingTime time = new();
        long start = time.GetTimestamp();
        await Task.Delay(TimeSpan.FromMilliseconds(20), time, Ct);
        Assert.True(time.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(20));
    }
}
