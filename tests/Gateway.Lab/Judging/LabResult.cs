using Gateway.Lab.Grammar;

namespace Gateway.Lab.Judging;

/// <summary>The verdicts of the gateway beside the readings of the parsers, and what follows.</summary>
internal sealed record LabResult(RecordedReadings Readings, IReadOnlyList<LabCase> Cases)
{
    private const double MostHeld = 0.002;

    private static readonly (Respect Respect, double Asked)[] Asked = [(Respect.Contents, 0.99), (Respect.Names, 0.97), (Respect.Authors, 0.97)];

    /// <summary>Judges every message of a run anew; messages whose octets are no longer those that were read are left out.</summary>
    public static LabResult Of(RecordedReadings readings)
    {
        IReadOnlyList<LabMessage> messages = MessageGenerator.Generate(readings.Seed, readings.Count);
        List<LabCase> cases = [];
        foreach (RecordedReading reading in readings.Messages)
        {
            if (reading.Number < messages.Count && RecordedReadings.DigestOf(messages[reading.Number]) == reading.Octets)
            {
                LabMessage message = messages[reading.Number];
                cases.Add(new LabCase(message, reading, Verdict.Of(message.Octets)));
            }
        }

        return new LabResult(readings, cases);
    }

    /// <summary>Broken by an RFC and read differently by two parsers, in each respect.</summary>
    public IReadOnlyList<LabMetric> Metrics { get; } = [.. Asked.Select(asked => Measure(Readings, Cases, asked.Respect, asked.Asked))];

    /// <summary>The metric of the contents.</summary>
    public LabMetric Contents => Metrics[0];

    /// <summary>Broken, and the refusals of a parser counted as a reading of its own.</summary>
    public IEnumerable<LabCase> DangerousOrRefused => Cases.Where(one => one.Message.Standing == Standing.Broken && one.Reading.DiffersOrRefused);

    /// <summary>Valid by RFC.</summary>
    public IEnumerable<LabCase> Valid => Cases.Where(one => one.Message.Standing == Standing.Valid);

    /// <summary>Valid and held.</summary>
    public IEnumerable<LabCase> HeldValid => Valid.Where(one => one.Verdict.Caught);

    /// <summary>The metric of the contents with refusals counted as readings.</summary>
    public double CaughtOrRefused => (double)DangerousOrRefused.Count(one => one.Verdict.Caught) / Math.Max(1, DangerousOrRefused.Count());

    /// <summary>The share of valid messages that are held.</summary>
    public double Held => (double)HeldValid.Count() / Math.Max(1, Valid.Count());

    public bool Holds => Metrics.All(metric => metric.Holds) && Held <= MostHeld;

    public string Summary =>
        $"{Cases.Count} messages, {Readings.Parsers.Count} parsers; broken and read differently, caught: "
        + string.Join(", ", Metrics.Select(metric => $"{metric.Respect.ToString().ToLowerInvariant()} {metric.Caught:P2} of {metric.Cases.Count} ({metric.Missed.Count()} missed)"))
        + $"; of {Valid.Count()} valid {Held:P2} held ({HeldValid.Count()}); contents with refusals counted as readings {CaughtOrRefused:P2} of {DangerousOrRefused.Count()} caught";

    private static LabMetric Measure(RecordedReadings readings, IReadOnlyList<LabCase> cases, Respect respect, double asked) =>
        new(respect, asked, [.. cases
            .Where(one => one.Message.Standing == Standing.Broken)
            .Select(one => (one, one.Reading.WeightOf(respect, readings.Parsers)))
            .Where(one => one.Item2 > 0)]);
}

/// <summary>One message with everything known about it.</summary>
internal sealed record LabCase(LabMessage Message, RecordedReading Reading, Verdict Verdict);
