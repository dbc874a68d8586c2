using Microsoft.CodeAnalysis;

namespace Gateway.Analyzers.Listed;

/// <summary>How an instrument is written in the list: <c>gateway.connections Counter</c>.</summary>
public static class Instruments
{
    private const string Create = "Create";

    /// <summary>Whether the method makes an instrument.</summary>
    public static bool IsCreation(IMethodSymbol method) =>
        method is { ContainingType: { Name: "Meter", ContainingNamespace.Name: "Metrics" }, Parameters: { Length: > 0 } parameters }
        && parameters[0].Type.SpecialType == SpecialType.System_String
        && method.Name.StartsWith(Create, StringComparison.Ordinal);

    /// <summary>The line of an instrument.</summary>
    public static string Line(IMethodSymbol creation, string name) => $"{name} {creation.Name.Substring(Create.Length)}";
}
