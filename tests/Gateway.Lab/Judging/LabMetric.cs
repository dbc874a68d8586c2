namespace Gateway.Lab.Judging;

/// <summary>Of the messages that break an RFC and that parsers read differently in one respect, how many are held.</summary>
/// <param name="Respect">In which respect.</param>
/// <param name="Asked">The share that must be held.</param>
/// <param name="Cases">The messages, each with what its worst difference weighs (<see cref="ReaderGroups.Weight"/>).</param>
internal sealed record LabMetric(Respect Respect, double Asked, IReadOnlyList<(LabCase Case, double Weight)> Cases)
{
    /// <summary>Passed on.</summary>
    public IEnumerable<LabCase> Missed => Cases.Where(one => !one.Case.Verdict.Caught).Select(one => one.Case);

    /// <summary>The share that is held or rejected.</summary>
    public double Caught => Share(_ => 1);

    /// <summary>The same with each message by its weight.</summary>
    public double CaughtWeighted => Share(weight => weight);

    public bool Holds => Caught >= Asked;

    /// <summary>The share among the messages whose worst difference weighs so much.</summary>
    public (int Count, double Caught) Of(double weight) =>
        Cases.Where(one => one.Weight == weight).ToArray() is var chosen
            ? (chosen.Length, (double)chosen.Count(one => one.Case.Verdict.Caught) / Math.Max(1, chosen.Length))
            : default;

    private double Share(Func<double, double> weigh)
    {
        double all = Cases.Sum(one => weigh(one.Weight));
        return all == 0 ? 1 : Cases.Where(one => one.Case.Verdict.Caught).Sum(one => weigh(one.Weight)) / all;
    }
}
