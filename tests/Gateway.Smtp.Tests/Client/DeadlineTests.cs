using Gateway.Smtp.Transport;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class DeadlineTests
{
    private readonly FakeTimeProvider _time = new();
    private int _expired;

    [Fact]
    public void Arm_LimitPasses_CallsBackOnce()
    {
        using Deadline deadline = Make();
        deadline.Arm(TimeSpan.FromMinutes(5));

        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, _expired);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _expired);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void Arm_LaterLimitBeforeTheFirstRings_HoldsToTheLater()
    {
        using Deadline deadline = Make();
        deadline.Arm(TimeSpan.FromMinutes(2));
        _time.Advance(TimeSpan.FromMinutes(1));
        deadline.Arm(TimeSpan.FromMinutes(10));

        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, _expired);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void Arm_EarlierLimitAfterALongOne_HoldsToTheEarlier()
    {
        using Deadline deadline = Make();
        deadline.Arm(TimeSpan.FromMinutes(10));
        deadline.Arm(TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void Disarm_ThenArmAgain_RingsForTheSecondOnly()
    {
        using Deadline deadline = Make();
        deadline.Arm(TimeSpan.FromMinutes(1));
        deadline.Disarm();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _expired);

        deadline.Arm(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _expired);
    }

    [Fact]
    public void Arm_Infinite_NeverRings()
    {
        using Deadline deadline = Make();
        deadline.Arm(TimeSpan.FromMinutes(1));
        deadline.Arm(Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, _expired);
    }

    private Deadline Make() => new(_time, () => _expired++);
}
