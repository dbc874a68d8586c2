using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Gateway.Analyzers;

/// <summary>GW0101: keeps the trunk a staircase. A namespace uses only those that rooms.txt names before it.</summary>
/// <remarks>
/// Holds for a project that gives the file to the compiler. The order is total, so no circle of namespaces can come to be. Comments may name whatever
/// helps the reader.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0101Rooms : DiagnosticAnalyzer
{
    private const string Order = "rooms.txt";
    private const string Top = ".";

    private static readonly DiagnosticDescriptor Upward = new(
        id: "GW0101",
        title: "A room uses one above it",
        messageFormat: "{0} must not use {1} of {2}, which is above it in rooms.txt",
        category: "Architecture",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0101.md.");

    private static readonly DiagnosticDescriptor Homeless = new(
        id: "GW0101",
        title: "A namespace is no room",
        messageFormat: "{0} is not in rooms.txt: put it between the rooms it uses and those that use it",
        category: "Architecture",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0101.md.");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Upward, Homeless];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (start.Options.AdditionalFiles.FirstOrDefault(static f => Path.GetFileName(f.Path) == Order) is { } file)
            {
                ImmutableDictionary<string, int> ranks = Ranks(file, start.Compilation.AssemblyName ?? string.Empty, start.CancellationToken);
                start.RegisterSyntaxNodeAction(node => CheckName(node, ranks), SyntaxKind.IdentifierName, SyntaxKind.GenericName);
                start.RegisterSyntaxNodeAction(node => CheckRoom(node, ranks), SyntaxKind.FileScopedNamespaceDeclaration, SyntaxKind.NamespaceDeclaration);
            }
        });
    }

    private static ImmutableDictionary<string, int> Ranks(AdditionalText file, string assembly, CancellationToken cancellationToken)
    {
        ImmutableDictionary<string, int>.Builder ranks = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (string line in (file.GetText(cancellationToken)?.ToString() ?? string.Empty).Split('\n').Select(static l => l.Trim()))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                ranks[line == Top ? assembly : assembly + "." + line] = ranks.Count;
            }
        }

        return ranks.ToImmutable();
    }

    private static void CheckName(SyntaxNodeAnalysisContext context, ImmutableDictionary<string, int> ranks)
    {
        if (context.Node.IsPartOfStructuredTrivia() || context.Node.FirstAncestorOrSelf<UsingDirectiveSyntax>() is not null
            || context.SemanticModel.GetSymbolInfo(context.Node, context.CancellationToken).Symbol is not { } used
            || used is INamespaceSymbol
            || !SymbolEqualityComparer.Default.Equals(used.ContainingAssembly, context.Compilation.Assembly))
        {
            return;
        }

        string from = NameOf(context.ContainingSymbol);
        string to = NameOf(used);
        if (ranks.TryGetValue(from, out int own) && ranks.TryGetValue(to, out int other) && other > own)
        {
            context.ReportDiagnostic(Diagnostic.Create(Upward, context.Node.GetLocation(), from, used.Name, to));
        }
    }

    private static void CheckRoom(SyntaxNodeAnalysisContext context, ImmutableDictionary<string, int> ranks)
    {
        NameSyntax name = ((BaseNamespaceDeclarationSyntax)context.Node).Name;
        // The marks of the laws are linked into each project and are in no room.
        if (!ranks.ContainsKey(name.ToString()) && name.ToString() != "Gateway.Laws")
        {
            context.ReportDiagnostic(Diagnostic.Create(Homeless, name.GetLocation(), name.ToString()));
        }
    }

    private static string NameOf(ISymbol? symbol) => symbol switch
    {
        null => string.Empty,
        INamespaceSymbol space => space.ToDisplayString(),
        _ => symbol.ContainingNamespace?.ToDisplayString() ?? string.Empty,
    };
}
