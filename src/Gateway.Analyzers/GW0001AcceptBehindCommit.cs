using System.Collections.Immutable;
using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0001: a reply that takes responsibility for a message stands only behind a completed durable commit.</summary>
/// <remarks>Reads <c>[AcceptsMail]</c> and <c>[Durable]</c>. A member that bears <c>[AcceptsMail]</c> itself may use another that does.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0001AcceptBehindCommit : FlowLaw
{
    private const string Id = "GW0001";
    private const string Accepts = "AcceptsMail";
    private const string Durable = "Durable";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "Mail is accepted without a completed durable commit",
        messageFormat: "'{0}' can be reached although no durable commit has completed. A client that reads it deletes its copy.",
        category: "Durability",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0001.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Dropped = new(
        id: Id,
        title: "Mail is accepted without a completed durable commit",
        messageFormat: "The task of '{0}' is not awaited here: whether the commit succeeds is known to nobody",
        category: "Durability",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0001.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule, Dropped];

    /// <inheritdoc/>
    private protected override bool Concerns(IOperation operation, Marks marks) =>
        Target(operation) is { } target && (marks.Has(target, Accepts) || marks.Has(target, Durable));

    /// <inheritdoc/>
    private protected override void Follow(OperationBlockAnalysisContext context, ControlFlowGraph graph, Marks marks)
    {
        if (Marks.Excuses(context.OwningSymbol, Id))
        {
            return;
        }

        Values values = new(graph);
        ReportDropped(context, graph, values, marks);
        if (!marks.Has(context.OwningSymbol, Accepts))
        {
            new Commits(graph, values, marks, context).Run();
        }
    }

    private static void ReportDropped(OperationBlockAnalysisContext context, ControlFlowGraph graph, Values values, Marks marks)
    {
        HashSet<IOperation> kept = [];
        foreach (IOperation operation in Values.Operations(graph))
        {
            IOperation? held = operation is IAwaitOperation wait ? wait.Operation : null;
            kept.UnionWith(values.TaskOrigins(held));
        }

        kept.UnionWith(graph.Blocks.Where(b => b.FallThroughSuccessor?.Semantics == ControlFlowBranchSemantics.Return)
            .SelectMany(b => values.TaskOrigins(b.BranchValue)));
        foreach (IInvocationOperation call in Values.Operations(graph).OfType<IInvocationOperation>())
        {
            if (Values.IsTask(call.Type) && marks.Has(call.TargetMethod, Durable) && !kept.Contains(call))
            {
                context.ReportDiagnostic(Diagnostic.Create(Dropped, call.Syntax.GetLocation(), call.TargetMethod.Name));
            }
        }
    }

    private sealed class Commits(ControlFlowGraph graph, Values values, Marks marks, OperationBlockAnalysisContext context)
        : ForwardFlow<ISymbol>(graph, isMust: true)
    {
        private readonly HashSet<SyntaxNode> _reported = [];

        protected override ImmutableHashSet<ISymbol> Apply(ImmutableHashSet<ISymbol> facts, IOperation operation)
        {
            switch (operation)
            {
                case IAwaitOperation wait:
                    List<IOperation> origins = values.TaskOrigins(wait.Operation).ToList();
                    bool all = origins.Count > 0 && origins.TrueForAll(o => o is IInvocationOperation call && marks.Has(call.TargetMethod, Durable));
                    return all ? facts.Union(origins.Select(o => ((IInvocationOperation)o).TargetMethod)) : facts;
                case IInvocationOperation call when !Values.IsTask(call.Type) && marks.Has(call.TargetMethod, Durable):
                    return facts.Add(call.TargetMethod);
                default:
                    return facts;
            }
        }

        protected override void Observe(ImmutableHashSet<ISymbol> facts, IOperation operation)
        {
            if (facts.IsEmpty && Target(operation) is { } target && marks.Has(target, Accepts) && _reported.Add(operation.Syntax))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, operation.Syntax.GetLocation(), target.Name));
            }
        }
    }
}
