using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Poison;

/// <summary>A host that asks to come again is never called poisoned by the message: with or without an enhanced code, at RCPT and behind the end of data.</summary>
/// <remarks>Texts: Exim's DATA ACL, Gmail, Exim's defer, postgrey, Exchange.</remarks>
public class GreylistTests
{
    private const string Partner = "new@partner.example.org";

    public static TheoryData<string, SmtpStep, int> Cases()
    {
        TheoryData<string, SmtpStep, int> cases = [];
        foreach (string reply in (string[])[
            "451 Greylisted, please come back in 300 seconds", "451 4.3.0 Mail server temporarily rejected message. - gsmtp",
            "451 Temporary local problem - please try later", "450 4.7.1 Greylisted", "450 4.2.0 Recipient address rejected: Greylisted",
            "452 Mailbox quota exceeded", "421 4.7.0 Try again later"])
        {
            foreach (SmtpStep step in (SmtpStep[])[SmtpStep.Rcpt, SmtpStep.FinalDot])
            {
                cases.Add(reply, step, 5);
                cases.Add(reply, step, 30);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Greylisted_ForMinutes_IsDeliveredWhenTheTimeIsOver(string reply, SmtpStep step, int minutes)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        DateTimeOffset until = house.Time.GetUtcNow().AddMinutes(minutes);
        int refused = 0;
        house.Server.On(step, m =>
        {
            if (m.Sender != Partner || house.Time.GetUtcNow() >= until)
            {
                return null;
            }

            Interlocked.Increment(ref refused);
            return SmtpAction.Reply(reply);
        });
        MessageId id = await house.QueueFromAsync(Partner);
        while (house.Relay.Delivery.Find(id) is not null)
        {
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is not { State: RelayState.Active });
            // The host takes everybody else's mail; a host that says 421 may be left alone for some seconds.
            await house.QueueFromAsync("usual@example.org");
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Totals().Active == 0);
            house.Time.Advance(TimeSpan.FromSeconds(20));
            // What the step of the clock began is under way before the next one.
            await Settling.WaitAsync(RelayHouse.Ct);
            Assert.True(house.Time.GetUtcNow() < until.AddMinutes(2 + (minutes * 1.2)), "It is delivered too late.");
        }

        Assert.Single(house.Server.Messages, m => m.Sender == Partner);
        Assert.InRange(refused, 2, 60);
        Assert.Equal(0, house.Metrics["gateway.poison|quarantined"]);
        Assert.Equal(0, house.Logs.Count(33) + house.Logs.Count(34));
        Assert.DoesNotContain(house.Logs.All, l => l.Contains($"to=<b@example.net>", StringComparison.Ordinal) && l.Contains("status=bounced", StringComparison.Ordinal));
    }
}
