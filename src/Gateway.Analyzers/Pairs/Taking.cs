using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers.Pairs;

/// <summary>Which calls take and which give back.</summary>
internal sealed class Taking(Values values, Marks marks)
{
    // These only compute or compare, or throw for a bug of the caller alone.
    private static readonly HashSet<string> Calm =
    [
        "Math", "MemoryExtensions", "Span", "ReadOnlySpan", "Memory", "ReadOnlyMemory", "Interlocked", "Volatile", "BinaryPrimitives", "Debug", "Monitor",
        "TimeProvider", "Stopwatch", "ArrayPool", "BuffersExtensions", "ReadOnlySequence", "CollectionsMarshal", "Unsafe",
    ];

    /// <summary>Whether the call takes something.</summary>
    public static bool Is(IInvocationOperation call, Marks marks) => IsRent(call) || IsSemaphore(call, "Wait", "WaitAsync") || marks.Has(call.TargetMethod, "Takes");

    /// <summary>Whether an array goes back to a pool.</summary>
    public static bool IsPoolReturn(IInvocationOperation call) => call.TargetMethod is { Name: "Return", ContainingType.Name: "ArrayPool" } && call.Arguments.Length > 0;

    /// <summary>The call that takes what the value is, for example a rented array.</summary>
    public IInvocationOperation? Value(IOperation value) =>
        values.Local(value) is null ? values.Origins(value).OfType<IInvocationOperation>().FirstOrDefault(IsRent) : null;

    /// <summary>What a call holds as soon as it has completed.</summary>
    public Held? Always(IInvocationOperation call) => Result(call) is { SpecialType: SpecialType.System_Boolean } ? null : Of(call);

    /// <summary>What an operation holds where its result is true.</summary>
    public Held? WhenTrue(IOperation operation)
    {
        IOperation? origin = operation is IAwaitOperation wait ? values.TaskOrigins(wait.Operation).FirstOrDefault() : operation;
        return origin is IInvocationOperation call && Result(call) is { SpecialType: SpecialType.System_Boolean } ? Of(call) : null;
    }

    /// <summary>Whether the call ends what is held.</summary>
    public bool GivesBack(IInvocationOperation call, Held held)
    {
        if (held.Local is { } local)
        {
            return (IsPoolReturn(call) && SymbolEqualityComparer.Default.Equals(values.Local(call.Arguments[0].Value), local))
                || call.Arguments.Any(a => a.Parameter is { } p && (marks.Has(p, "Consumes") || IsCollection(call)) && values.Carries(a.Value, local));
        }

        return IsSemaphore(call, "Release", "Release")
            ? string.Equals(held.Name, Path(call), StringComparison.Ordinal)
            : string.Equals(marks.What(call.TargetMethod, "GivesBack") ?? marks.What(call.TargetMethod, "Consumes"), held.Name, StringComparison.Ordinal);
    }

    /// <summary>Whether the call throws for nothing that happens in a correct program.</summary>
    public bool IsCalm(IInvocationOperation call) =>
        IsPoolReturn(call)
        || IsSemaphore(call, "Release", "Release")
        || marks.Has(call.TargetMethod, "GivesBack")
        || marks.Has(call.TargetMethod, "NoThrow")
        || call.TargetMethod.Name.StartsWith("ThrowIf", StringComparison.Ordinal)
        || (IsSystem(call.TargetMethod.ContainingNamespace) && Calm.Contains(call.TargetMethod.ContainingType.Name));

    // What is put into a collection is found there again.
    private static bool IsCollection(IInvocationOperation call) =>
        call.TargetMethod is { Name: "Add" or "Enqueue" or "Push" or "TryAdd", IsStatic: false } && IsSystem(call.TargetMethod.ContainingNamespace);

    private static bool IsRent(IInvocationOperation call) => call.TargetMethod is { Name: "Rent", ContainingType.Name: "ArrayPool" };

    private static bool IsSemaphore(IInvocationOperation call, string name, string other) =>
        call.TargetMethod.ContainingType.Name == "SemaphoreSlim" && (call.TargetMethod.Name == name || call.TargetMethod.Name == other);

    private static bool IsSystem(INamespaceSymbol? space)
    {
        while (space is { ContainingNamespace.IsGlobalNamespace: false })
        {
            space = space.ContainingNamespace;
        }

        return space?.Name == "System";
    }

    private static string Path(IInvocationOperation call) => call.Instance!.Syntax.ToString().Replace("this.", string.Empty);

    private static ITypeSymbol? Result(IInvocationOperation call) =>
        Values.IsTask(call.Type) && call.Type is INamedTypeSymbol { TypeArguments.Length: 1 } task ? task.TypeArguments[0] : call.Type;

    private Held? Of(IInvocationOperation call) =>
        IsSemaphore(call, "Wait", "WaitAsync") ? new Held(Path(call), call)
        : marks.What(call.TargetMethod, "Takes") is { } what ? new Held(what, call)
        : null;
}
