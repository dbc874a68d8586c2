using Gateway.Lab.Grammar;

namespace Gateway.Lab.Judging;

/// <summary>The verdicts of the gateway beside the readings of the parsers, and what follows.</summary>
internal sealed record LabResult(RecordedReadings Readings, IReadOnlyList<LabCase> Cases)
{
    private const double LeastCaught = 0.99;
    private const double MostHeld = 0.005;

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

    /// <summary>Broken by an RFC and read differently by two parsers.</summary>
    public IEnumerable<LabCase> Dangerous => Cases.Where(one => one.Message.Standing == Standing.Broken && one.Reading.Differs);

    /// <summary>Dangerous and passed on.</summary>
    public IEnumerable<LabCase> Missed => Dangerous.Where(one => !one.Verdict.Caught);

    /// <summary>Broken, and the refusals of a parser counted as a reading of its own.</summary>
    public IEnumerable<LabCase> DangerousOrRefused => Cases.Where(one => one.Message.Standing == Standing.Broken && one.Reading.DiffersOrRefused);

    /// <summary>Valid by RFC.</summary>
    public IEnumerable<LabCase> Valid => Cases.Where(one => one.Message.Standing == Standing.Valid);

    /// <summary>Valid and held.</summary>
    public IEnumerable<LabCase> HeldValid => Valid.Where(one => one.Verdict.Caught);

    /// <summary>Metric 1: the share of dangerous messages that are held or rejected.</summary>
    public double Caught => 1 - ((double)Missed.Count() / Math.Max(1, Dangerous.Count()));

    /// <summary>Metric 1 with refusals counted as readings.</summary>
    public double CaughtOrRefused => (double)DangerousOrRefused.Count(one => one.Verdict.Caught) / Math.Max(1, DangerousOrRefused.Count());

    /// <summary>Metric 2: the share of valid messages that are held.</summary>
    public double Held => (double)HeldValid.Count() / Math.Max(1, Valid.Count());

    public bool Holds => Caught >= LeastCaught && Held <= MostHeld;

    public string Summary =>
        $"{Cases.Count} messages, {Readings.Parsers.Count} parsers: of {Dangerous.Count()} broken and read differently {Caught:P2} caught ({Missed.Count()} missed); "
        + $"of {Valid.Count()} valid {Held:P2} held ({HeldValid.Count()}); refusals counted as readings {CaughtOrRefused:P2} of {DangerousOrRefused.Count()} caught";
}

/// <summary>One message with everything known about it.</summary>
internal sealed record LabCase(LabMessage Message, RecordedReading Reading, Verdict Verdict);
