using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Mime.Tests;

/// <summary>Every budget of an inspection ends in a finding, never in an exception, and no exception of the policy softens it.</summary>
public class BudgetTests
{
    private const string Multipart = Mail.Header + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";

    private static readonly RulePolicy WarnOnly = RulePolicy.Default.With([new RuleLayer { WarnOnly = true }]);

    [Fact]
    public void Time_UsedUp_IsAFindingAndEndsTheReading()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        (InspectionReport report, MimeInspector inspector) = Inspect(Body(4 * 1024 * 1024), time, new InspectionLimits { Time = TimeSpan.FromSeconds(10) });

        Assert.Contains(report.Findings, f => f.Rule == RuleCode.ParserFault && f.Detail.Contains("time budget", StringComparison.Ordinal));
        Assert.InRange(inspector.OctetsParsed, 1, 3 * 1024 * 1024);
        Assert.Equal((RuleAction.Quarantine, false), (report.Verdict, report.Complete));
    }

    [Fact]
    public void Memory_UsedUp_IsAFindingAndEndsTheReading()
    {
        // Fewer parts than hold a message by their number.
        string parts = string.Concat(Enumerable.Repeat($"Content-Type: text/plain; a=b; c=d; e=f\r\n{new string('x', 300)}: y\r\n\r\nx\r\n--b\r\n", 900));
        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + parts, TimeProvider.System, new InspectionLimits { AllocatedBytes = -7 * parts.Length });

        Assert.Contains(report.Findings, f => f.Rule == RuleCode.ParserFault && f.Detail.Contains("memory", StringComparison.Ordinal));
        Assert.InRange(inspector.OctetsParsed, 1, parts.Length - 1);
        Assert.False(report.Complete);
    }

    [Theory]
    [InlineData("\r\n", 2_400_000, true)]
    [InlineData(".\r\n", 1_600_000, true)]
    [InlineData("=\r\n", 1_600_000, true)]
    [InlineData("\r\n", 1_000_000, false)]
    [InlineData("12345678\r\n", 2_500_000, false)]
    public void Lines_MoreThanAnyHonestMessageHas_AreAFindingAndAreNotRead(string line, int count, bool held)
    {
        StringBuilder message = new StringBuilder(Mail.Header).Append("\r\n");
        int head = message.Length;
        (InspectionReport report, MimeInspector inspector) = Inspect(message.Insert(head, line, count).ToString(), TimeProvider.System, InspectionLimits.Default);

        Assert.Equal(held, report.Findings.Any(f => f.Rule == RuleCode.ParserFault && f.Detail.Contains(" lines in ", StringComparison.Ordinal)));
        Assert.Equal((held ? RuleAction.Quarantine : RuleAction.Allow, !held), (report.Verdict, report.Complete));
        Assert.NotNull(report.From);
        Assert.InRange(inspector.OctetsParsed, 1, held ? 128 * 1024 : int.MaxValue);
    }

    [Fact]
    public void Memory_OfPlainMail_IsFarBelowItsBudget()
    {
        (InspectionReport report, _) = Inspect(Body(8 * 1024 * 1024), TimeProvider.System, new InspectionLimits { AllocatedBytes = -56 * 1024 * 1024 });
        Assert.Equal(RuleAction.Allow, report.Verdict);
    }

    [Theory]
    [InlineData(RuleCode.MimeDepthExceeded, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 40, "\r\nx\r\n")]
    [InlineData(RuleCode.MimeDepthExceeded, "Content-Type: message/rfc822\r\n\r\n", 40, "\r\nx\r\n")]
    [InlineData(RuleCode.PartCountExceeded, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n|\r\n--b\r\n", 20_000, "\r\nx\r\n--b--\r\n")]
    [InlineData(RuleCode.HeaderBlockTooLarge, "X: y\r\n|X-A: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 4_000, "\r\nx\r\n")]
    [InlineData(RuleCode.HeaderFieldTooLarge, "X: y\r\n| xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 4_000, "\r\nx\r\n")]
    [InlineData(RuleCode.HeaderCountExceeded, "X: y\r\n", 8_000, "\r\nx\r\n")]
    public void Bound_Met_IsHeldByItsRuleEvenInAWarnOnlyRollOut(RuleCode rule, string unit, int count, string tail)
    {
        string first = unit.Contains('|', StringComparison.Ordinal) ? unit.Split('|')[0] : string.Empty;
        StringBuilder message = new StringBuilder(Mail.Header).Append(first).Insert(Mail.Header.Length + first.Length, unit.Split('|')[^1], count).Append(tail);

        InspectionReport report = Mail.Inspect(message.ToString());
        Assert.Contains(report.Findings, f => f.Rule == rule && f.Action == RuleAction.Quarantine);
        Assert.DoesNotContain(report.Findings, f => f.Rule == RuleCode.ParserFault);

        InspectionReport warned = Mail.Inspect(message.ToString(), new InspectionContext { Policy = WarnOnly });
        Assert.Equal(RuleAction.Quarantine, warned.Verdict);
    }

    private static string Body(int octets) => Mail.Header + "\r\n" + new StringBuilder().Insert(0, "a line of text\r\n", octets / 16);

    private static (InspectionReport Report, MimeInspector Inspector) Inspect(string message, TimeProvider time, InspectionLimits limits)
    {
        MimeInspector inspector = new(time, limits);
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(message));
        return (inspector.Inspect(content, default, TestContext.Current.CancellationToken), inspector);
    }
}
