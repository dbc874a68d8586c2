using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Gateway.Analyzers.Flow;

/// <summary>What is known of an exception on its way: its type, or which types it is not, because a handler would have taken them.</summary>
internal sealed class Raised : IEquatable<Raised>
{
    /// <summary>An exception of which nothing is known.</summary>
    public static readonly Raised Unknown = new(null, []);

    private Raised(ITypeSymbol? type, ImmutableArray<ITypeSymbol> passed) => (Type, Passed) = (type, passed);

    /// <summary>Its type, if that is known.</summary>
    public ITypeSymbol? Type { get; }

    /// <summary>Types whose handlers it has passed.</summary>
    public ImmutableArray<ITypeSymbol> Passed { get; }

    /// <summary>An exception of that type.</summary>
    public static Raised Of(ITypeSymbol? type) => type is null ? Unknown : new(type, []);

    /// <summary>The same, behind a handler that takes every exception of that type.</summary>
    public Raised Behind(ITypeSymbol? handled) => Type is not null || handled is null ? this : new(null, Passed.Add(handled));

    /// <inheritdoc/>
    public bool Equals(Raised? other) =>
        other is not null && SymbolEqualityComparer.Default.Equals(Type, other.Type) && Enumerable.SequenceEqual<ITypeSymbol>(Passed, other.Passed, SymbolEqualityComparer.Default);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Raised);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((SymbolEqualityComparer.Default.GetHashCode(Type) * 31) + Passed.Length);
}
