using System.Text.RegularExpressions;
using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>One grouping of rules: a row's group is the folder of its trigger, and a trigger is a type that reports the rule.</summary>
public partial class RuleRoomTests
{
    private const string Rooms = "Gateway.Mime.Rules.";

    private static readonly string Source = Path.Combine(Repository.Root, "src", "Gateway.Mime");

    [Fact]
    public void Rule_WithTrigger_StandsInTheGroupOfItsFolder()
    {
        foreach (Rule rule in RuleCatalogue.All.Where(rule => rule.Triggers.Count > 0))
        {
            string home = rule.Triggers[0].Namespace!;
            string expected = Room(home) is { Length: > 0 } room ? room.Split('.')[0] : nameof(RuleGroup.Structure);
            Assert.Equal((rule.Name, expected), (rule.Name, rule.Group.ToString()));
        }
    }

    [Fact]
    public void Rule_WithoutTrigger_IsFoundOutside() =>
        Assert.All(RuleCatalogue.All, rule => Assert.Equal((rule.Name, rule.External), (rule.Name, rule.Triggers.Count == 0)));

    [Fact]
    public void Triggers_AreTheFilesThatNameTheRule()
    {
        SortedSet<string> listed = [.. RuleCatalogue.All.SelectMany(rule => rule.Triggers.Select(trigger => $"{trigger.Name} {rule.Code}"))];
        SortedSet<string> found = [];
        foreach (string file in Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories).Where(IsReporter))
        {
            string text = File.ReadAllText(file);
            bool family = file.Contains($"{Path.DirectorySeparatorChar}Rules{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
            string type = Path.GetFileName(file).Split('.')[0];
            found.UnionWith((family ? AnyCode() : ReportedCode()).Matches(text).Select(match => $"{type} {match.Groups[1].Value}"));
        }

        Assert.NotEmpty(found);
        IEnumerable<string> missing = found.Except(listed).Select(pair => "not in its row: " + pair);
        IEnumerable<string> stale = listed.Except(found).Select(pair => "in a row only: " + pair);
        Assert.Equal(string.Empty, string.Join("; ", missing.Concat(stale)));
    }

    [Fact]
    public void Folder_OfAGroup_HoldsFamiliesOnly()
    {
        Type[] housed = [.. typeof(RuleCatalogue).Assembly.GetTypes().Where(type => !type.IsNested && Enum.IsDefined(typeof(RuleGroup), Room(type.Namespace)))];

        Assert.NotEmpty(housed);
        Assert.All(housed, type => Assert.True(type.IsSubclassOf(typeof(RuleFamily)), $"{type.Name} is no family: it belongs in a folder below"));
    }

    [Fact]
    public void Family_OfTheInspection_IsATriggerOfSomeRule()
    {
        HashSet<Type> triggers = [.. RuleCatalogue.All.SelectMany(rule => rule.Triggers)];

        Assert.All(Rules.RuleFamilies.Create(), family => Assert.True(
            triggers.Contains(family.GetType()), $"{family.GetType().Name} triggers no rule"));
    }

    /// <summary>What follows the common namespace of the rooms; empty for a type outside of them.</summary>
    private static string Room(string? home) => home?.StartsWith(Rooms, StringComparison.Ordinal) == true ? home[Rooms.Length..] : string.Empty;

    private static bool IsReporter(string file) =>
        !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        && !file.Contains($"{Path.DirectorySeparatorChar}Catalogue{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    [GeneratedRegex(@"RuleCode\.(\w+)")]
    private static partial Regex AnyCode();

    [GeneratedRegex(@"(?:Report|Measure|IsLast)\(\s*RuleCode\.(\w+)")]
    private static partial Regex ReportedCode();
}
