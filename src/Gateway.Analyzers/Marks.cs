using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace Gateway.Analyzers;

/// <summary>The attributes of <c>Gateway.Laws</c> on symbols, looked up once each.</summary>
/// <remarks>
/// A mark on a member of an interface or of a base class counts for each implementation. Threads: any.
/// </remarks>
internal sealed class Marks
{
    private const string Home = "Gateway.Laws";

    private readonly ConcurrentDictionary<(ISymbol Symbol, string Mark), string?> _known = new(new PairComparer());

    /// <summary>Whether the member bears the mark.</summary>
    public bool Has(ISymbol? symbol, string mark) => What(symbol, mark) is not null;

    /// <summary>The mark's first argument; empty if it has none, null if the member does not bear the mark.</summary>
    public string? What(ISymbol? symbol, string mark)
    {
        if (symbol is null)
        {
            return null;
        }

        ISymbol original = symbol.OriginalDefinition;
        return !IsOurs(original) ? null : _known.GetOrAdd((original, mark), static key => Find(key.Symbol, key.Mark));
    }

    /// <summary>Whether the symbol or what contains it is excused from a law.</summary>
    public static bool Excuses(ISymbol? symbol, string id)
    {
        for (ISymbol? at = symbol; at is not null and not INamespaceSymbol; at = at.ContainingSymbol)
        {
            if (Bears(at, id) || (at is IMethodSymbol { AssociatedSymbol: { } owner } && Bears(owner, id)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The attribute of that name on the symbol itself.</summary>
    public static AttributeData? On(ISymbol symbol, string mark) => symbol.GetAttributes().FirstOrDefault(a => IsMark(a, mark));

    private static bool Bears(ISymbol symbol, string id) => symbol.GetAttributes().Any(a =>
        IsMark(a, "Excused") && a.ConstructorArguments.Length > 0 && string.Equals(a.ConstructorArguments[0].Value as string, id, StringComparison.Ordinal));

    private static bool IsMark(AttributeData attribute, string mark) =>
        attribute.AttributeClass is { } type
        && type.Name.Length == mark.Length + "Attribute".Length
        && type.Name.StartsWith(mark, StringComparison.Ordinal)
        && string.Equals(type.ContainingNamespace?.ToDisplayString(), Home, StringComparison.Ordinal);

    // Nobody else's members bear our marks, and to look for them among the interfaces of a number costs more than all laws together.
    private static bool IsOurs(ISymbol symbol) => symbol.ContainingAssembly?.Name.StartsWith("gateway", StringComparison.OrdinalIgnoreCase) == true;

    private static string? Find(ISymbol symbol, string mark)
    {
        foreach (ISymbol member in Declarations(symbol))
        {
            if (On(member, mark) is { } found)
            {
                return found.ConstructorArguments.Length > 0 ? found.ConstructorArguments[0].Value as string ?? string.Empty : string.Empty;
            }
        }

        return null;
    }

    private static IEnumerable<ISymbol> Declarations(ISymbol symbol)
    {
        yield return symbol;
        if (symbol is IMethodSymbol { AssociatedSymbol: { } owner })
        {
            yield return owner;
        }

        for (ISymbol? up = Overridden(symbol); up is not null; up = Overridden(up))
        {
            yield return up.OriginalDefinition;
        }

        if (symbol is not (IMethodSymbol or IPropertySymbol) || symbol.IsStatic || symbol.ContainingType is not { TypeKind: TypeKind.Class or TypeKind.Struct } type)
        {
            yield break;
        }

        foreach (ISymbol declared in type.AllInterfaces.SelectMany(static i => i.GetMembers()))
        {
            if (SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(declared), symbol))
            {
                yield return declared.OriginalDefinition;
            }
        }
    }

    private static ISymbol? Overridden(ISymbol symbol) => symbol switch
    {
        IMethodSymbol method => method.OverriddenMethod,
        IPropertySymbol property => property.OverriddenProperty,
        _ => null,
    };

    private sealed class PairComparer : IEqualityComparer<(ISymbol Symbol, string Mark)>
    {
        public bool Equals((ISymbol Symbol, string Mark) x, (ISymbol Symbol, string Mark) y) =>
            string.Equals(x.Mark, y.Mark, StringComparison.Ordinal) && SymbolEqualityComparer.Default.Equals(x.Symbol, y.Symbol);

        public int GetHashCode((ISymbol Symbol, string Mark) pair) =>
            unchecked((SymbolEqualityComparer.Default.GetHashCode(pair.Symbol) * 31) + StringComparer.Ordinal.GetHashCode(pair.Mark));
    }
}
