using System.ComponentModel;
using System.Diagnostics;
using Gateway.Lab.Grammar;
using Gateway.Lab.Judging;
using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>The metrics of the differential lab, by recorded readings of thirteen parsers and by the Python that is here.</summary>
public class DifferentialLabTests
{
    private static readonly string Lab = Path.Combine(Repository.Root, "tests", "Gateway.Lab");

    [Fact]
    public void Generator_SameSeed_MakesTheSameDistinctMessages()
    {
        IReadOnlyList<LabMessage> first = MessageGenerator.Generate(7, 1500);
        IReadOnlyList<LabMessage> second = MessageGenerator.Generate(7, 1500);

        Assert.Equal(1500, first.Select(RecordedReadings.DigestOf).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(first.Select(RecordedReadings.DigestOf), second.Select(RecordedReadings.DigestOf));
    }

    [Fact]
    public void Generator_EveryTrick_HasItsPlaceAndItsClause()
    {
        Assert.All(MessageGenerator.Tricks, trick => Assert.Contains("RFC ", trick.Clause, StringComparison.Ordinal));
        Assert.Distinct(MessageGenerator.Tricks.Select(trick => $"{trick.Name}/{trick.Variant}"));
        IReadOnlyList<LabMessage> messages = MessageGenerator.Generate(MessageGenerator.DefaultSeed, MessageGenerator.DefaultCount);
        Assert.Empty(MessageGenerator.Tricks.Except(messages.SelectMany(message => message.Tricks)).Select(trick => $"{trick.Name}/{trick.Variant}"));
    }

    [Fact]
    public void RecordedReadings_OfAllParsers_MetricsHold()
    {
        LabResult result = LabResult.Of(Recorded());

        // Fewer means that the grammar was changed and the readings belong to other messages: run eng/lab.sh --record.
        Assert.Equal(result.Readings.Count, result.Cases.Count);
        Assert.True(result.Readings.Parsers.Count >= 5, "fewer than five parsers");
        Assert.True(result.Contents.Cases.Count >= 1000, result.Summary);
        Assert.All(result.Metrics, metric => Assert.True(metric.Cases.Count >= 300, result.Summary));
        Assert.True(result.Holds, $"{result.Summary}\n{string.Join('\n', Missed(result).Concat(result.HeldValid).Take(40).Select(Describe))}");
    }

    /// <summary>The Python of this machine may read otherwise than the recorded one: its readings count beside the recorded ones of the others.</summary>
    [Fact]
    public void LivePython_OnEveryTwelfthMessage_MetricsHold()
    {
        RecordedReadings recorded = Recorded();
        RecordedReading[] chosen = [.. recorded.Messages.Where(message => message.Number % 12 == 0)];
        IReadOnlyList<LabMessage> messages = MessageGenerator.Generate(recorded.Seed, recorded.Count);
        string folder = Directory.CreateTempSubdirectory("lab").FullName;
        try
        {
            string input = Directory.CreateDirectory(Path.Combine(folder, "messages")).FullName;
            foreach (RecordedReading reading in chosen)
            {
                File.WriteAllBytes(Path.Combine(input, $"{reading.Number:d5}.eml"), messages[reading.Number].Octets);
            }

            RunPython(Path.Combine(Lab, "adapters", "python_email.py"), input, Path.Combine(folder, "python.jsonl"), "compat32");
            AdapterOutput python = Assert.Single(AdapterOutput.ReadAll(folder));

            // The letter behind all others stands for the live reading where no recorded one is the same.
            RecordedReading[] together = [.. chosen.Select(reading => reading with { Contents = reading.Contents + Letter(reading, python.Readings[reading.Number]) })];
            LabResult result = LabResult.Of(recorded with { Parsers = [.. recorded.Parsers, "live-python"], Messages = together });

            Assert.Equal(chosen.Length, result.Cases.Count);
            Assert.True(result.Holds, $"{result.Summary}\n{string.Join('\n', Missed(result).Select(Describe))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("pdf", "scr", true)]
    [InlineData("pdf", "pdf", false)]
    [InlineData("pdf", "-", false)]
    [InlineData("scr", "-", true)]
    [InlineData("scr", ".", false)]
    [InlineData("pdf+zip", "pdf", false)]
    [InlineData("pdf+zip", "doc+pdf", true)]
    [InlineData("pdf+js", "pdf+-", true)]
    public void NameEndings_OfTwoReaders_DifferWhenAFileWouldBeOpenedAsTwoThings(string left, string right, bool expected)
    {
        Assert.Equal(expected, NameEndingSet.Differ(left, right));
        Assert.Equal(expected, NameEndingSet.Differ(right, left));
    }

    private static IEnumerable<LabCase> Missed(LabResult result) => result.Metrics.SelectMany(metric => metric.Missed).Distinct();

    private static string Describe(LabCase one) => $"{one.Message.Number} {one.Message.Label}: {one.Verdict}";

    private static RecordedReadings Recorded() => RecordedReadings.Parse(File.ReadLines(Path.Combine(Lab, "recorded", "readings.txt")));

    private static char Letter(RecordedReading recorded, Reading live)
    {
        if (live.Refused)
        {
            return '-';
        }

        int at = recorded.Digests.ToList().IndexOf(live.Contents);
        return (char)('A' + (at < 0 ? recorded.Digests.Count : at));
    }

    private static void RunPython(params string[] arguments)
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("python3", arguments))!;
            python.WaitForExit();
            Assert.Equal(0, python.ExitCode);
        }
        catch (Win32Exception)
        {
            Assert.Skip("python3 is not here; eng/test.sh installs it");
        }
    }
}
