using System.Collections.Immutable;
using Gateway.Analyzers.Flow;
using Gateway.Analyzers.Pairs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>GW0006: what is taken is given back or handed on, on every way out of the method.</summary>
/// <remarks>
/// Pairs: <c>ArrayPool.Rent/Return</c>, <c>SemaphoreSlim.Wait/Release</c>, <c>[Takes]/[GivesBack]</c>. Handed on is what is returned, stored, given to a
/// new object or to <c>[Consumes]</c>. A method that bears <c>[Takes]</c> itself may end with what it took, but not throw with it.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GW0006GivenBack : FlowLaw
{
    private const string Id = "GW0006";

    private static readonly DiagnosticDescriptor Rule = new(
        id: Id,
        title: "What is taken is not given back",
        messageFormat: "What '{0}' takes is not given back {1}: after enough of these nothing is left to take",
        category: "Resources",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0006.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static readonly DiagnosticDescriptor Twice = new(
        id: Id,
        title: "What is taken is not given back",
        messageFormat: "'{0}' gives back what was given back before: two owners would write into the same memory",
        category: "Resources",
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "See docs/analyzers/GW0006.md.",
        helpLinkUri: Page + Id + ".md",
        customTags: WellKnownDiagnosticTags.NotConfigurable);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rule, Twice];

    /// <inheritdoc/>
    private protected override bool Concerns(IOperation operation, Marks marks) => operation is IInvocationOperation call && Taking.Is(call, marks);

    /// <inheritdoc/>
    private protected override void Follow(OperationBlockAnalysisContext context, ControlFlowGraph graph, Marks marks)
    {
        if (!Marks.Excuses(context.OwningSymbol, Id))
        {
            new Open(graph, new Values(graph), marks, context).Run();
        }
    }

    private sealed class Open(ControlFlowGraph graph, Values values, Marks marks, OperationBlockAnalysisContext context)
        : ForwardFlow<Held>(graph, isMust: false)
    {
        private readonly Taking _taking = new(values, marks);
        private readonly bool _keeps = marks.Has(context.OwningSymbol, "Takes");
        private readonly HashSet<ISymbol> _own = new(Values.Locals(graph.Root), SymbolEqualityComparer.Default);
        private readonly HashSet<SyntaxNode> _reported = [];
        private readonly HashSet<object> _everTaken = [.. Values.Operations(graph).OfType<ISimpleAssignmentOperation>()
            .Where(a => new Taking(values, marks).Value(a.Value) is not null).Select(a => values.Local(a.Target)).OfType<object>()];

        protected override ImmutableHashSet<Held> Apply(ImmutableHashSet<Held> facts, IOperation operation)
        {
            switch (operation)
            {
                case ISimpleAssignmentOperation assignment:
                    return Assign(facts, assignment);
                case IAwaitOperation wait when values.TaskOrigins(wait.Operation).FirstOrDefault() is IInvocationOperation call && _taking.Always(call) is { } held:
                    return facts.Add(held);
                case IInvocationOperation call when !Values.IsTask(call.Type) && _taking.Always(call) is { } held:
                    return facts.Add(held);
                default:
                    return HandOn(facts, operation);
            }
        }

        // Whoever was given it owns it, even if he throws.
        protected override ImmutableHashSet<Held> Thrown(ImmutableHashSet<Held> facts, IOperation operation) => HandOn(facts, operation);

        protected override ImmutableHashSet<Held> Assume(ImmutableHashSet<Held> facts, IOperation condition, bool value)
        {
            if (condition is IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not)
            {
                return Assume(facts, not.Operand, !value);
            }

            if (value && values.Origins(condition).FirstOrDefault() is { } origin && _taking.WhenTrue(origin) is { } held)
            {
                return facts.Add(held);
            }

            return NullTests.LocalThatIsNull(condition, value, values) is { } none ? facts.Except(facts.Where(f => f.IsIn(none))) : facts;
        }

        protected override ImmutableHashSet<Held> Return(ImmutableHashSet<Held> facts, IOperation value) =>
            facts.Except(facts.Where(f => f.Local is { } local && values.Carries(value, local)));

        protected override bool MayThrow(IOperation operation) => operation switch
        {
            IInvocationOperation call => !_taking.IsCalm(call),
            IObjectCreationOperation made => made.Type is { IsValueType: false } && !Handlers.IsException(made.Type),
            IAwaitOperation => true,
            _ => false,
        };

        protected override void Observe(ImmutableHashSet<Held> facts, IOperation operation)
        {
            if (operation is IInvocationOperation call && Taking.IsPoolReturn(call) && values.Local(call.Arguments[0].Value) is { } back
                && _everTaken.Contains(back) && !facts.Any(f => f.IsIn(back)) && _reported.Add(call.Syntax))
            {
                context.ReportDiagnostic(Diagnostic.Create(Twice, call.Syntax.GetLocation(), call.TargetMethod.Name));
            }
            else if (operation is ISimpleAssignmentOperation assignment && values.Local(assignment.Target) is { } target && _taking.Value(assignment.Value) is not null)
            {
                foreach (Held lost in facts.Where(f => f.IsIn(target)))
                {
                    Report(lost, "before its place is taken by another");
                }
            }
        }

        protected override void Leave(ImmutableHashSet<Held> facts, IOperation? by, bool isException)
        {
            foreach (Held held in facts.Where(_ => isException || !_keeps))
            {
                string way = !isException ? "on a way that ends normally" : Name(by) is { } name ? "when '" + name + "' throws" : "when an exception leaves";
                Report(held, way);
            }
        }

        private static string? Name(IOperation? by) => by is IAwaitOperation wait ? Name(wait.Operation) : by is null ? null : Target(by)?.Name;

        private ImmutableHashSet<Held> HandOn(ImmutableHashSet<Held> facts, IOperation operation) => operation switch
        {
            IInvocationOperation call => facts.Except(facts.Where(f => _taking.GivesBack(call, f))),
            IObjectCreationOperation { Type.IsValueType: false } or IFlowAnonymousFunctionOperation =>
                facts.Except(facts.Where(f => f.Local is { } local && values.Carries(operation, local))),
            _ => facts,
        };

        private ImmutableHashSet<Held> Assign(ImmutableHashSet<Held> facts, ISimpleAssignmentOperation assignment)
        {
            ISymbol? target = values.Local(assignment.Target);
            if (target is ILocalSymbol && !_own.Contains(target))
            {
                // A local of the method around a lambda: whoever declared it gives back.
                target = null;
            }

            if (target is not null && _taking.Value(assignment.Value) is { } call)
            {
                return facts.Add(new Held(target, call));
            }

            List<Held> moved = facts.Where(f => f.Local is { } local && values.Carries(assignment.Value, local)).ToList();
            facts = facts.Except(moved);
            return target is null ? facts : facts.Union(moved.Select(f => f.MovedTo(target)));
        }

        private void Report(Held held, string way)
        {
            if (_reported.Add(held.Site.Syntax))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rule, held.Site.Syntax.GetLocation(), held.Site.TargetMethod.Name, way));
            }
        }
    }
}
