using System.Collections.Immutable;
using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0002: responsibility for a message ends only where its outcome is in hand.</summary>
/// <remarks>
/// Reads <c>[EndsCustody]</c> and <c>[Outcome]</c>. An outcome is in hand behind a completed call or read of an <c>[Outcome]</c> member, and everywhere
/// in a member that itself takes an <c>[Outcome]</c> parameter. A member that bears <c>[EndsCustody]</c> itself may call another that does.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0002CustodyEndsWithOutcome : FlowLaw
{
    private const string Id = "GW0002";
    private const string Ends = "EndsCustody";
    private const string Outcome = "Outcome";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "A message is let go without an outcome",
        messageFormat: "'{0}' can be reached without an outcome in hand: the message would be gone, and nobody could say where to",
        category: "Durability",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0002.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule];

    /// <inheritdoc/>
    private protected override bool Concerns(IOperation operation, Marks marks) => Target(operation) is { } target && marks.Has(target, Ends);

    /// <inheritdoc/>
    private protected override void Follow(OperationBlockAnalysisContext context, ControlFlowGraph graph, Marks marks)
    {
        bool given = context.OwningSymbol is IMethodSymbol method && method.Parameters.Any(p => IsOutcome(p, marks));
        if (!given && !marks.Has(context.OwningSymbol, Ends) && !Marks.Excuses(context.OwningSymbol, Id))
        {
            new Outcomes(graph, new Values(graph), marks, context).Run();
        }
    }

    private static bool IsOutcome(ISymbol symbol, Marks marks) => marks.Has(symbol, Outcome)
        || (symbol is IParameterSymbol parameter && Marks.On(parameter.Type.OriginalDefinition, Outcome) is not null);

    private sealed class Outcomes(ControlFlowGraph graph, Values values, Marks marks, OperationBlockAnalysisContext context)
        : ForwardFlow<ISymbol>(graph, isMust: true)
    {
        private readonly HashSet<SyntaxNode> _reported = [];

        protected override ImmutableHashSet<ISymbol> Apply(ImmutableHashSet<ISymbol> facts, IOperation operation)
        {
            if (operation is IAwaitOperation wait)
            {
                List<ISymbol?> origins = values.TaskOrigins(wait.Operation).Select(Target).ToList();
                return origins.Count > 0 && origins.TrueForAll(o => o is not null && IsOutcome(o, marks)) ? facts.Union(origins!) : facts;
            }

            bool isTask = operation is IInvocationOperation call && Values.IsTask(call.Type);
            return !isTask && Target(operation) is { } target && IsOutcome(target, marks) ? facts.Add(target) : facts;
        }

        protected override void Observe(ImmutableHashSet<ISymbol> facts, IOperation operation)
        {
            bool inHand = !facts.IsEmpty || (operation is IInvocationOperation call && call.Arguments.Any(IsGiven));
            if (!inHand && Target(operation) is { } target && marks.Has(target, Ends) && _reported.Add(operation.Syntax))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, operation.Syntax.GetLocation(), target.Name));
            }
        }

        private bool IsGiven(IArgumentOperation argument) => argument.Parameter is { } parameter && IsOutcome(parameter, marks);
    }
}
