using System.Numerics;

namespace Gateway.Mime.Fields;

/// <summary>For each trait the fields of a block that have it, so that no rule has to look for its own among all of them.</summary>
/// <remarks>Cost: a list is made when it is first asked for, without a branch for each field.</remarks>
internal sealed class FieldsByTrait
{
    private const int Traits = 11;

    private readonly int[][] _lists = [.. Enumerable.Range(0, Traits).Select(_ => new int[64])];
    private readonly int[] _counts = new int[Traits];
    private FieldTraits[] _traits = new FieldTraits[64];
    private FieldTraits _made;
    private int _count;

    /// <summary>The traits that any field has.</summary>
    public FieldTraits Any { get; private set; }

    public void Clear() => (_count, Any, _made) = (0, FieldTraits.None, FieldTraits.None);

    /// <summary>Notes the traits of the next field.</summary>
    public void Add(FieldTraits traits)
    {
        if (_count == _traits.Length)
        {
            Array.Resize(ref _traits, _count * 2);
        }

        Any |= traits;
        _traits[_count++] = traits;
    }

    /// <summary>The indexes of the fields with one trait.</summary>
    public ReadOnlySpan<int> Of(FieldTraits trait)
    {
        if ((Any & trait) == FieldTraits.None)
        {
            return default;
        }

        int at = BitOperations.TrailingZeroCount((uint)trait);
        if ((_made & trait) == FieldTraits.None)
        {
            Make(trait, at);
        }

        return _lists[at].AsSpan(0, _counts[at]);
    }

    private void Make(FieldTraits trait, int at)
    {
        _made |= trait;
        if (_lists[at].Length < _count)
        {
            _lists[at] = new int[_traits.Length];
        }

        int[] list = _lists[at];
        int found = 0;
        ReadOnlySpan<FieldTraits> traits = _traits.AsSpan(0, _count);
        for (int i = 0; i < traits.Length; i++)
        {
            // Written always, counted when it is one.
            list[found] = i;
            found += ((int)traits[i] >> at) & 1;
        }

        _counts[at] = found;
    }
}
