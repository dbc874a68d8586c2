using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers.Pairs;

/// <summary>Something taken and not yet given back: the local it is in, or the name of its pair.</summary>
internal sealed class Held : IEquatable<Held>
{
    private readonly object _key;

    /// <summary>A value in a local.</summary>
    public Held(ISymbol local, IInvocationOperation site)
    {
        _key = local;
        Site = site;
    }

    /// <summary>A place, a turn, a share: known by a name.</summary>
    public Held(string name, IInvocationOperation site)
    {
        _key = name;
        Site = site;
    }

    /// <summary>The call that took it.</summary>
    public IInvocationOperation Site { get; }

    /// <summary>The local it is in.</summary>
    public ISymbol? Local => _key as ISymbol;

    /// <summary>The name of its pair.</summary>
    public string? Name => _key as string;

    /// <summary>Whether it is in that local.</summary>
    public bool IsIn(ISymbol local) => SymbolEqualityComparer.Default.Equals(Local, local);

    /// <summary>The same thing in another local.</summary>
    public Held MovedTo(ISymbol local) => new(local, Site);

    /// <inheritdoc/>
    public bool Equals(Held? other) =>
        other is not null && ReferenceEquals(Site.Syntax, other.Site.Syntax)
        && (Local is { } local ? other.IsIn(local) : string.Equals(Name, other.Name, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Held);

    /// <inheritdoc/>
    public override int GetHashCode() => Site.Syntax.GetHashCode();
}
