using Microsoft.CodeAnalysis;

namespace Gateway.Analyzers.Listed;

/// <summary>How an instrument is written in the list: <c>gateway.connections Counter</c>.</summary>
public static class Instruments
{
    private const string Create = "Create";

    /// <summary>Whether the method makes an instrument: of a meter, or of <c>GatewayMetrics</c> for a room that registers its own.</summary>
    public static bool IsCreation(IMethodSymbol method) =>
        method.Parameters.Length > 0 && method.Parameters[0].Type.SpecialType == SpecialType.System_String && (IsOfMeter(method) || IsOfRoom(method));

    /// <summary>The line of an instrument.</summary>
    public static string Line(IMethodSymbol creation, string name) =>
        $"{name} {(IsOfRoom(creation) ? "ObservableGauge" : creation.Name.Substring(Create.Length))}";

    private static bool IsOfMeter(IMethodSymbol method) =>
        method.ContainingType is { Name: "Meter", ContainingNamespace.Name: "Metrics" } && method.Name.StartsWith(Create, StringComparison.Ordinal);

    private static bool IsOfRoom(IMethodSymbol method) => method is { Name: "Gauge", ContainingType.Name: "GatewayMetrics" };
}
