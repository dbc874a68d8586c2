using System.Globalization;
using System.Text;
using Gateway.Lab.Grammar;

namespace Gateway.Lab.Judging;

/// <summary>The results as a page of markdown.</summary>
internal static class ReportPage
{
    private const int Listed = 600;

    public static string Write(LabResult result)
    {
        StringBuilder page = new();
        int broken = result.Cases.Count(one => one.Message.Standing == Standing.Broken);
        int disputed = result.Cases.Count(one => one.Message.Standing == Standing.Disputed);
        Line(page, $"# Differential lab\n");
        Line(page, $"Made by `eng/lab.sh` (`lab judge`), seed {result.Readings.Seed}, {result.Cases.Count} distinct messages of {MessageGenerator.Tricks.Count} tricks on {Shapes.All.Count} shapes, {result.Readings.Parsers.Count} parsers: {string.Join(", ", result.Readings.Parsers)}.");
        Line(page, $"What was compared and how: [docs/lab.md](../../docs/lab.md).\n");
        Line(page, $"| Metric | Messages | Result | Asked |\n|---|---|---|---|");
        foreach (LabMetric metric in result.Metrics)
        {
            Line(page, $"| broken by an RFC, and two parsers read {Describe(metric.Respect)}: held or rejected | {metric.Cases.Count} of {broken} | **{Percent(metric.Caught)}**, {metric.Missed.Count()} missed | at least {metric.Asked:P0} |");
        }

        Line(page, $"| contents, a parser's refusal counted as a reading | {result.DangerousOrRefused.Count()} of {broken} | {Percent(result.CaughtOrRefused)} | reported |");
        Line(page, $"| valid by RFC: held | {result.Valid.Count()} | **{Percent(result.Held)}**, {result.HeldValid.Count()} held | at most 0.2 % |");
        Line(page, $"| disputed (valid by the letter, named by the catalogue): held | {disputed}, {result.Cases.Count(one => one.Message.Standing == Standing.Disputed && one.Reading.Differs)} of them read differently | {result.Cases.Count(one => one.Message.Standing == Standing.Disputed && one.Verdict.Caught)} held | reported |");
        Line(page, string.Empty);
        Groups(page, result);
        foreach (LabMetric metric in result.Metrics)
        {
            Cases(page, $"Missed, {metric.Respect.ToString().ToLowerInvariant()}", $"broken, two parsers read {Describe(metric.Respect)}, and passed on", metric.Missed);
        }

        Refused(page, result);
        Cases(page, "Held although valid", "a rule is too strict", result.HeldValid);
        Tricks(page, result);
        Pairs(page, result);
        return page.ToString();
    }

    /// <summary>The metrics by who differs: a message counts where its worst difference lies.</summary>
    private static void Groups(StringBuilder page, LabResult result)
    {
        Line(page, "## By groups of readers\n");
        foreach (ReaderGroup group in Enum.GetValues<ReaderGroup>())
        {
            Line(page, $"- {group.ToString().ToLowerInvariant()}: {string.Join(", ", result.Readings.Parsers.Where(parser => ReaderGroups.Of(parser) == group))}");
        }

        Line(page, "\n| Who differs | weight | contents | file names | From |\n|---|---|---|---|---|");
        foreach ((string who, double weight) in new[] { ("a mail client and a scanner", 1), ("two clients or two scanners, but no client and scanner", 0.5), ("only an unpacking tool and another", 0.25) })
        {
            IEnumerable<string> cells = result.Metrics.Select(metric => metric.Of(weight) is { Count: > 0 } of ? $"{Percent(of.Caught)} of {of.Count}" : string.Empty);
            Line(page, $"| {who} | {weight.ToString(CultureInfo.InvariantCulture)} | {string.Join(" | ", cells)} |");
        }

        Line(page, $"| all, weighted | | {string.Join(" | ", result.Metrics.Select(metric => Percent(metric.CaughtWeighted)))} |\n");
    }

    private static string Describe(Respect respect) => respect switch
    {
        Respect.Contents => "other contents",
        Respect.Names => "file names of different endings",
        _ => "different authors",
    };

    private static void Cases(StringBuilder page, string title, string what, IEnumerable<LabCase> cases)
    {
        LabCase[] all = [.. cases];
        Line(page, $"## {title}: {all.Length}\n");
        Line(page, $"{what}; `lab show NUMBER` prints the message.\n");
        if (all.Length == 0)
        {
            return;
        }

        Line(page, $"| Number | Message | Gateway | Readings |\n|---|---|---|---|");
        foreach (LabCase one in all.Take(Listed))
        {
            Line(page, $"| {one.Message.Number} | {one.Message.Label} | {one.Verdict} | `{one.Reading.Contents} {one.Reading.Names} {one.Reading.Authors}` |");
        }

        Line(page, all.Length > Listed ? $"\n{all.Length - Listed} more.\n" : string.Empty);
    }

    /// <summary>Broken messages that no two parsers read differently, that some refused, and that are passed on: safe, but worth knowing.</summary>
    private static void Refused(StringBuilder page, LabResult result)
    {
        Line(page, "## Passed on, read alike, and refused by some\n");
        Line(page, "| Trick alone in a message | Messages | Refused by |\n|---|---|---|");
        foreach (IGrouping<string, LabCase> trick in result.DangerousOrRefused
            .Where(one => !one.Verdict.Caught && !one.Reading.Differs && one.Message.Tricks.Count == 1)
            .GroupBy(one => $"{one.Message.Tricks[0].Name}/{one.Message.Tricks[0].Variant}")
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            IEnumerable<string> parsers = result.Readings.Parsers.Where((_, place) => trick.Any(one => !IsLetter(one, place)));
            Line(page, $"| {trick.Key} | {trick.Count()} | {string.Join(", ", parsers)} |");
        }

        Line(page, string.Empty);
    }

    private static void Tricks(StringBuilder page, LabResult result)
    {
        Line(page, $"## Every trick\n");
        Line(page, $"Messages with the trick alone. *Differ*: two parsers read other contents. *Alone*: who read what most others did not. *Names*, *From*: two parsers read names of other endings, other authors.\n");
        Line(page, $"| Trick | Standing | Messages | Differ | Held | Missed | Names | From | Alone |\n|---|---|---|---|---|---|---|---|---|");
        foreach (IGrouping<(string Name, Standing Standing), LabCase> trick in result.Cases
            .Where(one => one.Message.Tricks.Count == 1)
            .GroupBy(one => (one.Message.Tricks[0].Name, one.Message.Tricks[0].Standing))
            .OrderBy(group => group.Key.Name, StringComparer.Ordinal).ThenBy(group => group.Key.Standing))
        {
            LabCase[] cases = [.. trick];
            int missed = trick.Key.Standing == Standing.Broken ? cases.Count(one => one.Reading.Differs && !one.Verdict.Caught) : 0;
            Line(page, $"| {trick.Key.Name} | {trick.Key.Standing.ToString().ToLowerInvariant()} | {cases.Length} | {cases.Count(one => one.Reading.Differs)} | {cases.Count(one => one.Verdict.Caught)} | {missed} | {Differing(result, cases, Respect.Names)} | {Differing(result, cases, Respect.Authors)} | {Alone(result.Readings.Parsers, cases)} |");
        }

        Line(page, string.Empty);
    }

    private static int Differing(LabResult result, LabCase[] cases, Respect respect) => cases.Count(one => one.Reading.WeightOf(respect, result.Readings.Parsers) > 0);

    private static string Alone(IReadOnlyList<string> parsers, LabCase[] cases)
    {
        IEnumerable<string> apart = parsers
            .Select((parser, place) => (Parser: parser, Count: cases.Count(one => IsLetter(one, place) && one.Reading.Contents[place] != one.Reading.Majority)))
            .Where(entry => entry.Count > 0)
            .OrderByDescending(entry => entry.Count)
            .Select(entry => $"{entry.Parser} {entry.Count}");
        return string.Join(", ", apart);
    }

    private static void Pairs(StringBuilder page, LabResult result)
    {
        IReadOnlyList<string> parsers = result.Readings.Parsers;
        foreach (Standing standing in new[] { Standing.Broken, Standing.Valid })
        {
            LabCase[] cases = [.. result.Cases.Where(one => one.Message.Standing == standing)];
            Line(page, $"## Parser against parser: {standing.ToString().ToLowerInvariant()} messages read differently\n");
            Line(page, $"| | {string.Join(" | ", parsers)} | refused |");
            Line(page, $"|---|{string.Concat(Enumerable.Repeat("---|", parsers.Count + 1))}");
            for (int row = 0; row < parsers.Count; row++)
            {
                IEnumerable<string> cells = Enumerable.Range(0, parsers.Count).Select(column => column == row ? "" : cases.Count(one => Differ(one, row, column)).ToString(CultureInfo.InvariantCulture));
                Line(page, $"| {parsers[row]} | {string.Join(" | ", cells)} | {cases.Count(one => !IsLetter(one, row))} |");
            }

            Line(page, string.Empty);
        }
    }

    private static bool Differ(LabCase one, int left, int right) =>
        IsLetter(one, left) && IsLetter(one, right) && one.Reading.Contents[left] != one.Reading.Contents[right];

    private static bool IsLetter(LabCase one, int place) => char.IsAsciiLetterUpper(one.Reading.Contents[place]);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:F2} %");

    private static void Line(StringBuilder page, string line) => page.Append(line).Append('\n');
}
