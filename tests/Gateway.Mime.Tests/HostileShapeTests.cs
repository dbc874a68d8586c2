using System.Text;

namespace Gateway.Mime.Tests;

/// <summary>Shapes that cost a MIME parser more than linear time: bounds and work counters, never a clock.</summary>
public class HostileShapeTests
{
    private const string Multipart = Mail.Header + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";

    /// <summary>A site that only looks on at first: no number holds a message but a hard bound.</summary>
    private static readonly InspectionContext Unlimited = new() { Policy = RulePolicy.Default.With([new RuleLayer { WarnOnly = true }]) };

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void PartHeader_OfManyMiB_ReachesTheParserOnlyUpToWhatHoldsIt(int mebibytes)
    {
        string field = "X-Long: x\r\n" + string.Concat(Enumerable.Repeat($" {new string('x', 997)}\r\n", mebibytes * 1024)) + "\r\nbody\r\n--b--\r\n";

        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + field);

        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.HeaderFieldTooLarge, Action: RuleAction.Quarantine, Part: "1" });
        Assert.InRange(inspector.OctetsParsed, 64 * 1024, (64 * 1024) + 16_384);
        Assert.False(report.Complete);
        (_, inspector) = Inspect(Multipart + field, Unlimited);
        Assert.InRange(inspector.OctetsParsed, InspectionLimits.Default.HeaderFieldBytes, InspectionLimits.Default.HeaderFieldBytes + 16_384);
    }

    [Fact]
    public void PartHeader_OfManyFields_ReachesTheParserOnlyUpToWhatHoldsIt()
    {
        string fields = string.Concat(Enumerable.Repeat($"X: {new string('x', 900)}\r\n", 4096)) + "\r\nbody\r\n--b--\r\n";

        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + fields);

        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.HeaderBlockTooLarge, Action: RuleAction.Quarantine });
        Assert.InRange(inspector.OctetsParsed, 128 * 1024, (128 * 1024) + 16_384);
        (_, inspector) = Inspect(Multipart + fields, Unlimited);
        Assert.InRange(inspector.OctetsParsed, InspectionLimits.Default.HeaderBlockBytes, InspectionLimits.Default.HeaderBlockBytes + 16_384);
    }

    [Fact]
    public void PartHeader_OfManyTinyFields_IsStoppedByCount()
    {
        (InspectionReport report, _) = Inspect(Multipart + string.Concat(Enumerable.Repeat("X:\r\n", 50_000)) + "\r\nbody\r\n--b--\r\n");

        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.HeaderCountExceeded, Action: RuleAction.Quarantine });
        Assert.False(report.Complete);
    }

    [Fact]
    public void PartHeader_InOneLineWithoutEnd_IsNeverParsed()
    {
        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + "X: " + new string('x', 4 * 1024 * 1024));

        Assert.Equal(RuleAction.Reject, report.Verdict);
        Assert.Equal(0, inspector.OctetsParsed);
    }

    [Fact]
    public void TopHeader_OverABound_IsNeverParsed()
    {
        (InspectionReport report, MimeInspector inspector) = Inspect(Mail.Header + "X: x\r\n" + string.Concat(Enumerable.Repeat($" {new string('x', 900)}\r\n", 400)) + "\r\nbody\r\n");

        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.HeaderFieldTooLarge, Action: RuleAction.Quarantine });
        Assert.Equal(0, inspector.OctetsParsed);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(200_000)]
    public void Parts_InGreatNumber_AreStopped(int parts)
    {
        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + string.Concat(Enumerable.Repeat("\r\n--b\r\n", parts)));

        Assert.Equal(1001, report.PartCount);
        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.PartCountExceeded, Action: RuleAction.Quarantine });
        Assert.False(report.Complete);
        Assert.InRange(inspector.WorkSpent, 0, 10_000);
    }

    [Fact]
    public void Parts_OverARaisedLimit_AreStoppedAtTheHardBound()
    {
        (InspectionReport report, MimeInspector inspector) = Inspect(Multipart + string.Concat(Enumerable.Repeat("\r\n--b\r\n", 200_000)), Unlimited);

        Assert.Equal(InspectionLimits.Default.Parts + 1, report.PartCount);
        Assert.Contains(report.Findings, finding => finding is { Rule: RuleCode.PartCountExceeded, Action: RuleAction.Quarantine });
        Assert.InRange(inspector.WorkSpent, 0, 100_000);
    }

    [Theory]
    [InlineData(20, false)]
    [InlineData(21, true)]
    [InlineData(1000, true)]
    public void Depth_ThatHoldsTheMessage_EndsTheReading(int levels, bool held)
    {
        StringBuilder message = new(Mail.Header);
        for (int i = 0; i < levels; i++)
        {
            message.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=level-{i:d4}\r\n\r\n--level-{i:d4}\r\n");
        }

        message.Append("\r\nx\r\n").Insert(message.Length, "--level-zzzz\r\n", 10_000);
        for (int i = levels - 1; i >= 0; i--)
        {
            message.Append(System.Globalization.CultureInfo.InvariantCulture, $"--level-{i:d4}--\r\n");
        }

        (InspectionReport report, MimeInspector inspector) = Inspect(message.ToString());
        Assert.Equal((held ? RuleAction.Quarantine : RuleAction.Tag, !held), (report.Verdict, report.Complete));
        Assert.Contains(report.Findings, finding => finding.Rule == RuleCode.MimeDepthExceeded && finding.Detail == $"{Math.Min(levels, 21)} levels");
        Assert.InRange(inspector.WorkSpent, 1, held ? 10_000 : 1_000_000);
    }

    [Fact]
    public void DashLines_UnderDeepNesting_CostLinearWork()
    {
        static string Message(int lines)
        {
            StringBuilder message = new(Mail.Header);
            for (int i = 0; i < 30; i++)
            {
                message.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=level-{i:d2}\r\n\r\n--level-{i:d2}\r\n");
            }

            return message.Append("\r\n").Insert(message.Length, "--level-zz\r\n", lines).ToString();
        }

        long once = Inspect(Message(10_000), Unlimited).Inspector.WorkSpent;
        long twice = Inspect(Message(20_000), Unlimited).Inspector.WorkSpent;

        Assert.InRange(once, 1, 10_000 * (HardenedOptions.MaxMimeDepth + 70));
        Assert.InRange(twice, once, (2 * once) + 1000);
        (InspectionReport over, _) = Inspect(Message(2_000_000 / 4), Unlimited);
        Assert.Contains(over.Findings, finding => finding.Rule == RuleCode.ParserFault);
    }

    [Theory]
    [InlineData("To: ", "a,")]
    [InlineData("From: ", "a,")]
    [InlineData("From: ", "=?x?q?")]
    [InlineData("Subject: ", "=?x?q?a")]
    [InlineData("Content-Type: text/plain; name=", "=?x?q?a")]
    [InlineData("Content-Type: text/plain; ", "a=b;")]
    [InlineData("Content-Type: text/plain; ", "((((")]
    [InlineData("Content-Transfer-Encoding: ", "=?x?q?a")]
    [InlineData("Content-Disposition: attachment; ", "filename*0*=x;")]
    public void Field_OfSixtyKiloOctetsOfNonsense_IsOneFindingAmongOthersAndNoException(string field, string unit)
    {
        string value = string.Concat(Enumerable.Repeat(string.Concat(Enumerable.Repeat(unit, 900 / unit.Length)) + "\r\n ", 60));

        (InspectionReport report, _) = Inspect(Mail.Header + field + value + "x\r\n\r\nbody\r\n");

        Assert.True(report.Findings.Count <= InspectionLimits.Default.Findings);
        Assert.DoesNotContain(report.Findings, finding => finding.Rule == RuleCode.ParserFault);
    }

    [Fact]
    public void Findings_InGreatNumber_AreCappedAndCounted()
    {
        string message = Mail.Header + string.Concat(Enumerable.Range(0, 400).Select(i => $"no field {i}\r\n")) + "\r\nx\r\n";

        InspectionReport report = Mail.Inspect(message);

        Assert.Equal(InspectionLimits.Default.FindingsPerRule, report.Findings.Count(finding => finding.Rule == RuleCode.NonHeaderLine));
        Assert.True(report.FindingsSuppressed >= 395);
        Assert.Equal(RuleAction.Quarantine, report.Verdict);
    }

    private static (InspectionReport Report, MimeInspector Inspector) Inspect(string message, InspectionContext context = default)
    {
        MimeInspector inspector = new();
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(message));
        return (inspector.Inspect(content, context, TestContext.Current.CancellationToken), inspector);
    }
}
