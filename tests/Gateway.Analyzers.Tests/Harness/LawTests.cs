using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace Gateway.Analyzers.Tests.Harness;

/// <summary>What is tested of every law: it reports exactly the marks of its bad snippets, and nothing of its good ones.</summary>
public abstract class LawTests<TLaw>
    where TLaw : DiagnosticAnalyzer, new()
{
    private static string Id => new TLaw().SupportedDiagnostics[0].Id;

    /// <summary>Files that the project has beside its code.</summary>
    protected virtual IEnumerable<(string Name, string Text)> Files => [];

    [Fact]
    public async Task BadSnippets_WhatIsMarked_IsReported()
    {
        foreach (string name in Snippet.Names(Id, "bad"))
        {
            Snippet snippet = Snippet.Load(Id, name);
            IReadOnlyList<Diagnostic> found = await RunAsync(snippet);
            Assert.True(snippet.Marked.Count > 0, $"{name} marks nothing");
            Assert.True(
                snippet.Marked.SequenceEqual(found.Select(static d => d.Location.SourceSpan)),
                $"{name}: marked {string.Join(' ', snippet.Marked.Select(m => $"'{snippet.Text.AsSpan(m.Start, m.Length)}'"))}, found:\n{string.Join('\n', found)}");
            Assert.All(found, d => Assert.Equal((Id, DiagnosticSeverity.Error), (d.Id, d.Severity)));
        }
    }

    [Fact]
    public async Task GoodSnippets_NothingIsReported()
    {
        foreach (string name in Snippet.Names(Id, "good"))
        {
            Snippet snippet = Snippet.Load(Id, name);
            IReadOnlyList<Diagnostic> found = await RunAsync(snippet);
            Assert.True(found.Count == 0 && snippet.Marked.Count == 0, $"{name}: {string.Join('\n', found)}");
        }
    }

    [Fact]
    public void Snippets_AtLeastThreeOfEachKind()
    {
        Assert.True(Snippet.Names(Id, "bad").Count() >= 3, Id);
        Assert.True(Snippet.Names(Id, "good").Count() >= 3, Id);
    }

    [Fact]
    public void Severity_NobodyCanChangeIt() =>
        Assert.All(new TLaw().SupportedDiagnostics, d =>
        {
            Assert.Equal(DiagnosticSeverity.Error, d.DefaultSeverity);
            Assert.Contains(WellKnownDiagnosticTags.NotConfigurable, d.CustomTags);
        });

    private Task<IReadOnlyList<Diagnostic>> RunAsync(Snippet snippet) =>
        LawRun.AnalyzeAsync(new TLaw(), LawRun.Compile(LawRun.Parse(snippet.Text)), files: Files);
}
