using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0010Tests
{
    [Theory]
    [InlineData("Gateway.Smtp", "Gateway.Mime")]
    [InlineData("Gateway.Mime", "Gateway.Spool")]
    [InlineData("Gateway.Spool", "Gateway.Relay")]
    [InlineData("Gateway.Relay", "gateway")]
    [InlineData("Gateway.SmtpServerGuard", "Gateway.Smtp")]
    public async Task Reference_UpwardsOrSideways_IsAnError(string project, string referenced)
    {
        ImmutableArray<Diagnostic> found = await AnalyzeAsync(project, referenced);

        Diagnostic only = Assert.Single(found);
        Assert.Equal("GW0010", only.Id);
        Assert.Equal(DiagnosticSeverity.Error, only.Severity);
        Assert.Contains(referenced, only.GetMessage(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Gateway.Relay", "Gateway.Smtp")]
    [InlineData("Gateway.Relay", "Gateway.Spool")]
    [InlineData("gateway", "Gateway.Relay")]
    [InlineData("Gateway.SmtpServerGuard", "Gateway.Mime")]
    [InlineData("Gateway.Smtp.Tests", "Gateway.Mime")]
    public async Task Reference_Downwards_Passes(string project, string referenced) =>
        Assert.Empty(await AnalyzeAsync(project, referenced));

    private static Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string project, string referenced)
    {
        MetadataReference core = MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        CSharpCompilationOptions library = new(OutputKind.DynamicallyLinkedLibrary);
        CSharpCompilation other = CSharpCompilation.Create(referenced, references: [core], options: library);
        CSharpCompilation self = CSharpCompilation.Create(project, references: [core, other.ToMetadataReference()], options: library);
        return self.WithAnalyzers([new LayerAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
