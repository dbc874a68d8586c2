using Gateway.Relay.Delivery.Hosts;
using Gateway.Smtp.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>The breaker of one host, move by move.</summary>
public sealed class BreakerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Breaker _breaker;

    public BreakerTests() => _breaker = new Breaker(_time, hangLimit: 3);

    [Fact]
    public void Hang_WhileOthersPass_NeverCostsTheGoodName()
    {
        for (int i = 0; i < 50; i++)
        {
            long began = _time.GetTimestamp();
            _time.Advance(TimeSpan.FromSeconds(1));
            _breaker.Pass();
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(_breaker.Hang(began));
        }

        Assert.Equal(BreakerState.Closed, _breaker.State);
    }

    [Fact]
    public void Hang_NonePasses_HalfOpenAtOnce_ThenOneProbeAtATimeWithGrowingPauses_UntilOnePasses()
    {
        long began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_breaker.Hang(began));
        Assert.False(_breaker.Hang(began));
        Assert.True(_breaker.Hang(began));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);

        // One that was begun before the standstill is no probe.
        Assert.False(_breaker.Hang(began));
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        foreach (int pause in new[] { 4, 8, 16 })
        {
            _breaker.Probe();
            long probe = _time.GetTimestamp();
            Assert.Equal(BreakerState.Open, _breaker.State);
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.False(_breaker.Hang(probe));
            _time.Advance(TimeSpan.FromSeconds(pause - 1));
            Assert.Equal(BreakerState.Open, _breaker.State);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        }

        Assert.True(_breaker.Pass());
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.False(_breaker.Hang(_time.GetTimestamp()));
    }

    [Fact]
    public void Refuse_WhileOthersPass_IsNoReasonToOpen_UntilItIsTheThirdInARow()
    {
        Assert.True(_breaker.Refuse());
        _breaker.Pass();
        Assert.False(_breaker.Refuse());
        Assert.False(_breaker.Refuse());
        _breaker.Pass();
        Assert.False(_breaker.Refuse());
        Assert.False(_breaker.Refuse());
        Assert.True(_breaker.Refuse());
        _breaker.Pass();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(_breaker.Refuse());
    }

    [Fact]
    public void Answer_ClosesButIsNoPass()
    {
        _breaker.Open();
        Assert.True(_breaker.Answer());
        Assert.Equal(BreakerState.Closed, _breaker.State);
        Assert.Equal(0, _breaker.Passes);
    }

    [Fact]
    public void DropsAround_CountsWhatWasWithinASecond()
    {
        _breaker.Fail(dropped: true);
        _time.Advance(TimeSpan.FromSeconds(5));
        _breaker.Fail(dropped: true);
        _breaker.Fail(dropped: false);
        _time.Advance(TimeSpan.FromSeconds(1));
        _breaker.Fail(dropped: true);
        Assert.Equal(2, _breaker.DropsAround(_time.GetTimestamp()));
        Assert.Equal(4, _breaker.Failures);
        Assert.Equal(0, _breaker.DropsAround(_time.GetTimestamp() + (2 * _time.TimestampFrequency)));
    }

    [Fact]
    public void EndPause_OrderedByAPerson_TheNextPausesBeginAnew()
    {
        foreach (int pause in new[] { 2, 4, 8, 16 })
        {
            Assert.Equal(pause, _breaker.Open());
            _time.Advance(TimeSpan.FromSeconds(pause));
        }

        Assert.Equal(32, _breaker.Open());
        _breaker.EndPause();
        Assert.Equal(BreakerState.HalfOpen, _breaker.State);
        Assert.Equal(2, _breaker.Open());
        Assert.Equal(BreakerState.Open, _breaker.State);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(4, _breaker.Open());
    }

    [Fact]
    public void Trouble_IsTheReasonAndTheTimesInWords()
    {
        HostHealth health = new(_time, stumbleLimit: 2);
        DownstreamHost host = new("mx.test", 25);
        Assert.Null(health.TroubleOf(host));
        health.MarkDown(host, "Connection refused");
        Assert.Equal("down 0 s, probe in 2 s: Connection refused", health.TroubleOf(host)!.ToString());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("down 2 s, probe with the next message: Connection refused", health.TroubleOf(host)!.ToString());
        Assert.True(health.TryClaim(host));
        Assert.Equal("down 2 s, trying: Connection refused", health.TroubleOf(host)!.ToString());
        health.MarkDown(host, "greeting timed out");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("down 3 s, probe in 3 s: greeting timed out", health.TroubleOf(host)!.ToString());
        health.MarkUp(host);
        Assert.Null(health.TroubleOf(host));
    }
}
