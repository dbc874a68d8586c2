using Microsoft.CodeAnalysis.Diagnostics;

namespace Gateway.Analyzers;

/// <summary>What the laws about the product's code have in common.</summary>
/// <remarks>
/// They hold for the projects of src (their <c>ProjectKind</c> is Library), not for tests and benchmarks, which may wait, write and catch as they like.
/// Generated code is not looked at.
/// </remarks>
public abstract class Law : DiagnosticAnalyzer
{
    /// <summary>Where a law's page lies, to be completed with its id.</summary>
    private protected const string Page = "docs/analyzers/";

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (HoldsFor(start.Options))
            {
                Begin(start, new Marks());
            }
        });
    }

    /// <summary>Registers what the law looks at. Called once a compilation.</summary>
    private protected abstract void Begin(CompilationStartAnalysisContext context, Marks marks);

    private static bool HoldsFor(AnalyzerOptions options) =>
        options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.ProjectKind", out string? kind)
        && string.Equals(kind, "Library", StringComparison.Ordinal);
}
