using System.Reflection;
using Gateway.Analyzers.Tests.Harness;
using Gateway.TestKit;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace Gateway.Analyzers.Tests.Docs;

/// <summary>Each law has a page, and the page shows the snippets that its test runs.</summary>
public class LawPageTests
{
    /// <summary>The laws, read from the analyzers.</summary>
    public static TheoryData<string> Laws => [.. All()];

    [Theory]
    [MemberData(nameof(Laws))]
    public void Page_ItsSnippets_AreThoseOfTheTests(string law)
    {
        string path = Path.Combine(Repository.Root, "docs", "analyzers", law + ".md");
        Assert.True(File.Exists(path), "no page for " + law);
        string page = File.ReadAllText(path);
        Assert.StartsWith($"# {law}: ", page, StringComparison.Ordinal);
        Assert.All(new[] { "**Law.**", "**Why.**" }, part => Assert.Contains(part, page, StringComparison.Ordinal));
        if (!Directory.Exists(Path.Combine(Snippet.Folder, law)))
        {
            Assert.DoesNotContain("## Bad", page, StringComparison.Ordinal);
            return;
        }

        Assert.All(new[] { "**What it cannot see.**", "**To be excused.**" }, part => Assert.Contains(part, page, StringComparison.Ordinal));
        string head = page[..page.IndexOf("## Bad", StringComparison.Ordinal)];
        string shown = $"{head}## Bad\n\nWhat is reported stands between `[|` and `|]`.\n\n{Shown(law, "bad")}\n## Good\n\n{Shown(law, "good")}";
        Assert.Null(CommittedFile.Problem(shown.TrimEnd('\n') + "\n", "docs", "analyzers", law + ".md"));
    }

    [Fact]
    public void Pages_EachIsOfALaw() =>
        Assert.Equal(
            All().Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Repository.Root, "docs", "analyzers"), "GW*.md").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> All() => typeof(LayerAnalyzer).Assembly.GetTypes()
        .Where(static t => t.GetCustomAttribute<DiagnosticAnalyzerAttribute>() is not null && !t.IsAbstract)
        .SelectMany(static t => ((DiagnosticAnalyzer)Activator.CreateInstance(t)!).SupportedDiagnostics)
        .Select(static d => d.Id).Distinct();

    private static string Shown(string law, string kind) => string.Concat(Snippet.Names(law, kind).Select(name =>
        $"`{name}`\n\n```csharp\n{File.ReadAllText(Path.Combine(Snippet.Folder, law, name)).TrimEnd()}\n```\n\n"));
}
