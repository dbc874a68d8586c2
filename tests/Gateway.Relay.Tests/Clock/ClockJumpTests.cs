using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Room;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Clock;

/// <summary>The wall clock is set while mail waits: nothing is returned, discarded or dated wrongly for it, and retries are on time.</summary>
public sealed class ClockJumpTests
{
    private static readonly TimeSpan[] Leaps = [TimeSpan.FromSeconds(4), TimeSpan.FromHours(1), TimeSpan.FromDays(10), TimeSpan.FromDays(400)];

    /// <summary>How far the clock goes, and whether between two runs.</summary>
    public static TheoryData<TimeSpan, bool> Jumps
    {
        get
        {
            TheoryData<TimeSpan, bool> jumps = [];
            foreach (TimeSpan leap in Leaps.SelectMany(static l => (TimeSpan[])[l, -l]))
            {
                jumps.Add(leap, false);
                jumps.Add(leap, true);
            }

            return jumps;
        }
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Deferred_IsRetriedOnTimeAndNotReturnedBeforeItsLifetime(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await BusyAsync();
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        await JumpAsync(house, leap, between);

        // Between two runs only the wall clock can tell how long it waited: the longest wait, 12 minutes, bounds what is left of it.
        house.Time.Advance(between ? TimeSpan.FromMinutes(12) : TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: >= 2, State: RelayState.Deferred });
        Assert.True(house.Relay.Delivery.Find(id)!.Due!.Value - house.Time.GetUtcNow() <= TimeSpan.FromMinutes(12));

        // Whoever set it wrongly sets it right within a day.
        await PassAsync(house, TimeSpan.FromMinutes(30));
        house.Time.SetWall(-leap);
        await PassAsync(house, TimeSpan.FromHours(4));
        Assert.Empty(house.Server.Messages);
        await PassAsync(house, TimeSpan.FromMinutes(35));
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Status: 4.4.7", Assert.Single(house.Server.Messages).Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task OnHold_StaysAndGoesWhenResumed(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await BusyAsync();
        MessageId id = await house.QueueAsync();
        await house.DeferredAsync(id);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Hold, new QueueFilter(), "ann", "x", dryRun: false);
        await JumpAsync(house, leap, between);
        await PassAsync(house, TimeSpan.FromHours(2));
        Assert.Equal(RelayState.OnHold, house.Relay.Delivery.Find(id)!.State);
        await house.Relay.Delivery.OrderAsync(QueueOrder.Resume, new QueueFilter(), "ann", "x", dryRun: false);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 2, State: RelayState.Deferred });
        Assert.Empty(house.Server.Messages);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Quarantined_StaysForItsTime(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with
        {
            Quarantine = new QuarantineLimits { Retention = new Retention(TimeSpan.FromHours(30), TimeSpan.FromHours(7)), KeepRecords = TimeSpan.FromHours(90) },
        });
        MessageId id = await house.QueueAsync(RelayHouse.Malformed);
        await house.QuarantinedAsync(id);
        await JumpAsync(house, leap, between);
        await SweepAsync(house, TimeSpan.FromMinutes(2));
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(id)).State);
        await SweepAsync(house, TimeSpan.FromHours(29));
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(id)).State);
        await SweepAsync(house, TimeSpan.FromHours(2));
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(id)).State);
        // The record of it stays for 90 hours since the receipt, and goes then.
        await SweepAsync(house, TimeSpan.FromHours(58));
        Assert.NotNull(await house.Relay.Quarantine.Store.FindAsync(id.ToString(), RelayHouse.Ct));
        await SweepAsync(house, TimeSpan.FromHours(2));
        Assert.Null(await house.Relay.Quarantine.Store.FindAsync(id.ToString(), RelayHouse.Ct));
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Late_SenderIsToldWhenItIsLate(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await BusyAsync(warnAfter: TimeSpan.FromHours(4), lifetimeHours: 120);
        await house.DeferredAsync(await house.QueueAsync());
        await JumpAsync(house, leap, between);
        await PassAsync(house, TimeSpan.FromHours(3));
        Assert.Empty(house.Server.Messages);
        await PassAsync(house, TimeSpan.FromMinutes(70));
        await house.PassUntilAsync(() => house.Server.Messages.Count == 1);
        Assert.Contains("Action: delayed", house.Server.Messages[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Received_CarriesTheTimeOfTheWallClock_WhateverItWasBefore(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        await JumpAsync(house, leap, between);
        await house.QueueAsync();
        MessageId held = await house.QueueAsync(RelayHouse.Malformed);
        await house.QuarantinedAsync(held);
        await house.EmptyAsync();
        await JumpAsync(house, -leap, between);
        await house.QueueAsync();
        await house.EmptyAsync();
        Assert.Contains(TraceHeaders.Date(house.Time.GetUtcNow()), house.Server.Messages[1].Text, StringComparison.Ordinal);
        string sent = house.Logs.All.Last(l => l.Contains("status=sent", StringComparison.Ordinal));
        Assert.Contains(", delay=0, ", sent, StringComparison.Ordinal);

        // The message that was quarantined meanwhile is in the database with a time and an id of then.
        await house.RestartAsync();
        await house.QueueAsync();
        await house.EmptyAsync();
        Assert.Contains(TraceHeaders.Date(house.Time.GetUtcNow()), house.Server.Messages[2].Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Jumps))]
    public async Task Ids_RiseOverJumpsAndRestarts(TimeSpan leap, bool between)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        List<MessageId> ids = [await house.QueueAsync(RelayHouse.Malformed), await house.QueueAsync()];
        await JumpAsync(house, leap, between);
        ids.AddRange([await house.QueueAsync(RelayHouse.Malformed), await house.QueueAsync()]);
        await JumpAsync(house, -leap, between);
        ids.AddRange([await house.QueueAsync(), await house.QueueAsync(RelayHouse.Malformed), await house.QueueAsync()]);
        await house.EmptyAsync();
        // Of the last message nothing is stored any more.
        await house.RestartAsync();
        ids.Add(await house.QueueAsync());
        Assert.Equal(ids.Order(), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    internal static Task<RelayHouse> BusyAsync(TimeSpan warnAfter = default, double lifetimeHours = 5) => RelayHouse.OpenedAsync(house =>
    {
        house.Profile = house.Profile with { DelayWarning = warnAfter, Retry = new RetrySchedule { Longest = TimeSpan.FromMinutes(10), Lifetime = TimeSpan.FromHours(lifetimeHours) } };
        house.Server.On(SmtpStep.Rcpt, m => m.Sender.Length > 0 ? SmtpAction.Reply("450 4.2.1 busy") : null);
    });

    /// <summary>Lets time pass in steps, at each of which attempts under way may end.</summary>
    internal static async Task PassAsync(RelayHouse house, TimeSpan time)
    {
        for (TimeSpan step = TimeSpan.FromMinutes(10); time > TimeSpan.Zero; time -= step)
        {
            house.Time.Advance(time < step ? time : step);
            // An attempt that a step finds under way would look as if it had hung all the while.
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Active == 0);
        }
    }

    private static async Task JumpAsync(RelayHouse house, TimeSpan leap, bool between)
    {
        if (between)
        {
            await house.CloseAsync();
            house.Time.SetWall(leap);
            await house.OpenAsync();
        }
        else
        {
            house.Time.SetWall(leap);
            house.Time.Advance(TimeSpan.FromMilliseconds(250));
        }
    }

    private static Task SweepAsync(RelayHouse house, TimeSpan after)
    {
        house.Time.Advance(after);
        return house.Relay.Quarantine.Keeper.SweepAsync(RelayHouse.Ct);
    }
}
