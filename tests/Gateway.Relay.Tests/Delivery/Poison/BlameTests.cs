using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Message;
using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Poison;

/// <summary>What a journal says against its message.</summary>
public sealed class BlameTests
{
    private static readonly AttemptNote Hang = new() { Step = DeliveryStep.FinalDot, Outcome = DeliveryOutcome.TimedOut, Seconds = 60, Passed = 600 };
    private static readonly AttemptNote Drop = new() { Step = DeliveryStep.FinalDot, Outcome = DeliveryOutcome.Disconnected, Seconds = 0.01, Passed = 100 };
    private static readonly AttemptNote Later = new() { Step = DeliveryStep.FinalDot, Outcome = DeliveryOutcome.Deferred, Seconds = 0.01, Passed = 100 };

    [Fact]
    public void TwiceAloneWhileOthersPass_IsPoison_OnceIsNot()
    {
        foreach (AttemptNote note in new[] { Hang, Drop, Hang with { Outcome = DeliveryOutcome.ProtocolError } })
        {
            Assert.Equal(Strike.Full, Blame.Weigh(note));
            Assert.False(Blame.Convicts([note]));
            Assert.True(Blame.Convicts([note, note]));
        }

        Assert.True(Blame.Convicts([Hang, Drop]));
    }

    [Fact]
    public void NothingElsePassed_NobodyIsBlamed()
    {
        foreach (AttemptNote note in new[] { Hang, Drop })
        {
            Assert.Equal(Strike.None, Blame.Weigh(note with { Passed = 0 }));
        }
    }

    [Theory]
    [InlineData(DeliveryStep.Mail, false)]
    [InlineData(DeliveryStep.Recipient, false)]
    [InlineData(DeliveryStep.Data, false)]
    [InlineData(DeliveryStep.Body, true)]
    [InlineData(DeliveryStep.FinalDot, true)]
    public void Step_BehindData_MakesASuspect_OnlyBehindEndOfDataAStrike(DeliveryStep step, bool suspect)
    {
        AttemptNote note = Hang with { Step = step };
        Assert.Equal(suspect, Blame.IsSuspicious(note));
        Assert.Equal(step == DeliveryStep.FinalDot ? Strike.Full : Strike.None, Blame.Weigh(note));
    }

    [Fact]
    public void CrashThatDropsOthersToo_IsHalfAStrike_ThreeArePoison()
    {
        AttemptNote crash = Drop with { Dropped = 5 };
        Assert.Equal(Strike.Half, Blame.Weigh(crash));
        Assert.False(Blame.Convicts([crash, crash]));
        Assert.False(Blame.Convicts([crash, Drop]));
        Assert.True(Blame.Convicts([crash, crash, crash]));
    }

    [Fact]
    public void DropOnTheHeelsOfAnother_IsHalfAStrike_WithALaterOneItConvicts()
    {
        AttemptNote again = Drop with { AtOnce = true };
        AttemptNote crash = Drop with { Dropped = 5 };
        Assert.Equal(Strike.Half, Blame.Weigh(again));
        Assert.False(Blame.Convicts([Drop, again]));
        Assert.True(Blame.Convicts([Drop, again, crash]));
        Assert.True(Blame.Convicts([crash, again, crash]));
    }

    [Fact]
    public void ManyTimeOut_HalfAStrike()
    {
        Assert.Equal(Strike.Half, Blame.Weigh(Hang with { Passed = 100, Failed = 26 }));
        Assert.Equal(Strike.Full, Blame.Weigh(Hang with { Passed = 100, Failed = 25 }));
    }

    [Fact]
    public void Transient_HoweverOftenAndLate_IsNoStrike_OnlyTheLateOneWithoutAReasonMakesASuspect()
    {
        AttemptNote late = Later with { IsLate = true, Seconds = 60 };
        Assert.False(Blame.IsSuspicious(Later));
        Assert.True(Blame.IsSuspicious(late));
        Assert.False(Blame.IsSuspicious(late with { NamesCause = true }));
        Assert.False(Blame.IsSuspicious(late with { Step = DeliveryStep.Recipient }));
        Assert.False(Blame.Convicts([Later, Later, late, late, late, late, late, late]));
        Assert.False(Blame.Convicts([Hang, late, late, late]));
        Assert.True(Blame.Convicts([Hang, late, Hang]));
    }

    [Theory]
    [InlineData("451 4.7.1 greylisted", true)]
    [InlineData("452 4.2.2 mailbox full", true)]
    [InlineData("452 4.3.1 disk full", true)]
    [InlineData("421 4.3.2 shutting down", true)]
    [InlineData("452 4.5.3 too many recipients", true)]
    [InlineData("451 4.3.0 cannot process", false)]
    [InlineData("451 4.6.0 content", false)]
    [InlineData("451 local error", false)]
    [InlineData("421 bye", false)]
    public void Reply_ThatNamesAnotherCause(string text, bool named)
    {
        string[] words = text.Split(' ', 3);
        SmtpReply reply = EnhancedCode.TryParse(words[1], out EnhancedCode code, out _)
            ? new SmtpReply(int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture), code, words[2])
            : new SmtpReply(int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture), default, text[4..]);
        Assert.Equal(named, Blame.NamesCause(reply));
    }

    [Fact]
    public void Outcome_OfOurs_IsNoSuspicion()
    {
        foreach (DeliveryOutcome outcome in new[] { DeliveryOutcome.Interrupted, DeliveryOutcome.ContentUnavailable, DeliveryOutcome.Refused, DeliveryOutcome.Delivered })
        {
            Assert.False(Blame.IsSuspicious(Hang with { Outcome = outcome }));
        }
    }
}
