using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers;

/// <summary>A law that follows the ways through a method. Methods that mention nothing it knows cost one look at their operations.</summary>
public abstract class FlowLaw : Law
{
    /// <inheritdoc/>
    private protected sealed override void Begin(CompilationStartAnalysisContext context, Marks marks) => context.RegisterOperationBlockAction(body =>
    {
        foreach (IOperation block in body.OperationBlocks)
        {
            if (block is IBlockOperation && block.Descendants().Any(o => Concerns(o, marks)))
            {
                foreach (ControlFlowGraph graph in Values.WithNested(body.GetControlFlowGraph(block)))
                {
                    Follow(body, graph, marks);
                }
            }
        }
    });

    /// <summary>Whether a method with this operation is to be followed.</summary>
    private protected abstract bool Concerns(IOperation operation, Marks marks);

    /// <summary>Follows one method, lambda or local function.</summary>
    private protected abstract void Follow(OperationBlockAnalysisContext context, ControlFlowGraph graph, Marks marks);

    /// <summary>The member that an operation calls, reads or refers to.</summary>
    private protected static ISymbol? Target(IOperation operation) => operation switch
    {
        IInvocationOperation call => call.TargetMethod,
        IMemberReferenceOperation reference => reference.Member,
        IObjectCreationOperation made => made.Constructor,
        _ => null,
    };
}
