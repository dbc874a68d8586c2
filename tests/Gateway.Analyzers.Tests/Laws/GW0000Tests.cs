using Gateway.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0000Tests : LawTests<GW0000Silenced>
{
    [Fact]
    public async Task Options_ThatSilenceALaw_AreReported()
    {
        CSharpCompilation plain = LawRun.Compile(LawRun.Parse("internal sealed class Empty;"));
        CSharpCompilation silenced = plain.WithOptions(plain.Options.WithSpecificDiagnosticOptions([new("GW0005", ReportDiagnostic.Suppress)]));

        Assert.Empty(await LawRun.AnalyzeAsync(new GW0000Silenced(), plain));
        Assert.Contains("GW0005", Assert.Single(await LawRun.AnalyzeAsync(new GW0000Silenced(), silenced)).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_OfALaw_ChangeNothing()
    {
        CSharpCompilation code = LawRun.Compile(LawRun.Parse("internal static class Token { public static void Save(string path) => File.WriteAllText(path, path); }"));
        CSharpCompilation silenced = code.WithOptions(code.Options.WithSpecificDiagnosticOptions([new("GW0005", ReportDiagnostic.Suppress)]));

        Assert.Single(await LawRun.AnalyzeAsync(new GW0005AtomicReplace(), silenced));
    }

    [Fact]
    public async Task Laws_OfTheProduct_DoNotHoldInTests()
    {
        CSharpCompilation code = LawRun.Compile(LawRun.Parse("internal static class Token { public static void Save(string path) => File.WriteAllText(path, path); }"));

        Assert.Empty(await LawRun.AnalyzeAsync(new GW0005AtomicReplace(), code, "Test"));
    }
}
