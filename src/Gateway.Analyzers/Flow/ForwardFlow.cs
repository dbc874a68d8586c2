using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers.Flow;

/// <summary>Follows a set of facts along every way through one method, exceptions and finally blocks included.</summary>
/// <remarks>
/// <para>Promises: a fact set is known before each operation that can be reached. Where ways meet, a must-analysis keeps what holds on all, a
/// may-analysis what holds on one. Each call, construction, await and throw may go to every handler around it that can take its exception, with the
/// facts from before it. A finally block is followed once for each way into it, so that a jump does not come out where an exception went in.</para>
/// <para>Not followed: exceptions of property reads, indexers, arithmetic; the order of exception filters and inner finally blocks.
/// Lambdas and local functions are methods of their own.</para>
/// <para>Threads: one. Cost: blocks times facts, times the ways into a finally block.</para>
/// </remarks>
internal abstract class ForwardFlow<TFact>(ControlFlowGraph graph, bool isMust)
{
    private readonly Dictionary<(int Block, Continuation? Then), ImmutableHashSet<TFact>> _entries = [];
    private readonly Queue<(int Block, Continuation? Then)> _work = new();
    private bool _reporting;

    /// <summary>The facts at the method's start.</summary>
    protected virtual ImmutableHashSet<TFact> Start => [];

    /// <summary>Follows all ways, then calls <see cref="Observe"/> and <see cref="Leave"/> with the final facts.</summary>
    public void Run()
    {
        Meet((0, null), Start);
        while (_work.Count > 0)
        {
            Walk(_work.Dequeue());
        }

        _reporting = true;
        foreach ((int Block, Continuation? Then) place in _entries.Keys.ToList())
        {
            Walk(place);
        }
    }

    /// <summary>The facts after an operation that completed; its parts were applied before it.</summary>
    protected abstract ImmutableHashSet<TFact> Apply(ImmutableHashSet<TFact> facts, IOperation operation);

    /// <summary>The facts where a condition is known to be true or false.</summary>
    protected virtual ImmutableHashSet<TFact> Assume(ImmutableHashSet<TFact> facts, IOperation condition, bool value) => facts;

    /// <summary>The facts after a value was returned.</summary>
    protected virtual ImmutableHashSet<TFact> Return(ImmutableHashSet<TFact> facts, IOperation value) => facts;

    /// <summary>Whether the operation itself (not its parts) may throw.</summary>
    protected virtual bool MayThrow(IOperation operation) =>
        operation is IInvocationOperation or IAwaitOperation || (operation is IObjectCreationOperation made && !Handlers.IsException(made.Type));

    /// <summary>The facts where the operation itself has thrown.</summary>
    protected virtual ImmutableHashSet<TFact> Thrown(ImmutableHashSet<TFact> facts, IOperation operation) => facts;

    /// <summary>Called once for each operation and each way into a finally block around it, with the facts before it.</summary>
    protected virtual void Observe(ImmutableHashSet<TFact> facts, IOperation operation)
    {
    }

    /// <summary>Called for each way out of the method.</summary>
    /// <param name="facts">What holds there.</param>
    /// <param name="by">What threw, or null: at the end, or behind a finally block.</param>
    /// <param name="isException">Whether it is left by an exception.</param>
    protected virtual void Leave(ImmutableHashSet<TFact> facts, IOperation? by, bool isException)
    {
    }

    private void Meet((int Block, Continuation? Then) place, ImmutableHashSet<TFact> facts)
    {
        if (_reporting)
        {
            return;
        }

        if (!_entries.TryGetValue(place, out ImmutableHashSet<TFact>? known))
        {
            _entries[place] = facts;
            _work.Enqueue(place);
            return;
        }

        ImmutableHashSet<TFact> met = isMust ? known.Intersect(facts) : known.Union(facts);
        if (met.Count != known.Count)
        {
            _entries[place] = met;
            _work.Enqueue(place);
        }
    }

    private void Walk((int Block, Continuation? Then) place)
    {
        BasicBlock block = graph.Blocks[place.Block];
        ImmutableHashSet<TFact> facts = _entries[place];
        if (block.Kind == BasicBlockKind.Exit)
        {
            Left(facts, null, isException: false);
            return;
        }

        foreach (IOperation operation in block.Operations)
        {
            facts = Evaluate(facts, operation, block, place.Then);
        }

        if (block.BranchValue is { } value)
        {
            facts = Evaluate(facts, value, block, place.Then);
        }

        if (block.ConditionKind == ControlFlowConditionKind.None)
        {
            Follow(block.FallThroughSuccessor, block, facts, place.Then);
            return;
        }

        bool jumpsWhen = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
        Follow(block.ConditionalSuccessor, block, Assume(facts, block.BranchValue!, jumpsWhen), place.Then);
        Follow(block.FallThroughSuccessor, block, Assume(facts, block.BranchValue!, !jumpsWhen), place.Then);
    }

    private ImmutableHashSet<TFact> Evaluate(ImmutableHashSet<TFact> facts, IOperation operation, BasicBlock block, Continuation? then)
    {
        if (operation is not (INameOfOperation or ITypeOfOperation))
        {
            foreach (IOperation part in operation.ChildOperations)
            {
                facts = Evaluate(facts, part, block, then);
            }
        }

        if (_reporting)
        {
            Observe(facts, operation);
        }

        if (MayThrow(operation))
        {
            Raise(Thrown(facts, operation), block.EnclosingRegion, then, Raised.Unknown, operation);
        }

        return Apply(facts, operation);
    }

    private void Follow(ControlFlowBranch? branch, BasicBlock block, ImmutableHashSet<TFact> facts, Continuation? then)
    {
        switch (branch?.Semantics)
        {
            case ControlFlowBranchSemantics.Return:
                Jump(branch, 0, block.BranchValue is { } value ? Return(facts, value) : facts, then);
                break;
            case ControlFlowBranchSemantics.Regular:
                Jump(branch, 0, facts, then);
                break;
            case ControlFlowBranchSemantics.Throw:
                Raise(facts, block.EnclosingRegion, then, Raised.Of(ThrownType(block.BranchValue)), block.BranchValue);
                break;
            case ControlFlowBranchSemantics.Rethrow:
                Raise(facts, block.EnclosingRegion, then, Raised.Unknown, null);
                break;
            case ControlFlowBranchSemantics.StructuredExceptionHandling when then is not null && EndsFinally(block):
                Resume(facts, then);
                break;
            default:
                // A filter that said no: the other handlers were reached from the throw itself.
                break;
        }
    }

    private void Jump(ControlFlowBranch branch, int index, ImmutableHashSet<TFact> facts, Continuation? then)
    {
        if (index < branch.FinallyRegions.Length)
        {
            Meet((branch.FinallyRegions[index].FirstBlockOrdinal, Continuation.Of(branch, index, then)), facts);
        }
        else if (branch.Destination is { } destination)
        {
            Meet((destination.Ordinal, then), facts);
        }
    }

    private void Resume(ImmutableHashSet<TFact> facts, Continuation then)
    {
        if (then.Branch is { } branch)
        {
            Jump(branch, then.Index + 1, facts, then.Outer);
        }
        else
        {
            Raise(facts, then.RaisedFrom!.EnclosingRegion, then.Outer, then.Thrown!, null);
        }
    }

    private void Raise(ImmutableHashSet<TFact> facts, ControlFlowRegion? from, Continuation? then, Raised raised, IOperation? by)
    {
        for (ControlFlowRegion? region = from; IsInside(region); region = region!.EnclosingRegion)
        {
            if (region!.Kind == ControlFlowRegionKind.Finally)
            {
                then = then?.Outer;
            }

            if (region.Kind != ControlFlowRegionKind.Try || region.EnclosingRegion is not { } whole)
            {
                continue;
            }

            if (whole.Kind == ControlFlowRegionKind.TryAndFinally)
            {
                Meet((whole.NestedRegions[1].FirstBlockOrdinal, Continuation.Of(whole, raised, then)), facts);
                return;
            }

            foreach (ControlFlowRegion handler in whole.NestedRegions.Where(static r => r.Kind != ControlFlowRegionKind.Try))
            {
                if (Handlers.MayTake(handler, raised))
                {
                    Meet((handler.FirstBlockOrdinal, then), facts);
                }

                if (Handlers.TakesSurely(handler, raised))
                {
                    return;
                }

                raised = handler.Kind == ControlFlowRegionKind.Catch ? raised.Behind(handler.ExceptionType) : raised;
            }
        }

        Left(facts, by, isException: true);
    }

    private void Left(ImmutableHashSet<TFact> facts, IOperation? by, bool isException)
    {
        if (_reporting)
        {
            Leave(facts, by, isException);
        }
    }

    // The root of a lambda's graph lies in a region of the method around it, whose handlers are not on the lambda's way.
    private static bool IsInside(ControlFlowRegion? region) => region is { Kind: not ControlFlowRegionKind.Root };

    private static bool EndsFinally(BasicBlock block)
    {
        for (ControlFlowRegion? region = block.EnclosingRegion; IsInside(region); region = region!.EnclosingRegion)
        {
            if (region!.Kind is ControlFlowRegionKind.Finally or ControlFlowRegionKind.Filter)
            {
                return region.Kind == ControlFlowRegionKind.Finally;
            }
        }

        return false;
    }

    private static ITypeSymbol? ThrownType(IOperation? value)
    {
        while (value is IConversionOperation { IsImplicit: true } conversion)
        {
            value = conversion.Operand;
        }

        // Of a variable only the static type is known, and what it holds may be more special.
        return value is IObjectCreationOperation made ? made.Type : null;
    }
}
