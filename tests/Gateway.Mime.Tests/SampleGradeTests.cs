using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>The grades that <c>fuzz-corpus/rules/grades.txt</c> lists: one line a sample, its rule and the strongest action of the rule's findings.</summary>
public class SampleGradeTests
{
    private static readonly string Grades = Path.Combine(Repository.RuleSamples, "grades.txt");

    public static TheoryData<string, RuleAction> Listed() =>
        [.. File.ReadLines(Grades).Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')).Select(words => (words[0], Enum.Parse<RuleAction>(words[1], ignoreCase: true)))];

    [Theory]
    [MemberData(nameof(Listed))]
    public void Sample_OfTheList_GetsItsAction(string sample, RuleAction expected)
    {
        InspectionReport report = Mail.Inspect(File.ReadAllBytes(Path.Combine(Repository.RuleSamples, sample + ".eml")));

        Assert.Equal(expected, report.Findings.Where(finding => finding.RuleName == sample[..sample.IndexOf('/', StringComparison.Ordinal)]).Max(finding => finding.Action));
    }
}
