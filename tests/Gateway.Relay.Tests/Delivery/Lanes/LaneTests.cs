using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Queue;
using Gateway.Smtp.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Lanes;

/// <summary>Seats, spares and who travels where.</summary>
public sealed class LaneTests
{
    private static readonly DownstreamHost Host = new("192.0.2.1", 25);
    private static readonly AttemptNote Failure = new() { Route = "r", Step = DeliveryStep.FinalDot, Outcome = DeliveryOutcome.TimedOut };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 0, 0, TimeSpan.Zero));
    private readonly Destination _one;
    private ulong _id;

    public LaneTests() => _one = new Destination(new Route("r", [Host]), new LaneLimits { Clean = 4, Suspects = 2, Spares = 10 }, _time);

    [Fact]
    public void Hanging_WhileOthersPass_EachIsReplaced_UpToTheSpares()
    {
        List<Parcel> hanging = [];
        for (int i = 0; i < 10; i++)
        {
            Add(New());
            hanging.Add(Take(_one.Clean)!);
            // Others pass meanwhile.
            _time.Advance(TimeSpan.FromSeconds(2));
            _one.Health.MarkUp(Host);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty(_one.Watch());
        }

        Assert.Equal(10, _one.Clean.Hanging);
        Assert.Equal(HostStanding.Up, _one.Standing);
        // Ten hang, and all four seats are still there; the eleventh that hangs costs one.
        Assert.Equal(4, Fill(6));
        _time.Advance(TimeSpan.FromSeconds(3));
        _one.Watch();
        Assert.Equal(0, Fill(0));
        hanging.ForEach(_one.Close);
    }

    [Fact]
    public void Hanging_AllAtOnce_ProbesOneAtATime_AndOnePassOpensAllSeats()
    {
        Assert.Equal(4, Fill(8));
        _time.Advance(TimeSpan.FromSeconds(2));
        (DownstreamHost host, ulong[] underWay) = Assert.Single(_one.Watch());
        Assert.Equal((Host, 4), (host, underWay.Length));
        Assert.Equal(HostStanding.Probation, _one.Standing);

        Assert.True(_one.MayStart(_one.Clean));
        Assert.NotNull(_one.Next(_one.Clean, out bool more));
        Assert.False(more);
        Assert.False(_one.MayStart(_one.Clean));
        _one.Health.MarkUp(Host);
        Assert.Equal(3, Fill(0));
    }

    [Fact]
    public void Suspects_FailedOnes_OneAtATime_TaggedOnesBesideThem_NoneInCleanSeats()
    {
        Parcel first = Failed();
        Parcel second = Failed();
        Parcel tagged = New(risky: true);
        Add(first, second, tagged);
        Assert.Null(Take(_one.Clean));
        Assert.Same(first, Take(_one.Suspects));
        Assert.Same(tagged, Take(_one.Suspects));
        _one.Close(tagged);
        Assert.Null(_one.Next(_one.Suspects, out _));
        Assert.Null(Take(_one.Suspects));

        // It hangs: the next is tried beside it.
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(_one.Watch());
        Assert.Same(second, Take(_one.Suspects));
        Assert.Equal(HostStanding.Up, _one.Standing);
    }

    [Fact]
    public void Suspects_ThatFail_NeverLeadAndNeverProbeBesideCleanMail()
    {
        _one.Health.MarkDown(Host);
        Add(Failed(), New());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(HostStanding.Probation, _one.Standing);
        Assert.Null(Take(_one.Suspects));
        Parcel probe = Take(_one.Clean)!;
        _one.Close(probe);
        Assert.Null(_one.Next(_one.Clean, out _));
        // Nothing clean is left: somebody has to try.
        Assert.NotNull(Take(_one.Suspects));
    }

    [Fact]
    public void Window_GrowsWithSuccess_HalvesOnFailureOncePerSecond()
    {
        ConcurrencyWindow window = new(20, _time);
        Assert.Equal(5, window.Seats);
        for (int i = 0; i < 30; i++)
        {
            window.Grow();
        }

        Assert.Equal(20, window.Seats);
        window.Shrink();
        window.Shrink();
        Assert.Equal(10, window.Seats);
        _time.Advance(TimeSpan.FromSeconds(1));
        window.Shrink();
        Assert.Equal(5, window.Seats);
        for (int i = 0; i < 5; i++)
        {
            window.Grow();
        }

        Assert.Equal(6, window.Seats);
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            window.Shrink();
        }

        Assert.Equal(1, window.Seats);
    }

    [Fact]
    public void Pace_FollowsTheUsual_WithinBounds()
    {
        TypicalDuration pace = new(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), pace.Patience);
        pace.Note(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(20), pace.Patience);
        for (int i = 0; i < 200; i++)
        {
            pace.Note(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(TimeSpan.FromSeconds(2), pace.Patience);
        pace.Note(TimeSpan.FromHours(1));
        Assert.Equal(TimeSpan.FromSeconds(2), pace.Patience);
    }

    [Fact]
    public void FairLine_OneSendersBacklog_DoesNotKeepOthersWaiting()
    {
        FairLine line = new();
        for (int i = 0; i < 1000; i++)
        {
            line.Add(New("flood@bulk.test", $"u{i}@d{i % 50}.test"));
        }

        // Hashes may put two senders into one place; of ten, most are somewhere else.
        List<Parcel> others = [.. Enumerable.Range(0, 10).Select(i => New($"s{i}@quiet.test", $"x@d{i}.test"))];
        others.ForEach(line.Add);
        List<Parcel> taken = [.. Enumerable.Range(0, 120).Select(_ => line.Take()!)];
        Assert.InRange(others.Count(taken.Contains), 6, 10);
        Assert.Equal(890, line.Count);
        line.All.ToList().ForEach(line.Remove);
        Assert.Null(line.Take());
        Assert.Equal(0, line.Count);
    }

    [Fact]
    public void FairLine_OneDomainsBacklog_DoesNotKeepOthersWaiting()
    {
        FairLine line = new();
        for (int i = 0; i < 1000; i++)
        {
            line.Add(New($"s{i}@x.test", "victim@flooded.test"));
        }

        List<Parcel> others = [.. Enumerable.Range(0, 16).Select(i => New("a@b.test", $"x@d{i}.test"))];
        others.ForEach(line.Add);
        List<Parcel> taken = [.. Enumerable.Range(0, 160).Select(_ => line.Take()!)];
        Assert.InRange(others.Count(taken.Contains), 6, 16);
    }

    [Fact]
    public void FairLine_SameSenderAndDomain_KeepsItsOrder()
    {
        FairLine line = new();
        List<Parcel> parcels = [.. Enumerable.Range(0, 20).Select(i => New("a@b.test", $"u{i}@same.test"))];
        parcels.ForEach(line.Add);
        line.Remove(parcels[7]);
        parcels.RemoveAt(7);
        Assert.Equal(parcels, parcels.Select(_ => line.Take()!).ToList());
    }

    [Fact]
    public void Route_Weights_ShareTheMail_ZeroStandsBy()
    {
        DownstreamHost[] hosts = [new("a", 25), new("b", 25), new("c", 25)];
        Route route = new("r", hosts) { Weights = [3, 1, 0] };
        Assert.Equal(hosts, route.InOrder(0));
        Assert.Equal(hosts, route.InOrder(0.74));
        Assert.Equal([hosts[1], hosts[0], hosts[2]], route.InOrder(0.75));
        Assert.Equal([hosts[1], hosts[0], hosts[2]], route.InOrder(0.999));
        Assert.Same(hosts, new Route("r", hosts).InOrder(0.5));
    }

    private Parcel New(string sender = "a@b", string recipient = "c@d", bool risky = false)
    {
        MessageId id = new(++_id);
        Envelope envelope = new() { Id = id.ToString(), ReceivedAt = _time.GetUtcNow(), Sender = sender, Recipients = [recipient], Risky = risky };
        return new Parcel(new QueuedMessage(new Lease(id, 0), envelope), _one, envelope.Sender, [recipient]);
    }

    private Parcel Failed()
    {
        Parcel parcel = New();
        parcel.Attempts = 1;
        parcel.Journal = new AttemptJournal([Failure]);
        return parcel;
    }

    /// <summary>Puts in line without starting workers.</summary>
    private void Add(params Parcel[] parcels)
    {
        foreach (Parcel parcel in parcels)
        {
            if (_one.Add(parcel))
            {
                _hired[parcel.Lane!] = _hired.GetValueOrDefault(parcel.Lane!) + 1;
            }
        }
    }

    private readonly Dictionary<Lane, int> _hired = [];

    /// <summary>A worker's next parcel; one is hired when none is on its way.</summary>
    private Parcel? Take(Lane lane)
    {
        if (_hired.GetValueOrDefault(lane) > 0)
        {
            _hired[lane]--;
        }
        else if (!_one.MayStart(lane))
        {
            return null;
        }

        Parcel? taken = _one.Next(lane, out bool more);
        taken?.Host = Host;
        _hired[lane] = _hired.GetValueOrDefault(lane) + (more ? 1 : 0);
        return taken;
    }

    /// <summary>Puts some parcels in line and lets workers take what they may.</summary>
    private int Fill(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Add(New());
        }

        int taken = 0;
        while (Take(_one.Clean) is not null)
        {
            taken++;
        }

        return taken;
    }
}
