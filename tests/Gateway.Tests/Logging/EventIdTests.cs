using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Commands;
using Gateway.TestKit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Logging;

/// <summary>Numbers and names that administrators filter and alert by stand for one thing in the whole program.</summary>
public partial class EventIdTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "src");

    [Fact]
    public void EventId_OfEveryLogMethod_IsGivenAndUnique()
    {
        (int Id, string Name)[] events = [.. Events()];

        Assert.NotEmpty(events);
        Assert.All(events, entry => Assert.True(entry.Id > 0, $"{entry.Name} has no event id"));
        Assert.Empty(events.GroupBy(entry => entry.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(entry => entry.Name))}"));
    }

    [Fact]
    public void EventId_OfEverySourceLine_IsSeenByReflection()
    {
        int written = SourceFiles().Sum(file => LogMethod().Count(File.ReadAllText(file)));

        Assert.Equal(written, Events().Count());
    }

    [Fact]
    public void EventId_OfThePages_Exists()
    {
        HashSet<int> ids = [.. Events().Select(entry => entry.Id)];
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
        Assert.Equal(texts.Sum(text => Instrument().Count(text)), names.Length);
        Assert.Empty(names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    private static IEnumerable<(int Id, string Name)> Events() =>
        from assembly in Assemblies()
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (attribute.EventId, $"{type.FullName}.{method.Name}");

    /// <summary>The program and all of ours that it is made of.</summary>
    private static HashSet<Assembly> Assemblies()
    {
        HashSet<Assembly> found = [];
        Queue<Assembly> left = new([typeof(RuleRow).Assembly]);
        while (left.TryDequeue(out Assembly? assembly))
        {
            if (found.Add(assembly))
            {
                foreach (AssemblyName name in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith("Gateway.", StringComparison.Ordinal)))
                {
                    left.Enqueue(Assembly.Load(name));
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> SourceFiles() => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"^\s*\[LoggerMessage\(", RegexOptions.Multiline)]
    private static partial Regex LogMethod();

    [GeneratedRegex(@"\bevents? (\d+)\b")]
    private static partial Regex ToldId();

    [GeneratedRegex(@"\.Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)(?:<\w+>)?\(")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\.Create(?:Observable)?(?:Counter|UpDownCounter|Gauge|Histogram)(?:<\w+>)?\(\s*""([^""]+)""")]
    private static partial Regex NamedInstrument();
}
