using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Gateway.Analyzers.Tests;

public class GW0101Tests
{
    private const string Rooms = "# lowest first\nLow\nHigh.Part\nHigh\n.\n";

    private const string House = """
        namespace House.Low { public class Stone { public static int Weight; } }
        namespace House.High.Part { public class Step { } }
        namespace House.High { public class Roof<T> { } public static class Words { public static string Name(this Low.Stone stone) => ""; } }
        namespace House { public class All { } }
        """;

    [Theory]
    [InlineData("High", "class C { Low.Stone? stone; }")]
    [InlineData("High", "class C { Part.Step? step; int x = Low.Stone.Weight; }")]
    [InlineData("Low", "/// <summary>Below <see cref=\"High.Roof{T}\"/>.</summary> class C { Stone? stone; }")]
    [InlineData("Low", "using House.High; class C { }")]
    public async Task Use_OfARoomBelow_Passes(string room, string code) => Assert.Empty(await AnalyzeAsync(room, code));

    [Theory]
    [InlineData("Low", "class C { High.Roof<int>? roof; }", "Roof")]
    [InlineData("Low", "class C : High.Part.Step { }", "Step")]
    [InlineData("Low", "using House.High; class C { string name = new Stone().Name(); }", "Name")]
    [InlineData("Low", "class C { object o = typeof(All); }", "All")]
    [InlineData("High.Part", "class C<T> where T : Words2 { } ", "Words2")]
    [InlineData("High.Part", "class C { void M() { new Roof<Step>().ToString(); } }", "Roof")]
    public async Task Use_OfARoomAbove_IsAnError(string room, string code, string name)
    {
        Diagnostic only = Assert.Single(await AnalyzeAsync(room, code));
        Assert.Equal(("GW0101", DiagnosticSeverity.Error), (only.Id, only.Severity));
        Assert.Contains($"House.{room} must not use {name} of", only.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_ThatIsNoRoom_IsAnError()
    {
        Diagnostic only = Assert.Single(await AnalyzeAsync("Cellar", "class C { }"));
        Assert.Contains("House.Cellar is not in rooms.txt", only.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Project_WithoutTheFile_IsNotLookedAt() => Assert.Empty(await AnalyzeAsync("Low", "class C { High.Roof<int>? roof; }", "other.txt"));

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string room, string code, string file = "rooms.txt")
    {
        MetadataReference core = MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        CSharpCompilation house = CSharpCompilation.Create(
            "House",
            [CSharpSyntaxTree.ParseText(House + "\nnamespace House.High { public class Words2 { } }"), CSharpSyntaxTree.ParseText($"namespace House.{room};\n{code}")],
            [core],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.DoesNotContain(house.GetDiagnostics(), static d => d.Severity == DiagnosticSeverity.Error);
        AnalyzerOptions options = new([new Text(file)]);
        return await house.WithAnalyzers([new GW0101Rooms()], options).GetAnalyzerDiagnosticsAsync();
    }

    private sealed class Text(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(Rooms);
    }
}
