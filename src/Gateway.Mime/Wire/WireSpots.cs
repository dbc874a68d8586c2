namespace Gateway.Mime;

/// <summary>The occurrences of one thing in a message: all are counted, the first few are kept.</summary>
/// <remarks>Cost: nothing is allocated before the first occurrence.</remarks>
public sealed class WireSpots
{
    private const int Kept = 4;
    private WireSpot[]? _first;

    /// <summary>How often it occurs.</summary>
    public long Count { get; private set; }

    /// <summary>The first occurrences, in the order of their offsets; at most four.</summary>
    public ReadOnlySpan<WireSpot> First => _first.AsSpan(0, (int)Math.Min(Count, Kept));

    internal void Add(WireSpot spot)
    {
        if (Count < Kept)
        {
            _first ??= new WireSpot[Kept];
            _first[Count] = spot;
        }

        Count++;
    }
}
