using System.Numerics;

namespace Gateway.Mime.Fields;

/// <summary>For each trait the fields of a block that have it, so that no rule has to look for its own among all of them.</summary>
internal sealed class FieldsByTrait
{
    private const int Traits = 10;

    private readonly int[][] _lists = [.. Enumerable.Range(0, Traits).Select(_ => new int[32])];
    private readonly int[] _counts = new int[Traits];

    /// <summary>The traits that any field has.</summary>
    public FieldTraits Any { get; private set; }

    public void Clear()
    {
        Any = FieldTraits.None;
        Array.Clear(_counts);
    }

    /// <summary>Notes the traits of the field at an index.</summary>
    public void Add(FieldTraits traits, int index)
    {
        Any |= traits;
        for (uint rest = (uint)traits; rest != 0; rest &= rest - 1)
        {
            int trait = BitOperations.TrailingZeroCount(rest);
            ref int count = ref _counts[trait];
            if (count == _lists[trait].Length)
            {
                Array.Resize(ref _lists[trait], count * 2);
            }

            _lists[trait][count++] = index;
        }
    }

    /// <summary>The indexes of the fields with one trait.</summary>
    public ReadOnlySpan<int> Of(FieldTraits trait)
    {
        int at = BitOperations.TrailingZeroCount((uint)trait);
        return _lists[at].AsSpan(0, _counts[at]);
    }
}
