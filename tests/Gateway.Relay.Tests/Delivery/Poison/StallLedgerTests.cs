using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Poison;

/// <summary>Kinds of message that are there before each standstill.</summary>
public sealed class StallLedgerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StallLedger _ledger;

    public StallLedgerTests() => _ledger = new StallLedger(_time);

    [Fact]
    public void Kind_BeforeEachOfThreeStalls_IsHeldForAnHour()
    {
        Assert.Empty(_ledger.Stalled([1, 2, 3]));
        _ledger.Passed(2);
        Assert.Empty(_ledger.Stalled([1, 2, 4]));
        Assert.Equal([1UL], _ledger.Stalled([1, 4]));
        Assert.True(_ledger.Holds(1));
        Assert.False(_ledger.Holds(4));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_ledger.Holds(1));
    }

    [Fact]
    public void Kind_OfWhichOnePassedInBetween_IsCleared()
    {
        _ledger.Stalled([1]);
        _ledger.Stalled([1]);
        _ledger.Passed(1);
        Assert.Empty(_ledger.Stalled([1]));
        Assert.False(_ledger.Holds(1));
    }

    [Fact]
    public void Kind_ThatFailedBeforeTheStall_CountsAsBeingThere()
    {
        for (int i = 0; i < 2; i++)
        {
            _ledger.Failed(7);
            Assert.Empty(_ledger.Stalled([]));
        }

        _ledger.Failed(7);
        Assert.Equal([7UL], _ledger.Stalled([]));
    }

    [Fact]
    public void Failures_BeforeOthersPassed_ArePartOfNoStall()
    {
        _ledger.Failed(7);
        _ledger.Passed(1);
        Assert.Empty(_ledger.Stalled([]));
        Assert.Empty(_ledger.Stalled([7]));
        Assert.Empty(_ledger.Stalled([7]));
    }

    [Fact]
    public void Stalls_ADayApart_HaveNothingToDoWithEachOther()
    {
        for (int i = 0; i < 5; i++)
        {
            Assert.Empty(_ledger.Stalled([1]));
            _time.Advance(TimeSpan.FromHours(25));
        }
    }

    [Fact]
    public void Fingerprint_SameKind_IsTheSame_OtherSenderSizeOrShape_IsNot()
    {
        Envelope one = new() { Id = "a", ReceivedAt = default, Sender = "a@b", Recipients = ["c@d"], Size = 5000, Shape = 77 };
        Assert.Equal(StallLedger.Fingerprint(one), StallLedger.Fingerprint(one with { Id = "b", Size = 6000, Recipients = ["x@y"] }));
        Assert.NotEqual(StallLedger.Fingerprint(one), StallLedger.Fingerprint(one with { Sender = "b@b" }));
        Assert.NotEqual(StallLedger.Fingerprint(one), StallLedger.Fingerprint(one with { Size = 50_000 }));
        Assert.NotEqual(StallLedger.Fingerprint(one), StallLedger.Fingerprint(one with { Shape = 78 }));
    }
}
