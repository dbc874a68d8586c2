using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace Gateway.Analyzers.Flow;

/// <summary>Which exception goes to which handler.</summary>
internal static class Handlers
{
    /// <summary>Whether the handler can take the exception.</summary>
    public static bool MayTake(ControlFlowRegion handler, Raised raised) =>
        raised.Type is null
            ? IsGeneral(handler.ExceptionType) || !raised.Passed.Any(p => Derives(handler.ExceptionType!, p))
            : IsGeneral(handler.ExceptionType) || Derives(raised.Type, handler.ExceptionType);

    /// <summary>Whether the exception cannot get past the handler.</summary>
    public static bool TakesSurely(ControlFlowRegion handler, Raised raised) =>
        handler.Kind == ControlFlowRegionKind.Catch
        && (IsGeneral(handler.ExceptionType) || (raised.Type is not null && Derives(raised.Type, handler.ExceptionType)));

    /// <summary>Whether the type is that of a general catch.</summary>
    public static bool IsGeneral(ITypeSymbol? type) =>
        type is null or { SpecialType: SpecialType.System_Object }
        || (type is { Name: "Exception", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } });

    /// <summary>Whether the type is that of an exception.</summary>
    public static bool IsException(ITypeSymbol? type)
    {
        while (type is not null && !(IsGeneral(type) && type.SpecialType == SpecialType.None))
        {
            type = type.BaseType;
        }

        return type is not null;
    }

    private static bool Derives(ITypeSymbol type, ITypeSymbol? from)
    {
        for (ITypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(at, from))
            {
                return true;
            }
        }

        return false;
    }
}
