using Gateway.LoadGen.Source;

namespace Gateway.LoadGen.Tests;

public sealed class ArrivalScheduleTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Next_OpenLoop_TimesAreFixedWhateverTheTimeIs()
    {
        ArrivalSchedule schedule = new(rate: 10, ramp: TimeSpan.Zero, messages: 3, duration: null);
        schedule.Start(5 * Second);

        List<long> due = [];
        for (long next = schedule.Next(100 * Second); next != long.MaxValue; next = schedule.Next(100 * Second))
        {
            due.Add(next - (5 * Second));
            schedule.Take();
        }

        Assert.Equal([0, Second / 10, Second / 5], due);
    }

    [Fact]
    public void Next_ClosedLoop_IsNowUntilTheTimeIsOver()
    {
        ArrivalSchedule schedule = new(rate: null, ramp: TimeSpan.Zero, messages: null, duration: TimeSpan.FromSeconds(1));
        schedule.Start(0);

        Assert.Equal(7, schedule.Next(7));
        Assert.Equal(long.MaxValue, schedule.Next(Second));
    }

    [Fact]
    public void Next_WithRamp_TheRateRises()
    {
        ArrivalSchedule schedule = new(rate: 100, ramp: TimeSpan.FromSeconds(10), messages: null, duration: TimeSpan.FromSeconds(20));
        schedule.Start(0);
        int[] each = new int[20];
        for (long next = schedule.Next(0); next != long.MaxValue; next = schedule.Next(0))
        {
            each[next / Second]++;
            schedule.Take();
        }

        Assert.InRange(each[0], 4, 7);
        Assert.InRange(each[4], 43, 47);
        Assert.All(each[10..], n => Assert.InRange(n, 99, 101));
        Assert.Equal(1500, each.Sum(), 5.0);
    }

    [Fact]
    public void Overdue_NothingTaken_CountsWhatWasDue()
    {
        ArrivalSchedule schedule = new(rate: 10, ramp: TimeSpan.Zero, messages: null, duration: TimeSpan.FromSeconds(2));
        schedule.Start(0);
        schedule.Take();

        Assert.Equal(9, schedule.Overdue(Second));
        Assert.Equal(19, schedule.Overdue(100 * Second));
    }
}
