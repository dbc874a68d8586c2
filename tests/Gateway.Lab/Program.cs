using System.Globalization;
using Gateway.Lab.Grammar;
using Gateway.Lab.Judging;

namespace Gateway.Lab;

/// <summary>The differential lab: makes ambiguous messages, and judges what parsers read in them against the gateway's verdicts.</summary>
internal static class Program
{
    private const string Usage = """
        Usage:
          lab generate FOLDER [--seed N] [--count N]          writes the messages, one file each
          lab judge READINGS [--seed N] [--count N] [--report FILE] [--record FILE]
                                                              reads the adapters' files (NAME.jsonl) and judges
          lab replay FILE [--report FILE]                     judges by recorded readings
          lab show NUMBER [--seed N] [--count N]              prints one message and what was done to it
        Exit code 1 when a metric does not hold.
        """;

    private static int Main(string[] arguments)
    {
        string command = arguments.Length > 0 ? arguments[0] : string.Empty;
        int seed = Number(arguments, "--seed", MessageGenerator.DefaultSeed);
        int count = Number(arguments, "--count", MessageGenerator.DefaultCount);
        switch (command, arguments.Length > 1 ? arguments[1] : null)
        {
            case ("generate", { } folder):
                Generate(folder, seed, count);
                return 0;
            case ("judge", { } folder):
                RecordedReadings read = RecordedReadings.Of(seed, MessageGenerator.Generate(seed, count), AdapterOutput.ReadAll(folder));
                if (Text(arguments, "--record") is { } record)
                {
                    File.WriteAllText(record, read.Write());
                }

                return Judge(read, Text(arguments, "--report"));
            case ("replay", { } file):
                return Judge(RecordedReadings.Parse(File.ReadAllLines(file)), Text(arguments, "--report"));
            case ("show", { } number):
                LabMessage message = MessageGenerator.Generate(seed, count)[int.Parse(number, CultureInfo.InvariantCulture)];
                Console.Error.WriteLine($"{message.Label}: {message.Standing}");
                Console.Error.WriteLine($"gateway: {Verdict.Of(message.Octets)}");
                using (Stream output = Console.OpenStandardOutput())
                {
                    output.Write(message.Octets);
                }

                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static void Generate(string folder, int seed, int count)
    {
        _ = Directory.CreateDirectory(folder);
        foreach (LabMessage message in MessageGenerator.Generate(seed, count))
        {
            File.WriteAllBytes(Path.Combine(folder, $"{message.Number:d5}.eml"), message.Octets);
        }
    }

    private static int Judge(RecordedReadings readings, string? reportFile)
    {
        LabResult result = LabResult.Of(readings);
        string report = ReportPage.Write(result);
        if (reportFile is null)
        {
            Console.Write(report);
        }
        else
        {
            File.WriteAllText(reportFile, report);
        }

        Console.WriteLine(result.Summary);
        return result.Holds ? 0 : 1;
    }

    private static int Number(string[] arguments, string name, int otherwise) =>
        Text(arguments, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string? Text(string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }
}
