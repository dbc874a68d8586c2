namespace Gateway.Mime;

/// <summary>The families that asked for a moment, for foreach; allocation-free.</summary>
internal ref struct FamilyList(RuleFamily[] families, RuleMoments moment)
{
    private int _at = -1;

    public readonly RuleFamily Current => families[_at];

    public readonly FamilyList GetEnumerator() => this;

    public bool MoveNext()
    {
        while (++_at < families.Length)
        {
            if ((families[_at].Moments & moment) != RuleMoments.None)
            {
                return true;
            }
        }

        return false;
    }
}
