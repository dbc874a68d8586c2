using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0015: MimeKit's parsers are called only with options of our own.</summary>
/// <remarks>Seen by symbol: a method or constructor of MimeKit that has a twin with one parameter more, a <c>ParserOptions</c>.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0015ParserOptions : Law
{
    private const string Id = "GW0015";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A parser of MimeKit runs with its default options",
        messageFormat: "'{0}' parses with the options of MimeKit, which take minutes for hostile headers: pass HardenedOptions",
        category: "Hostile input",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0015.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

    /// <inheritdoc/>
    private protected override void Begin(CompilationStartAnalysisContext context, Marks marks)
    {
        if (context.Compilation.GetTypeByMetadataName("MimeKit.ParserOptions") is not { } options)
        {
            return;
        }

        context.RegisterOperationAction(c => Look(c, ((IInvocationOperation)c.Operation).TargetMethod, options), OperationKind.Invocation);
        context.RegisterOperationAction(c => Look(c, ((IObjectCreationOperation)c.Operation).Constructor, options), OperationKind.ObjectCreation);
        context.RegisterOperationAction(c => Look(c, ((IMethodReferenceOperation)c.Operation).Method, options), OperationKind.MethodReference);
    }

    private static void Look(OperationAnalysisContext context, IMethodSymbol? called, INamedTypeSymbol options)
    {
        if (called is not null
            && SymbolEqualityComparer.Default.Equals(called.ContainingAssembly, options.ContainingAssembly)
            && !called.Parameters.Any(p => IsOptions(p, options))
            && called.ContainingType.GetMembers(called.Name).OfType<IMethodSymbol>().Any(other => IsTwin(called, other, options))
            && !Marks.Excuses(context.ContainingSymbol, Id))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(), called.ContainingType.Name + "." + called.Name));
        }
    }

    private static bool IsTwin(IMethodSymbol called, IMethodSymbol other, INamedTypeSymbol options)
    {
        List<IParameterSymbol> rest = other.Parameters.Where(p => !IsOptions(p, options)).ToList();
        return rest.Count == other.Parameters.Length - 1
            && rest.Count == called.Parameters.Length
            && rest.Zip(called.Parameters, static (a, b) => SymbolEqualityComparer.Default.Equals(a.Type, b.Type)).All(static same => same);
    }

    private static bool IsOptions(IParameterSymbol parameter, INamedTypeSymbol options) =>
        SymbolEqualityComparer.Default.Equals(parameter.Type, options);
}
