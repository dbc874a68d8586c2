namespace Gateway.Mime;

/// <summary>The families of an inspection, sorted once by the moments they ask for.</summary>
internal sealed class FamilyLists
{
    private readonly RuleFamily[][] _byMoment = new RuleFamily[32][];

    public FamilyLists(RuleFamily[] families)
    {
        for (int bit = 0; bit < _byMoment.Length; bit++)
        {
            _byMoment[bit] = [.. families.Where(family => ((uint)family.Moments & (1u << bit)) != 0)];
        }
    }

    /// <summary>The families that asked for one moment, in their order.</summary>
    public RuleFamily[] For(RuleMoments moment) => _byMoment[System.Numerics.BitOperations.TrailingZeroCount((uint)moment)];
}
