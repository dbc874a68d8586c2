using System.Collections.Immutable;
using Gateway.Analyzers.Listed;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0013: each log event and each instrument stands in the product's published lists, under an id or name that nothing else has.</summary>
/// <remarks>
/// The lists are the additional files <c>log-events.txt</c> and <c>metrics.txt</c>. They are the same for all projects, so two projects cannot use one id.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0013ListedNames : Law
{
    private const string Id = "GW0013";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A log event or instrument is not in the published list",
        messageFormat: "'{0}' is not in {1}: an alert of an administrator may mean another event of this number or name",
        category: "Operations",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0013.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Double = new(
        id: Id,
        title: "A log event or instrument is not in the published list",
        messageFormat: "'{0}' stands in {1} more than once",
        category: "Operations",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0013.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Computed = new(
        id: Id,
        title: "A log event or instrument is not in the published list",
        messageFormat: "The name of an instrument is a constant: nobody can list '{0}'",
        category: "Operations",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0013.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule, Double, Computed];

    /// <inheritdoc/>
    private protected override void Begin(CompilationStartAnalysisContext context, Marks marks)
    {
        NameList events = NameList.Read(context.Options, "log-events.txt", context.CancellationToken);
        NameList instruments = NameList.Read(context.Options, "metrics.txt", context.CancellationToken);
        context.RegisterSymbolAction(c => LookAtEvents(c, (INamedTypeSymbol)c.Symbol, events), SymbolKind.NamedType);
        context.RegisterOperationAction(c => LookAtInstrument(c, (IInvocationOperation)c.Operation, instruments), OperationKind.Invocation);
    }

    // From the type: the method counts as generated code, because its other half is.
    private static void LookAtEvents(SymbolAnalysisContext context, INamedTypeSymbol type, NameList list)
    {
        foreach (IMethodSymbol method in type.GetMembers().OfType<IMethodSymbol>())
        {
            if (LogEvents.Line(method) is { } line && method.PartialDefinitionPart is null)
            {
                Report(context.ReportDiagnostic, method.Locations[0], line, list);
            }
        }
    }

    private static void LookAtInstrument(OperationAnalysisContext context, IInvocationOperation call, NameList list)
    {
        if (!Instruments.IsCreation(call.TargetMethod))
        {
            return;
        }

        IOperation name = call.Arguments.First(static a => a.Parameter?.Ordinal == 0).Value;
        if (name.ConstantValue is { HasValue: true, Value: string constant })
        {
            Report(context.ReportDiagnostic, name.Syntax.GetLocation(), Instruments.Line(call.TargetMethod, constant), list);
        }
        else if (!(name is IParameterReferenceOperation && context.ContainingSymbol is IMethodSymbol around && Instruments.IsCreation(around)))
        {
            context.ReportDiagnostic(Diagnostic.Create(Computed, name.Syntax.GetLocation(), name.Syntax.ToString()));
        }
    }

    private static void Report(Action<Diagnostic> report, Location at, string line, NameList list)
    {
        if (!list.Has(line))
        {
            report(Diagnostic.Create(Rule, at, line, list.Name));
        }
        else if (list.IsDouble(line))
        {
            report(Diagnostic.Create(Double, at, line, list.Name));
        }
    }
}
