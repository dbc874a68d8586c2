using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Lab.Grammar;

namespace Gateway.Lab.Judging;

/// <summary>What all parsers read in all messages of a run, small enough to be committed and judged again without the parsers.</summary>
/// <remarks>
/// A line of the file is: number, digest of the octets, one letter a parser for the contents (equal letters read the same; <c>-</c>
/// refused), one letter a parser for the file names, and the digest of the contents for each letter in order.
/// </remarks>
internal sealed record RecordedReadings(int Seed, int Count, IReadOnlyList<string> Parsers, IReadOnlyList<RecordedReading> Messages)
{
    private const char Refused = '-';

    public static RecordedReadings Of(int seed, IReadOnlyList<LabMessage> messages, IReadOnlyList<AdapterOutput> outputs)
    {
        List<RecordedReading> recorded = [];
        foreach (LabMessage message in messages)
        {
            Reading[] readings = [.. outputs.Select(output => output.Readings.GetValueOrDefault(message.Number) ?? new Reading(true, string.Empty, string.Empty))];
            (string contents, string[] digests) = Letters(readings, reading => reading.Contents);
            (string names, _) = Letters(readings, reading => reading.Names);
            recorded.Add(new RecordedReading(message.Number, DigestOf(message), contents, names, digests));
        }

        return new RecordedReadings(seed, messages.Count, [.. outputs.Select(output => output.Parser)], recorded);
    }

    public static RecordedReadings Parse(IEnumerable<string> lines)
    {
        int seed = 0;
        string[] parsers = [];
        List<RecordedReading> messages = [];
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["seed", var number]:
                    seed = int.Parse(number, CultureInfo.InvariantCulture);
                    break;
                case ["parsers", ..]:
                    parsers = words[1..];
                    break;
                case [var number, var octets, var contents, var names, ..] when char.IsAsciiDigit(number[0]):
                    messages.Add(new RecordedReading(int.Parse(number, CultureInfo.InvariantCulture), octets, contents, names, words[4..]));
                    break;
            }
        }

        return new RecordedReadings(seed, messages.Count, parsers, messages);
    }

    /// <summary>The file.</summary>
    public string Write()
    {
        StringBuilder text = new();
        _ = text.Append("# Made by eng/lab.sh; see docs/lab.md. number octets contents names digests...\n")
            .Append(CultureInfo.InvariantCulture, $"seed {Seed}\n")
            .Append(CultureInfo.InvariantCulture, $"parsers {string.Join(' ', Parsers)}\n");
        foreach (RecordedReading message in Messages)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"{message.Number} {message.Octets} {message.Contents} {message.Names}");
            foreach (string digest in message.Digests)
            {
                _ = text.Append(' ').Append(digest);
            }

            _ = text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Tells whether the generator still makes the message that was read.</summary>
    public static string DigestOf(LabMessage message) => Convert.ToHexStringLower(SHA256.HashData(message.Octets))[..8];

    private static (string Letters, string[] Digests) Letters(Reading[] readings, Func<Reading, string> what)
    {
        List<string> classes = [];
        char[] letters = new char[readings.Length];
        for (int i = 0; i < readings.Length; i++)
        {
            if (readings[i].Refused)
            {
                letters[i] = Refused;
                continue;
            }

            int place = classes.IndexOf(what(readings[i]));
            if (place < 0)
            {
                place = classes.Count;
                classes.Add(what(readings[i]));
            }

            letters[i] = (char)('A' + place);
        }

        return (new string(letters), [.. classes]);
    }
}

/// <summary>One message of <see cref="RecordedReadings"/>.</summary>
/// <param name="Number">Its place in the run.</param>
/// <param name="Octets">Digest of its octets.</param>
/// <param name="Contents">One letter a parser: who read the same contents.</param>
/// <param name="Names">One letter a parser: who read the same file names.</param>
/// <param name="Digests">The digest of the contents for A, B and so on.</param>
internal sealed record RecordedReading(int Number, string Octets, string Contents, string Names, IReadOnlyList<string> Digests)
{
    /// <summary>Two parsers that did not refuse read different contents.</summary>
    public bool Differs => Contents.Where(char.IsAsciiLetterUpper).Distinct().Count() > 1;

    /// <summary>As <see cref="Differs"/>, a refusal counting as a reading of its own.</summary>
    public bool DiffersOrRefused => Contents.Distinct().Count() > 1;

    /// <summary>Two parsers read different file names.</summary>
    public bool NamesDiffer => Names.Where(char.IsAsciiLetterUpper).Distinct().Count() > 1;

    /// <summary>The letter most parsers have.</summary>
    public char Majority => Contents.Where(char.IsAsciiLetterUpper).GroupBy(letter => letter).OrderByDescending(group => group.Count()).Select(group => group.Key).FirstOrDefault('A');
}
