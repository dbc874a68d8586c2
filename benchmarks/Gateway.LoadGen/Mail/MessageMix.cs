namespace Gateway.LoadGen.Mail;

/// <summary>Which message comes next: templates by weight.</summary>
/// <remarks>Seeded: two runs send the same order. Threads: one.</remarks>
internal sealed class MessageMix
{
    private readonly IReadOnlyList<IReadOnlyList<MessageTemplate>> _kinds;
    private readonly double[] _limits;
    private readonly int[] _next;
    private readonly Random _random;

    /// <summary>Makes a mix.</summary>
    /// <param name="kinds">Kinds of mail, each with its variants, which take turns, and its weight.</param>
    /// <param name="seed">For the choice.</param>
    public MessageMix(IReadOnlyList<(IReadOnlyList<MessageTemplate> Variants, double Weight)> kinds, int seed)
    {
        _kinds = [.. kinds.Select(k => k.Variants)];
        _next = new int[kinds.Count];
        _random = new Random(seed);
        double all = kinds.Sum(k => k.Weight);
        double sum = 0;
        _limits = [.. kinds.Select(k => (sum += k.Weight) / all)];
    }

    /// <summary>The next one.</summary>
    public MessageTemplate Next()
    {
        int kind = 0;
        if (_kinds.Count > 1)
        {
            double at = _random.NextDouble();
            while (kind < _limits.Length - 1 && at >= _limits[kind])
            {
                kind++;
            }
        }

        IReadOnlyList<MessageTemplate> variants = _kinds[kind];
        return variants[_next[kind]++ % variants.Count];
    }
}
