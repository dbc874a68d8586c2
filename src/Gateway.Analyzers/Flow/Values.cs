using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers.Flow;

/// <summary>Where a value of a method comes from: through conversions, captures of the graph and locals that are assigned once.</summary>
internal sealed class Values
{
    private const int Deepest = 16;

    private readonly Dictionary<CaptureId, List<IOperation>> _captures = [];
    private readonly Dictionary<ISymbol, List<IOperation>> _locals = new(SymbolEqualityComparer.Default);

    /// <summary>Reads the assignments of a graph.</summary>
    public Values(ControlFlowGraph graph)
    {
        foreach (IOperation operation in Operations(graph))
        {
            switch (operation)
            {
                case IFlowCaptureOperation capture:
                    Add(_captures, capture.Id, capture.Value);
                    break;
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation local } assignment:
                    Add(_locals, local.Local, assignment.Value);
                    break;
                case ICompoundAssignmentOperation { Target: ILocalReferenceOperation local } compound:
                    Add(_locals, local.Local, compound);
                    break;
                case IArgumentOperation { Parameter.RefKind: RefKind.Out or RefKind.Ref, Value: ILocalReferenceOperation local } argument:
                    Add(_locals, local.Local, argument);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>All operations of a graph, parts included; those of lambdas are in graphs of their own.</summary>
    public static IEnumerable<IOperation> Operations(ControlFlowGraph graph) =>
        graph.Blocks.SelectMany(static b => b.BranchValue is null ? b.Operations : b.Operations.Add(b.BranchValue)).SelectMany(static o => o.DescendantsAndSelf());

    /// <summary>The graph and those of its lambdas and local functions, at every depth.</summary>
    public static IEnumerable<ControlFlowGraph> WithNested(ControlFlowGraph graph)
    {
        yield return graph;
        IEnumerable<ControlFlowGraph> local = graph.LocalFunctions.Select(f => graph.GetLocalFunctionControlFlowGraph(f));
        IEnumerable<ControlFlowGraph> lambdas = Operations(graph).OfType<IFlowAnonymousFunctionOperation>().Select(f => graph.GetAnonymousFunctionControlFlowGraph(f));
        foreach (ControlFlowGraph nested in local.Concat(lambdas).SelectMany(WithNested))
        {
            yield return nested;
        }
    }

    /// <summary>The locals that a region and those in it declare.</summary>
    public static IEnumerable<ISymbol> Locals(ControlFlowRegion region) => region.Locals.Concat(region.NestedRegions.SelectMany(Locals));

    /// <summary>What the value may be; the value itself where nothing more is known.</summary>
    public IEnumerable<IOperation> Origins(IOperation? value) => Origins(value, 0);

    /// <summary>What a task is the task of: as <see cref="Origins(IOperation)"/>, and through <c>AsTask</c>, <c>ConfigureAwait</c> and <c>WaitAsync</c>.</summary>
    public IEnumerable<IOperation> TaskOrigins(IOperation? task) => Origins(task).SelectMany(origin =>
        origin is IInvocationOperation { TargetMethod.Name: "AsTask" or "ConfigureAwait" or "WaitAsync" or "Preserve" } call && IsTask(Receiver(call)?.Type)
            ? TaskOrigins(Receiver(call))
            : [origin]);

    /// <summary>Whether the type is a task.</summary>
    public static bool IsTask(ITypeSymbol? type) => type?.Name is "Task" or "ValueTask" && type.ContainingNamespace?.ToDisplayString() == "System.Threading.Tasks";

    /// <summary>What a call is made on; for an extension its first argument.</summary>
    public static IOperation? Receiver(IInvocationOperation call) =>
        call.Instance ?? (call.TargetMethod.IsExtensionMethod && call.Arguments.Length > 0 ? call.Arguments[0].Value : null);

    /// <summary>The local or parameter that a value is read from, through conversions and captures.</summary>
    public ISymbol? Local(IOperation? value) => value switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IConversionOperation conversion => Local(conversion.Operand),
        IFlowCaptureReferenceOperation capture when _captures.TryGetValue(capture.Id, out List<IOperation> sources) && sources.Count == 1 => Local(sources[0]),
        _ => null,
    };

    /// <summary>Whether a value is a local or holds it as a part: an object made of it, a tuple, a lambda that reads it.</summary>
    public bool Carries(IOperation? value, ISymbol local) => value switch
    {
        null => false,
        ILocalReferenceOperation or IParameterReferenceOperation => SymbolEqualityComparer.Default.Equals(Local(value), local),
        IConversionOperation conversion => !IsView(conversion) && Carries(conversion.Operand, local),
        IFlowCaptureReferenceOperation capture => _captures.TryGetValue(capture.Id, out List<IOperation> sources) && sources.Exists(s => Carries(s, local)),
        IObjectCreationOperation or ITupleOperation or IArrayCreationOperation or IArrayInitializerOperation or ICollectionExpressionOperation or IArgumentOperation =>
            value.ChildOperations.Any(part => Carries(part, local)),
        IFlowAnonymousFunctionOperation lambda => lambda.Syntax.DescendantTokens().Any(t => t.ValueText == local.Name),
        _ => false,
    };

    // A span over an array is a view of it, not its owner.
    private static bool IsView(IConversionOperation conversion) => conversion is { Type.IsValueType: true, Operand.Type.IsReferenceType: true };

    private IEnumerable<IOperation> Origins(IOperation? value, int depth)
    {
        List<IOperation>? sources = null;
        switch (value)
        {
            case null:
                return [];
            case IConversionOperation conversion when depth < Deepest && !IsView(conversion):
                return Origins(conversion.Operand, depth + 1);
            case IFlowCaptureReferenceOperation capture:
                _captures.TryGetValue(capture.Id, out sources);
                break;
            case ILocalReferenceOperation local when _locals.TryGetValue(local.Local, out List<IOperation> assigned) && assigned.Count == 1:
                sources = assigned;
                break;
            default:
                break;
        }

        return sources is null || depth >= Deepest ? [value] : sources.SelectMany(s => Origins(s, depth + 1));
    }

    private static void Add<TKey>(Dictionary<TKey, List<IOperation>> map, TKey key, IOperation value)
        where TKey : notnull
    {
        if (!map.TryGetValue(key, out List<IOperation>? list))
        {
            map[key] = list = [];
        }

        list.Add(value);
    }
}
