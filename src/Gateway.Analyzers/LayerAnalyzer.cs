using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Gateway.Analyzers;

/// <summary>GW0010: keeps the drawing true. A project may reference only the projects below it.</summary>
/// <remarks>
/// The leaves (Smtp, Mime, Spool) do not know each other, the trunk (Relay) knows the leaves, the executable knows the
/// trunk. The law reads the references the compiler was given, so an unused reference is caught too.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LayerAnalyzer : DiagnosticAnalyzer
{
    private const string Prefix = "Gateway.";

    private static readonly DiagnosticDescriptor Rule = new(
        id: "GW0010",
        title: "A project references one that it must not know",
        messageFormat: "{0} must not reference {1}: {2}",
        category: "Architecture",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0010.md.",
        customTags: [WellKnownDiagnosticTags.CompilationEnd, WellKnownDiagnosticTags.NotConfigurable]);

    private static readonly ImmutableDictionary<string, ImmutableHashSet<string>> MayReference =
        new Dictionary<string, ImmutableHashSet<string>>(StringComparer.Ordinal)
        {
            ["Gateway.Smtp"] = [],
            ["Gateway.Mime"] = [],
            ["Gateway.Spool"] = [],
            ["Gateway.Relay"] = ["Gateway.Smtp", "Gateway.Mime", "Gateway.Spool"],
            ["Gateway.SmtpServerGuard"] = ["Gateway.Mime"],
        }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationAction(Check);
    }

    private static void Check(CompilationAnalysisContext context)
    {
        string self = context.Compilation.AssemblyName ?? string.Empty;
        if (!MayReference.TryGetValue(self, out ImmutableHashSet<string>? allowed))
        {
            return;
        }

        foreach (AssemblyIdentity reference in context.Compilation.ReferencedAssemblyNames)
        {
            // The executable's assembly is named plainly "gateway".
            bool ours = reference.Name.StartsWith(Prefix, StringComparison.Ordinal)
                || string.Equals(reference.Name, "gateway", StringComparison.Ordinal);
            if (ours && !allowed.Contains(reference.Name))
            {
                string reason = allowed.IsEmpty ? "a leaf knows no other project" : "it lies above or beside it";
                context.ReportDiagnostic(Diagnostic.Create(Rule, Location.None, self, reference.Name, reason));
            }
        }
    }
}
