using Microsoft.CodeAnalysis.FlowAnalysis;

namespace Gateway.Analyzers.Flow;

/// <summary>What follows the end of a finally block: the rest of a jump, or the exception that was under way.</summary>
internal sealed class Continuation : IEquatable<Continuation>
{
    /// <summary>The jump whose finally blocks are run, or null for an exception.</summary>
    public ControlFlowBranch? Branch { get; private set; }

    /// <summary>Which of the jump's finally blocks this is.</summary>
    public int Index { get; private set; }

    /// <summary>For an exception: the region it has left.</summary>
    public ControlFlowRegion? RaisedFrom { get; private set; }

    /// <summary>For an exception: what is known of it.</summary>
    public Raised? Thrown { get; private set; }

    /// <summary>What follows the finally block that contains all this.</summary>
    public Continuation? Outer { get; private set; }

    /// <summary>The rest of a jump.</summary>
    public static Continuation Of(ControlFlowBranch branch, int index, Continuation? outer) => new() { Branch = branch, Index = index, Outer = outer };

    /// <summary>The rest of an exception's way.</summary>
    public static Continuation Of(ControlFlowRegion raisedFrom, Raised thrown, Continuation? outer) =>
        new() { RaisedFrom = raisedFrom, Thrown = thrown, Outer = outer };

    /// <inheritdoc/>
    public bool Equals(Continuation? other) =>
        other is not null
        && ReferenceEquals(Branch?.Source, other.Branch?.Source)
        && ReferenceEquals(Branch?.Destination, other.Branch?.Destination)
        && Branch?.IsConditionalSuccessor == other.Branch?.IsConditionalSuccessor
        && Index == other.Index
        && RaisedFrom?.FirstBlockOrdinal == other.RaisedFrom?.FirstBlockOrdinal
        && RaisedFrom?.LastBlockOrdinal == other.RaisedFrom?.LastBlockOrdinal
        && Equals(Thrown, other.Thrown)
        && Equals(Outer, other.Outer);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Continuation);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        unchecked((((Branch?.Source.Ordinal ?? -1) * 31) + Index + ((RaisedFrom?.FirstBlockOrdinal ?? -1) * 7)) * 31) ^ (Outer?.GetHashCode() ?? 0);
}
