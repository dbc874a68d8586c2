using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>Every rule of the catalogue has samples that fire it and near misses that do not.</summary>
public class RuleSampleTests
{
    /// <summary>Rules whose trigger is too large for a file, or lies outside the message; each has a test of its own below, or conversations that the tests of the relay hold.</summary>
    private static readonly RuleCode[] Synthesized =
    [
        RuleCode.ParserFault, RuleCode.HeaderBlockTooLarge, RuleCode.HeaderFieldTooLarge, RuleCode.DownstreamPoison, RuleCode.MessageTooLarge,
        RuleCode.HtmlPartOversize,
        RuleCode.CommandPipeliningAbuse, RuleCode.CommandLineTooLong, RuleCode.MalformedCommand, RuleCode.BdatFraming, RuleCode.BodyTypeMismatch,
        RuleCode.Smtputf8Mismatch, RuleCode.TooManyRecipients,
        RuleCode.DotStuffingError, RuleCode.HeloAnomaly, RuleCode.NullSenderMultiRcpt, RuleCode.VrfyFlood, RuleCode.SlowData, RuleCode.ConnectionFlood,
        RuleCode.LineEndsNormalized,
    ];

    /// <summary>Whom the samples are sent to.</summary>
    private const string SampleHost = "mx.gateway.example";

    public static TheoryData<string> Rules() => [.. RuleCatalogue.All.Where(rule => !Synthesized.Contains(rule.Code)).Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Samples_OfEveryRule_HitAndMissAsTheirNamesSay(string rule)
    {
        string folder = Path.Combine(Repository.RuleSamples, rule);
        Assert.True(Directory.Exists(folder), $"rule {rule} has no samples in {folder}");
        string[] files = Directory.GetFiles(folder, "*.eml");
        Assert.Contains(files, file => Path.GetFileName(file).StartsWith("hit-", StringComparison.Ordinal));
        Assert.Contains(files, file => Path.GetFileName(file).StartsWith("miss-", StringComparison.Ordinal));
        foreach (string file in files)
        {
            InspectionReport report = Mail.Inspect(File.ReadAllBytes(file), new InspectionContext { HostName = SampleHost });
            bool fired = report.Findings.Any(finding => finding.RuleName == rule);
            bool hit = Path.GetFileName(file).StartsWith("hit-", StringComparison.Ordinal);
            Assert.True(fired == hit, $"{file}: {string.Join(", ", report.Findings.Select(finding => $"{finding.RuleName} at {finding.Offset}: {finding.Detail}"))}");
        }
    }

    [Fact]
    public void Samples_EveryFolder_IsARule()
    {
        foreach (string folder in Directory.GetDirectories(Repository.RuleSamples))
        {
            Assert.True(RuleCatalogue.TryGet(Path.GetFileName(folder), out _), $"{folder} belongs to no rule");
        }
    }

    [Fact]
    public void Samples_NearMisses_AreNotHeldByAnyRule()
    {
        // A near miss of one rule may well break another; these few are known to.
        string[] known =
        [
            "miss-bare-lf-without-dot",
            "miss-comment",
        ];
        foreach (string file in Directory.GetFiles(Repository.RuleSamples, "miss-*.eml", SearchOption.AllDirectories))
        {
            InspectionReport report = Mail.Inspect(File.ReadAllBytes(file));
            if (!known.Contains(Path.GetFileNameWithoutExtension(file)))
            {
                Assert.True(report.Verdict < RuleAction.Quarantine, $"{file}: {report.Decisive}");
            }
        }
    }

    [Fact]
    public void HeaderBlockTooLarge_Over64KiBAnd128KiB_TagsAndHolds()
    {
        static string Message(int octets) => Mail.Header + string.Concat(Enumerable.Range(0, octets / 1000).Select(i => $"X-{i:d4}: {new string('x', 900)}\r\n {new string('x', 87)}\r\n")) + "\r\nx\r\n";

        Assert.DoesNotContain(Mail.Inspect(Message(60_000)).Findings, finding => finding.Rule == RuleCode.HeaderBlockTooLarge);
        Assert.Equal(RuleAction.Tag, Assert.Single(Mail.Inspect(Message(70_000)).Findings, finding => finding.Rule == RuleCode.HeaderBlockTooLarge).Action);
        Assert.Equal(RuleAction.Quarantine, Assert.Single(Mail.Inspect(Message(135_000)).Findings, finding => finding.Rule == RuleCode.HeaderBlockTooLarge).Action);
    }

    [Fact]
    public void HeaderFieldTooLarge_Over32KiBAnd64KiB_TagsAndHolds()
    {
        static string Message(int lines) => Mail.Header + "X-Long: x\r\n" + string.Concat(Enumerable.Repeat($" {new string('x', 997)}\r\n", lines)) + "\r\nx\r\n";

        Assert.DoesNotContain(Mail.Inspect(Message(32)).Findings, finding => finding.Rule == RuleCode.HeaderFieldTooLarge);
        Finding tag = Assert.Single(Mail.Inspect(Message(33)).Findings, finding => finding.Rule == RuleCode.HeaderFieldTooLarge);
        Assert.Equal((RuleAction.Tag, Mail.Header.Length, 7), (tag.Action, (int)tag.Offset, tag.Line));
        Assert.Equal(RuleAction.Quarantine, Assert.Single(Mail.Inspect(Message(66)).Findings, finding => finding.Rule == RuleCode.HeaderFieldTooLarge).Action);
    }

    [Fact]
    public void LineTooLong_OverOneMiB_IsRejectedUnparsed()
    {
        InspectionReport report = Mail.Inspect(Mail.Header + "\r\n" + new string('x', (1024 * 1024) + 1) + "\r\n");

        Assert.Equal(RuleAction.Reject, report.Verdict);
        Assert.Equal(RuleCode.LineTooLong, report.Decisive?.Rule);
        Assert.Equal(0, report.PartCount);
        Assert.False(report.Complete);
    }

    [Fact]
    public void ParserFault_WorkOverBudget_IsAFindingAndNoException()
    {
        string message = Mail.Header + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--x\r\n", 2000)) + "--b--\r\n";
        MimeInspector inspector = new(TimeProvider.System, new InspectionLimits { WorkUnits = 100 - (message.Length / 4) });
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(message));

        InspectionReport report = inspector.Inspect(content, default, TestContext.Current.CancellationToken);

        Assert.Equal(RuleCode.ParserFault, report.Decisive?.Rule);
        Assert.Equal(RuleAction.Quarantine, report.Verdict);
        Assert.False(report.Complete);
    }

    [Theory]
    [InlineData(RuleCode.DownstreamPoison, RuleAction.Quarantine)]
    [InlineData(RuleCode.MessageTooLarge, RuleAction.Reject)]
    [InlineData(RuleCode.LineEndsNormalized, RuleAction.Tag)]
    [InlineData(RuleCode.NonstandardEndOfData, RuleAction.Reject)]
    public void ExternalFinding_OfAnyRule_IsJudgedByPolicyLikeOurs(RuleCode rule, RuleAction expected)
    {
        InspectionContext context = new() { External = [new ExternalFinding(rule, 10, 3, "seen on the wire")] };

        Finding finding = Assert.Single(Mail.Inspect(Mail.Header + "\r\nx\r\n", context).Findings);

        Assert.Equal((rule, expected, 10L, 3), (finding.Rule, finding.Action, finding.Offset, finding.Length));
        bool mayBeTag = rule != RuleCode.NonstandardEndOfData;
        Assert.Equal(
            mayBeTag ? RuleAction.Tag : RuleAction.Quarantine,
            Mail.Inspect(Mail.Header + "\r\nx\r\n", context with { Policy = Mail.Policy(finding.RuleName, mayBeTag ? "tag" : "quarantine") }).Verdict);
    }
}
