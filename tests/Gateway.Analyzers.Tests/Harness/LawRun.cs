using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Gateway.Analyzers.Tests.Harness;

/// <summary>Compiles code as a project of src would be, and runs one analyzer on it.</summary>
public static class LawRun
{
    private const string Usings = """
        global using System; global using System.Buffers; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks; global using Gateway.Laws;
        """;

    // Few, because each compilation of a snippet reads the names of all.
    private static readonly string[] Referenced =
    [
        "System.Private.CoreLib", "System.Runtime", "System.Collections", "System.Linq", "System.Memory", "System.Console", "System.Threading",
        "System.Diagnostics.DiagnosticSource", "Microsoft.Extensions.Logging.Abstractions", "MimeKit",
    ];

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static p => Referenced.Contains(Path.GetFileNameWithoutExtension(p)))
            .Select(static p => MetadataReference.CreateFromFile(p)),
    ];

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);

    private static readonly SyntaxTree[] Given =
    [
        Parse(Usings, "Usings.cs"), Parse("using System;\n" + File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Laws.cs.txt")), "Laws.cs"),
    ];

    /// <summary>Makes a tree of a piece of code.</summary>
    public static SyntaxTree Parse(string text, string path = "Snippet.cs") => CSharpSyntaxTree.ParseText(text, Parsing, path);

    /// <summary>Compiles code against the framework, MimeKit and the marks.</summary>
    public static CSharpCompilation Compile(params IEnumerable<SyntaxTree> trees) => CSharpCompilation.Create(
        "Gateway.Sample", [.. trees, .. Given], References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>What the analyzer reports; fails if the code does not compile.</summary>
    public static async Task<IReadOnlyList<Diagnostic>> AnalyzeAsync(
        DiagnosticAnalyzer law, CSharpCompilation compilation, string kind = "Library", params IEnumerable<(string Name, string Text)> files)
    {
        Diagnostic? broken = compilation.GetDiagnostics().FirstOrDefault(static d => d.Severity == DiagnosticSeverity.Error);
        if (broken is not null)
        {
            throw new InvalidOperationException("the snippet does not compile: " + broken);
        }

        AnalyzerOptions options = new([.. files.Select(static f => (AdditionalText)new MemoryText(f.Name, f.Text))], new KindOptions(kind));
        CompilationWithAnalyzersOptions how = new(options, static (e, _, _) => throw new InvalidOperationException("the analyzer failed: " + e.Message, e),
            concurrentAnalysis: false, logAnalyzerExecutionTime: false);
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([law], how).GetAnalyzerDiagnosticsAsync();
        return [.. found.OrderBy(static d => d.Location.SourceSpan.Start)];
    }

    private sealed class MemoryText(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class KindOptions(string kind) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Single(kind);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Single(string kind) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, out string value)
            {
                value = kind;
                return key == "build_property.ProjectKind";
            }
        }
    }
}
