using System.Diagnostics;

namespace Gateway.Laws;

/// <summary>When this returns (or its task completes) without an exception, what it was given is on stable storage (GW0001).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DurableAttribute : Attribute;

/// <summary>Whoever reads this value hands the responsibility for a message to us (RFC 5321, 4.2.5; GW0001).</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field)]
internal sealed class AcceptsMailAttribute : Attribute;

/// <summary>Ends our responsibility for a message: what follows a crash knows nothing of it any more (GW0002).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EndsCustodyAttribute : Attribute;

/// <summary>Says what became of a message: delivered, returned, stored elsewhere or discarded by order (GW0002).</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Class | AttributeTargets.Enum)]
internal sealed class OutcomeAttribute : Attribute;

/// <summary>Takes something that <see cref="GivesBackAttribute"/> of the same name gives back (GW0006).</summary>
/// <param name="what">What is taken, one word.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesAttribute(string what) : Attribute
{
    /// <summary>What is taken.</summary>
    public string What => what;
}

/// <summary>Gives back what <see cref="TakesAttribute"/> of the same name took (GW0006).</summary>
/// <param name="what">What is given back, one word.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GivesBackAttribute(string what) : Attribute
{
    /// <summary>What is given back.</summary>
    public string What => what;
}

/// <summary>Becomes the owner of what was taken: whoever calls it need not give it back (GW0006).</summary>
/// <param name="what">What is handed on, the word of the pair.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Parameter)]
internal sealed class ConsumesAttribute(string what) : Attribute
{
    /// <summary>What is handed on.</summary>
    public string What => what;
}

/// <summary>A general catch of this member swallows on purpose (GW0003).</summary>
/// <param name="why">The reason, one sentence.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
[Conditional("GATEWAY_LAWS")]
internal sealed class CatchesAllAttribute(string why) : Attribute
{
    /// <summary>The reason.</summary>
    public string Why => why;
}

/// <summary>A wait of this member has no end of its own on purpose (GW0007).</summary>
/// <param name="why">The reason, one sentence.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor | AttributeTargets.Class)]
[Conditional("GATEWAY_LAWS")]
internal sealed class EndlessAttribute(string why) : Attribute
{
    /// <summary>The reason.</summary>
    public string Why => why;
}

/// <summary>Calls itself, directly or over others, at most as deep as the named bound says (GW0009).</summary>
/// <param name="limit">The member that bounds the depth; some method of the cycle reads it.</param>
[AttributeUsage(AttributeTargets.Method)]
[Conditional("GATEWAY_LAWS")]
internal sealed class BoundedRecursionAttribute(string limit) : Attribute
{
    /// <summary>The bound.</summary>
    public string Limit => limit;
}

/// <summary>A law is broken here on purpose. Counted in docs/analyzers/excuses.md.</summary>
/// <param name="id">The law, for example GW0005.</param>
/// <param name="why">The reason, one sentence of at least 20 characters.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
[Conditional("GATEWAY_LAWS")]
internal sealed class ExcusedAttribute(string id, string why) : Attribute
{
    /// <summary>The law.</summary>
    public string Id => id;

    /// <summary>The reason.</summary>
    public string Why => why;
}

/// <summary>Throws for nothing that happens in a correct program: it counts, compares or copies within arrays of ours (GW0006).</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NoThrowAttribute : Attribute;
