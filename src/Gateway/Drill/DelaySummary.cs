namespace Gateway.Drill;

/// <summary>How long mail took from the sender's begin to the mail system behind, in milliseconds.</summary>
/// <param name="Label">Which mail.</param>
/// <param name="Sent">Messages sent.</param>
/// <param name="Arrived">Messages that arrived; the delays are theirs.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">99 of 100 took no longer.</param>
/// <param name="Max">The longest.</param>
internal sealed record DelaySummary(string Label, int Sent, int Arrived, double P50, double P99, double Max)
{
    /// <summary>Sums up.</summary>
    public static DelaySummary Of(string label, int sent, IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return sorted.Length == 0 ? new DelaySummary(label, sent, 0, 0, 0, 0) : new DelaySummary(label, sent, sorted.Length, At(0.5), At(0.99), sorted[^1]);

        // The smallest value that this share of all values does not exceed.
        double At(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
