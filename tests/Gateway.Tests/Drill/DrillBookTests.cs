using System.Text;
using Gateway.Drill;
using Gateway.Relay.Telemetry;
using Gateway.Tests.Logging;
using Xunit;

namespace Gateway.Tests.Drill;

/// <summary>The books of a drill: account, delays, timeline.</summary>
public sealed class DrillBookTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    private int _number;

    [Fact]
    public void Account_AnsweredAndNowhere_IsLost()
    {
        DrillMail lost = Accepted(MailKind.Clean);
        DrillMail delivered = Accepted(MailKind.Clean);
        delivered.Delivered(1, exact: true);
        delivered.Delivered(2, exact: false);
        DrillMail queued = Accepted(MailKind.Clean);
        DrillMail refused = Mail(MailKind.Malformed);
        refused.Answered(550);
        DrillMail later = Mail(MailKind.Clean);
        later.Answered(452);
        DrillMail held = Accepted(MailKind.Poison);

        MailAccount account = MailAccount.Of(
            [lost, delivered, queued, refused, later, held], new HashSet<string> { queued.Recipient },
            new Dictionary<string, string> { [held.Recipient] = "downstream-poison" });
        Assert.Equal(
            new MailAccount
            {
                Sent = 6, Answered250 = 4, Refused = 1, NotTaken = 1, Delivered = 1, Queued = 1, Quarantined = 1, Duplicated = 1, Altered = 1, Lost = 1,
            },
            account);
        Assert.Equal(1, delivered.DeliveredAt);
    }

    [Fact]
    public void Account_CleanInTheQuarantine_IsBlamed_UnlessItWasUnderInspectionAtAKill()
    {
        DrillMail blamed = Accepted(MailKind.Clean);
        DrillMail unread = Accepted(MailKind.Clean);
        DrillMail cut = Accepted(MailKind.Clean);
        cut.CutOff();
        MailAccount account = MailAccount.Of([blamed, unread, cut], new HashSet<string>(), new Dictionary<string, string>
        {
            [blamed.Recipient] = "downstream-poison", [unread.Recipient] = "parser-fault", [cut.Recipient] = "parser-fault",
        });
        Assert.Equal((2, 1, 0), (account.CleanBlamed, account.CrashSuspects, account.Lost));
    }

    [Fact]
    public void Answer_AfterA250_ChangesNothing()
    {
        DrillMail mail = Accepted(MailKind.Clean);
        mail.Answered(451);
        Assert.True(mail.IsAccepted);
        Assert.Equal(0, MailAccount.Of([], new HashSet<string>(), Nothing).Sent);
    }

    [Fact]
    public void Delays_AreNearestRanks()
    {
        DelaySummary all = DelaySummary.Of("x", 101, Enumerable.Range(1, 100).Select(i => (double)i).Reverse());
        Assert.Equal(new DelaySummary("x", 101, 100, 50, 99, 100), all);
        Assert.Equal(new DelaySummary("x", 1, 1, 7, 7, 7), DelaySummary.Of("x", 1, [7]));
        Assert.Equal(new DelaySummary("x", 3, 0, 0, 0, 0), DelaySummary.Of("x", 3, []));
    }

    [Fact]
    public void Timeline_CountsEventsOfAKind_BetweenSteps()
    {
        List<string> shown = [];
        Timeline timeline = new(TimeProvider.System, e => shown.Add(e.What));
        LogTap tap = new(timeline);
        const string First = "downstream a:25 is down: refused; next try in 2 s";
        int down = LogTap.Events.Single(e => e.Name == nameof(GatewayLog.HostDown)).Id;
        timeline.Step("onset");
        tap.Take(down, First);
        tap.Take(down, "downstream b:25 is down: refused; next try in 4 s");
        tap.Take(LogTap.Listening.Id, "not shown");
        tap.Take(id: 2, "disconnect from [127.0.0.1]");
        timeline.Step("back");
        tap.Take(down, new string('x', 500));

        Assert.Equal(["onset", $"breaker opens: {First}", "back"], timeline.Entries.Select(e => e.What).Take(3));
        Assert.Equal(2, timeline.Entries[1].Times);
        Assert.Equal($"breaker opens: {new string('x', 160)}…", timeline.Entries[3].What);
        Assert.Equal((3, 1), (tap.Count(LogTap.Events.Single(e => e.Id == down)), tap.Count(LogTap.Listening)));
        Assert.Equal(timeline.Entries.Select(e => e.What), shown);
    }

    [Fact]
    public void Event_OfTheTap_IsOneOfTheLogsMethods()
    {
        Dictionary<int, string> methods = LogMethods.All().ToDictionary(method => method.Id, method => method.Name);

        Assert.All(LogTap.Events, e => Assert.Equal(e.Name, methods.GetValueOrDefault(e.Id)));
    }

    [Fact]
    public void Messages_AreTheSameEachTime_AndCarryTheirId()
    {
        for (int i = 0; i < 50; i++)
        {
            DrillMail mail = Mail(i % 2 == 0 ? MailKind.Clean : MailKind.Malformed);
            byte[] octets = DrillMessages.Octets(mail);
            Assert.Equal(octets, DrillMessages.Octets(mail));
            Assert.StartsWith($"X-Drill: {mail.Id}\r\n", Encoding.Latin1.GetString(octets), StringComparison.Ordinal);
        }
    }

    private DrillMail Mail(MailKind kind) => new(++_number, kind, "during", "example.net", due: 0);

    private DrillMail Accepted(MailKind kind)
    {
        DrillMail mail = Mail(kind);
        mail.Answered(250);
        return mail;
    }
}
