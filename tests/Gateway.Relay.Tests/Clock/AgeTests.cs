using Gateway.Relay.Clock;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Relay.Tests.Clock;

/// <summary>Mail that is really old grows old, also over restarts and stops.</summary>
public sealed class AgeTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 5, 0, 10, TimeSpan.Zero);

    [Fact]
    public async Task Expiry_GatewayWasOffForAWeek_ComesAfterADayOfTrying()
    {
        await using RelayHouse house = await ClockJumpTests.BusyAsync(lifetimeHours: 120);
        await house.DeferredAsync(await house.QueueAsync());
        house.Time.Advance(TimeSpan.FromSeconds(1));
        await house.CloseAsync();
        house.Time.Advance(TimeSpan.FromDays(7));
        await house.OpenAsync();
        Assert.Equal(1, house.Logs.Count(241));
        // People see its whole age at once.
        Assert.Single(house.Relay.Delivery.List(new QueueFilter { OlderThan = TimeSpan.FromDays(6) }, 10));
        await ClockJumpTests.PassAsync(house, TimeSpan.FromHours(20));
        Assert.Empty(house.Server.Messages);
        await ClockJumpTests.PassAsync(house, TimeSpan.FromHours(6));
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Status: 4.4.7", house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expiry_RestartedAgainAndAgain_ComesAfterItsLifetime()
    {
        // Whose hosts are down, so that no attempt ever notes anything about it.
        await using RelayHouse house = await ClockJumpTests.BusyAsync();
        house.Server.StopListening();
        await house.QueueAsync();
        for (int i = 0; i < 9; i++)
        {
            await ClockJumpTests.PassAsync(house, TimeSpan.FromMinutes(30));
            await house.RestartAsync();
        }

        Assert.Equal(1, house.Relay.Delivery.Count);
        await ClockJumpTests.PassAsync(house, TimeSpan.FromMinutes(35));
        house.Server.Listen();
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Equal(string.Empty, house.Server.Messages[0].Sender);
    }

    [Fact]
    public async Task Leap_IsLoggedAndAWarningForADay()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        Assert.Null(house.Relay.Warning);
        house.Time.SetWall(TimeSpan.FromSeconds(4));
        house.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((0, null), (house.Logs.Count(240), house.Relay.Warning));
        house.Time.SetWall(TimeSpan.FromDays(10));
        house.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, house.Logs.Count(240));
        Assert.StartsWith("ClockLeap: the wall clock went forward by 10.00:00:00 to 2026-12-03 05:02:14Z", house.Relay.Warning, StringComparison.Ordinal);
        house.Time.Advance(SteadyClock.Proof);
        Assert.Null(house.Relay.Warning);
        await house.CloseAsync();
        house.Time.SetWall(TimeSpan.FromDays(-10));
        await house.OpenAsync();
        Assert.Contains("went back by 10.00:00:00", house.Relay.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_ClockSetRightBeforeItIsProven_CountsOnlyWhatWas()
    {
        using TemporaryDirectory folder = new();
        SettableTime time = new(Start);
        using (Open(folder, time))
        {
            time.Advance(TimeSpan.FromMinutes(1));
        }

        time.Advance(TimeSpan.FromHours(1));
        time.SetWall(TimeSpan.FromDays(400));
        using SteadyClock clock = Open(folder, time);
        Assert.Equal((TimeSpan.FromDays(400) + TimeSpan.FromMinutes(61), TimeSpan.FromMinutes(1)), (clock.AgeOf(TimeSpan.Zero), clock.ProvenAgeOf(TimeSpan.Zero)));
        time.SetWall(TimeSpan.FromDays(-400));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(62), clock.AgeOf(TimeSpan.Zero));
        time.Advance(SteadyClock.Proof);
        Assert.Equal(SteadyClock.Proof + TimeSpan.FromMinutes(62), clock.ProvenAgeOf(TimeSpan.Zero));
        // What came after the stop is as old as it ran.
        Assert.Equal(TimeSpan.FromMinutes(1), clock.ProvenAgeOf(clock.Now - TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Stops_ManyOfThem_AreKeptTogether()
    {
        using TemporaryDirectory folder = new();
        SettableTime time = new(Start);
        for (int i = 0; i < 200; i++)
        {
            using (Open(folder, time))
            {
                time.Advance(TimeSpan.FromMinutes(1));
            }

            time.Advance(TimeSpan.FromMinutes(1));
        }

        using SteadyClock last = Open(folder, time);
        Assert.Equal((TimeSpan.FromMinutes(200), TimeSpan.FromMinutes(400)), (last.Now, last.AgeOf(TimeSpan.Zero)));
        Assert.InRange(new FileInfo(Path.Combine(folder.Path, "clock.json")).Length, 100, 10_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"ran\":\"-1.00:00:00\"}")]
    [InlineData("{\"ran\":\"1.00:00:00\",\"stops\":[null]}")]
    [InlineData("{\"ran\":\"1.00:00:00\",\"stops\":[{\"at\":\"2.00:00:00\",\"length\":\"00:00:01\"}]}")]
    public void Open_DamagedFile_StartsAnewAndKeepsItAside(string content)
    {
        using TemporaryDirectory folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "clock.json"), content);
        using SteadyClock clock = Open(folder, new SettableTime(Start));
        Assert.Equal(TimeSpan.Zero, clock.Now);
        Assert.Equal(content, File.ReadAllText(Path.Combine(folder.Path, "clock.json.damaged")));
        clock.StartAfter(TimeSpan.FromDays(3));
        clock.StartAfter(TimeSpan.FromDays(2));
        Assert.Equal(TimeSpan.FromDays(3), clock.Now);
    }

    [Fact]
    public async Task ClockFile_IsLost_WaitingMailIsNotFromTheFuture()
    {
        await using RelayHouse house = await ClockJumpTests.BusyAsync();
        await ClockJumpTests.PassAsync(house, TimeSpan.FromHours(3));
        await house.DeferredAsync(await house.QueueAsync());
        await house.CloseAsync();
        File.Delete(Path.Combine(house.Folder, "clock.json"));
        await house.OpenAsync();
        await ClockJumpTests.PassAsync(house, TimeSpan.FromMinutes(290));
        Assert.Empty(house.Server.Messages);
        await ClockJumpTests.PassAsync(house, TimeSpan.FromMinutes(20));
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
    }

    private static SteadyClock Open(TemporaryDirectory folder, TimeProvider time) =>
        SteadyClock.Open(folder.Path, new MessageIdSource(time), time, NullLogger.Instance);
}
