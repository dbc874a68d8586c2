using System.Text.RegularExpressions;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Logging;

/// <summary>Numbers and names that administrators filter and alert by stand for one thing in the whole program.</summary>
public partial class EventIdTests
{
    private const int GaugeMethods = 2;

    private static readonly string Source = Path.Combine(Repository.Root, "src");

    [Fact]
    public void EventId_OfEveryLogMethod_IsGivenAndUnique()
    {
        (int Id, string Type, string Name)[] events = [.. LogMethods.All()];

        Assert.NotEmpty(events);
        Assert.All(events, entry => Assert.True(entry.Id > 0, $"{entry.Type}.{entry.Name} has no event id"));
        Assert.Empty(events.GroupBy(entry => entry.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(entry => $"{entry.Type}.{entry.Name}"))}"));
    }

    [Fact]
    public void EventId_OfEverySourceLine_IsSeenByReflection()
    {
        int written = SourceFiles().Sum(file => LogMethod().Count(File.ReadAllText(file)));

        Assert.Equal(written, LogMethods.All().Count());
    }

    [Fact]
    public void EventId_OfThePages_Exists()
    {
        HashSet<int> ids = [.. LogMethods.All().Select(entry => entry.Id)];
        foreach (string page in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
        {
            foreach (Match told in ToldId().Matches(File.ReadAllText(page)))
            {
                Assert.True(ids.Contains(int.Parse(told.Groups[1].Value)), $"{Path.GetFileName(page)} tells of event {told.Groups[1].Value}, which does not exist");
            }
        }
    }

    [Fact]
    public void Instrument_OfEveryName_IsMadeOnce()
    {
        string[] texts = [.. SourceFiles().Select(File.ReadAllText)];
        string[] names = [.. texts.SelectMany(text => NamedInstrument().Matches(text)).Select(match => match.Groups[1].Value)];

        Assert.NotEmpty(names);
        // Those without a name in the line are made by the two methods through which rooms register their gauges.
        Assert.Equal(GaugeMethods, texts.Sum(text => Instrument().Count(text)) - texts.Sum(text => CreatedByName().Count(text)));
        Assert.Empty(names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    private static IEnumerable<string> SourceFiles() => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*\[LoggerMessage\(", RegexOptions.Multiline)]
    private static partial Regex LogMethod();

    [GeneratedRegex(@"\bevents? (\d+)\b")]
    private static partial Regex ToldId();

    [GeneratedRegex(@"\.Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)(?:<\w+>)?\(")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\.Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)(?:<\w+>)?\(\s*""[^""]+""")]
    private static partial Regex CreatedByName();

    [GeneratedRegex(@"\.(?:Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)|Gauge)(?:<\w+>)?\(\s*""(gateway\.[^""]+)""")]
    private static partial Regex NamedInstrument();
}
