using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Smtp.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>The line in front of a destination, move by move.</summary>
public sealed class DestinationTests
{
    private static readonly DownstreamHost A = new("192.0.2.1", 25);
    private static readonly DownstreamHost B = new("192.0.2.2", 25);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 0, 0, TimeSpan.Zero));
    private readonly Destination _one;
    private ulong _id;

    public DestinationTests() => _one = new Destination(new Route("r", [A]), new LaneLimits { Clean = 3 }, _time);

    [Fact]
    public void Add_WorkersBusy_StartsAnotherUpToTheLimit()
    {
        // A worker may be with a slow host for minutes: it is no reason not to start the next.
        Assert.True(_one.Add(New()));
        Assert.NotNull(_one.Next(_one.Clean, out bool more));
        Assert.False(more);
        Assert.True(_one.Add(New()));
        Assert.NotNull(_one.Next(_one.Clean, out _));
        Assert.True(_one.Add(New()));
        Assert.NotNull(_one.Next(_one.Clean, out _));
        Assert.False(_one.Add(New()));
        Assert.False(_one.MayStart(_one.Clean));
    }

    [Fact]
    public void Add_WorkerOnItsWay_StartsNoSecondForTheSameParcel()
    {
        Assert.True(_one.Add(New()));
        Assert.False(_one.MayStart(_one.Clean));
        Assert.True(_one.Add(New()));
        Assert.False(_one.MayStart(_one.Clean));
    }

    [Fact]
    public void Next_WorkerEnds_TheNextParcelStartsOne()
    {
        _one.Add(New());
        Parcel first = _one.Next(_one.Clean, out _)!;
        Assert.Null(_one.Next(_one.Clean, out _));
        Assert.True(_one.Add(New()));
    }

    [Fact]
    public void Next_FreshBeforeRetriesAndHeadOfLineFirst()
    {
        Parcel retried = New(attempts: 2);
        Parcel fresh = New();
        Parcel back = New(attempts: 1);
        _one.Add(retried);
        _one.Add(fresh);
        _one.Add(back, first: true);

        Assert.Equal([back, fresh, retried], Drain());
    }

    [Fact]
    public void TakeDue_OnlyWhatIsDue_AndEachOnce()
    {
        Parcel soon = Deferred(10);
        Parcel same = Deferred(10);
        Parcel late = Deferred(20);
        _one.TakeDue(After(9));
        Assert.Empty(Drain());
        _one.TakeDue(After(10));
        _one.TakeDue(After(10));

        Assert.Equal([soon, same], Drain());
        Assert.Equal(ParcelState.Deferred, late.State);
    }

    [Fact]
    public void Hasten_Deferred_IsInLineOnceAndLeavesNothingBehind()
    {
        Parcel parcel = Deferred(10);
        Assert.True(_one.Hasten(parcel));
        Assert.False(_one.Hasten(parcel));
        _one.TakeDue(After(3600));

        Assert.Equal([parcel], Drain());
        Assert.Equal(0, _one.Waiting);
        Assert.False(_one.Hasten(parcel));
    }

    [Fact]
    public void Withdraw_WaitingAnywhere_LeavesTheLineAndStaysClosed()
    {
        Parcel inLine = New();
        Parcel deferred = Deferred(10);
        Parcel early = New();
        _one.Add(inLine);
        Assert.True(_one.Withdraw(inLine));
        Assert.True(_one.Withdraw(deferred));
        Assert.True(_one.Withdraw(early));

        Assert.False(_one.Add(early));
        Assert.False(_one.Hasten(deferred));
        Assert.Equal(0, _one.Waiting);
        Assert.Empty(Drain());
    }

    [Fact]
    public void Withdraw_WithAWorker_IsRefused()
    {
        _one.Add(New());
        Parcel sending = _one.Next(_one.Clean, out _)!;
        Assert.False(_one.Withdraw(sending));
    }

    [Fact]
    public void HostDown_LineWaits_ThenOneProbe_ThenAllMove()
    {
        for (int i = 0; i < 5; i++)
        {
            _one.Add(New());
        }

        Parcel first = _one.Next(_one.Clean, out _)!;
        _one.Health.MarkDown(A);
        _one.Add(first, first: true);
        Assert.Null(_one.Next(_one.Clean, out _));
        // The other two that were hired find the line closed.
        Assert.Null(_one.Next(_one.Clean, out _));
        Assert.Null(_one.Next(_one.Clean, out _));
        Assert.Equal(HostStanding.Down, _one.Standing);
        Assert.False(_one.MayStart(_one.Clean));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HostStanding.Probation, _one.Standing);
        Assert.True(_one.MayStart(_one.Clean));
        Assert.False(_one.MayStart(_one.Clean));
        Assert.Same(first, _one.Next(_one.Clean, out bool more));
        Assert.False(more);
        _one.Health.TryClaim(A);
        Assert.False(_one.MayStart(_one.Clean));

        Assert.True(_one.Health.MarkUp(A));
        _one.Close(first);
        Assert.NotNull(_one.Next(_one.Clean, out more));
        Assert.True(more);
    }

    [Fact]
    public void TakeExpired_HostsDown_TakesFreshAndRetriesButNothingYoung()
    {
        Parcel fresh = New();
        Parcel retried = New(attempts: 3);
        _one.Add(fresh);
        _one.Add(retried);
        _time.Advance(TimeSpan.FromHours(2));
        Parcel young = New();
        Func<QueuedMessage, bool> isOld = m => m != young.Message;
        _one.Add(young);
        Assert.Empty(_one.TakeExpired(isOld));
        _one.Health.MarkDown(A);

        Assert.Equal([fresh, retried], _one.TakeExpired(isOld));
        Assert.Equal(1, _one.Waiting);
        Assert.Empty(_one.TakeExpired(static _ => false));
    }

    [Fact]
    public void Claim_OneHostDown_IsProbedByOneWhileTheOtherCarries()
    {
        HostHealth health = new(_time, 4);
        DownstreamHost[] hosts = [A, B];
        Assert.Equal([A, B], Claimed(health, hosts));
        health.MarkDown(A);
        Assert.Equal([B], Claimed(health, hosts));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([A, B], Claimed(health, hosts));
        Assert.Equal([B], Claimed(health, hosts));
        Assert.Equal(4, health.MarkDown(A));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal([A, B], Claimed(health, hosts));
        Assert.True(health.MarkUp(A));
        Assert.False(health.MarkUp(A));
        Assert.Equal([A, B], Claimed(health, hosts));
    }

    [Fact]
    public void Claim_ProbeNeverReports_IsRepeatedAfterAWhile()
    {
        HostHealth health = new(_time, 4);
        health.MarkDown(A);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([A], Claimed(health, A));
        Assert.Empty(Claimed(health, A));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([A], Claimed(health, A));
    }

    [Fact]
    public void MarkDown_ManyAtOnce_CountAsOneAndPausesGrowToAMinute()
    {
        HostHealth health = new(_time, 4);
        double[] pauses = [.. Enumerable.Range(0, 8).Select(_ =>
        {
            double pause = health.MarkDown(A);
            Assert.Equal(pause, health.MarkDown(A));
            _time.Advance(TimeSpan.FromSeconds(pause));
            return pause;
        })];
        Assert.Equal([2, 4, 8, 16, 32, 60, 60, 60], pauses);
    }

    [Fact]
    public void HasStumbled_ASuccessBetween_StartsTheCountAnew()
    {
        HostHealth health = new(_time, 3);
        Assert.False(health.HasStumbled(A, [A]));
        Assert.False(health.HasStumbled(A, [A]));
        Assert.False(health.MarkUp(A));
        Assert.False(health.HasStumbled(A, [A]));
        Assert.False(health.HasStumbled(A, [A]));
        Assert.True(health.HasStumbled(A, [A]));
    }

    private Parcel New(int attempts = 0)
    {
        MessageId id = new(++_id);
        Envelope envelope = new() { Id = id.ToString(), ReceivedAt = _time.GetUtcNow(), Sender = "a@b", Recipients = ["c@d"] };
        return new Parcel(new QueuedMessage(new Lease(id, 0), envelope), _one, envelope.Sender, ["c@d"]) { Attempts = attempts };
    }

    private long After(int seconds) => _time.GetTimestamp() + (seconds * _time.TimestampFrequency);

    private Parcel Deferred(int seconds)
    {
        Parcel parcel = New(attempts: 1);
        parcel.Due = After(seconds);
        _one.Defer(parcel);
        return parcel;
    }

    private List<Parcel> Drain()
    {
        List<Parcel> taken = [];
        _one.MayStart(_one.Clean);
        for (Parcel? parcel = _one.Next(_one.Clean, out _); parcel is not null; parcel = _one.Next(_one.Clean, out _))
        {
            taken.Add(parcel);
        }

        return taken;
    }

    [Fact]
    public void HasStumbled_BesideAnotherHostThatWorks_FiveAreEnough()
    {
        HostHealth health = new(_time, 40);
        Assert.Equal([false, false, false, false, true], Enumerable.Range(0, 5).Select(_ => health.HasStumbled(A, [A, B])));
        health.MarkDown(A);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.False(health.HasStumbled(B, [A, B])));
    }

    private static DownstreamHost[] Claimed(HostHealth health, params DownstreamHost[] hosts) => [.. hosts.Where(health.TryClaim)];
}
