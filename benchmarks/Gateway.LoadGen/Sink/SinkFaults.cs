using Gateway.LoadGen.Mail;

namespace Gateway.LoadGen.Sink;

/// <summary>What the sink does with a transaction.</summary>
internal enum SinkAction
{
    Take,
    TempFail,
    Hang,
    Drop,
}

/// <summary>Chooses what the sink does wrong.</summary>
/// <remarks>Seeded. Threads: one.</remarks>
internal sealed class SinkFaults(SinkPlan plan, int seed)
{
    private const uint Whole = 1 << 20;

    private readonly Random _random = new(seed);

    /// <summary>What happens to this transaction.</summary>
    public SinkAction Choose(LoadId? id)
    {
        if (!plan.HasFaults)
        {
            return SinkAction.Take;
        }

        // A message that hangs, hangs whenever it comes: its number decides.
        if (id is LoadId known && (known.Sequence * 2654435761u) % Whole < plan.Hang * Whole)
        {
            return SinkAction.Hang;
        }

        double at = _random.NextDouble();
        return at < plan.TempFail ? SinkAction.TempFail : at < plan.TempFail + plan.Drop ? SinkAction.Drop : SinkAction.Take;
    }
}
