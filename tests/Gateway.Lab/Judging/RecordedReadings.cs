using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Lab.Grammar;

namespace Gateway.Lab.Judging;

/// <summary>What all parsers read in all messages of a run, small enough to be committed and judged again without the parsers.</summary>
/// <remarks>
/// A line of the file is: number, digest of the octets, one letter a parser for the contents (equal letters read the same; <c>-</c>
/// refused), one for how the file names end, one for the authors, the digest of the contents for each letter in order, a bar, and the endings for each letter in order.
/// </remarks>
internal sealed record RecordedReadings(int Seed, int Count, IReadOnlyList<string> Parsers, IReadOnlyList<RecordedReading> Messages)
{
    private const char Refused = '-';
    private const string Bar = "|";

    public static RecordedReadings Of(int seed, IReadOnlyList<LabMessage> messages, IReadOnlyList<AdapterOutput> outputs)
    {
        List<RecordedReading> recorded = [];
        foreach (LabMessage message in messages)
        {
            Reading[] readings = [.. outputs.Select(output => output.Readings.GetValueOrDefault(message.Number) ?? new Reading(true, string.Empty, string.Empty, null))];
            (string contents, string[] digests) = Letters(readings, reading => reading.Contents);
            (string names, string[] endings) = Letters(readings, reading => reading.Endings);
            (string authors, _) = Letters(readings, reading => reading.From);
            recorded.Add(new RecordedReading(message.Number, DigestOf(message), contents, digests) { Names = names, Endings = endings, Authors = authors });
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
                case [var number, var octets, var contents, var names, var authors, ..] when char.IsAsciiDigit(number[0]):
                    int bar = Array.IndexOf(words, Bar);
                    messages.Add(new RecordedReading(int.Parse(number, CultureInfo.InvariantCulture), octets, contents, words[5..bar])
                    {
                        Names = names,
                        Endings = words[(bar + 1)..],
                        Authors = authors,
                    });
                    break;
            }
        }

        return new RecordedReadings(seed, messages.Count, parsers, messages);
    }

    /// <summary>The file.</summary>
    public string Write()
    {
        StringBuilder text = new();
        _ = text.Append("# Made by eng/lab.sh; see docs/lab.md. number octets contents names authors digests... | endings...\n")
            .Append(CultureInfo.InvariantCulture, $"seed {Seed}\n")
            .Append(CultureInfo.InvariantCulture, $"parsers {string.Join(' ', Parsers)}\n");
        foreach (RecordedReading message in Messages)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"{message.Number} {message.Octets} {message.Contents} {message.Names} {message.Authors} ")
                .AppendJoin(' ', [.. message.Digests, Bar, .. message.Endings]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Tells whether the generator still makes the message that was read.</summary>
    public static string DigestOf(LabMessage message) => Convert.ToHexStringLower(SHA256.HashData(message.Octets))[..8];

    private static (string Letters, string[] Classes) Letters(Reading[] readings, Func<Reading, string?> what)
    {
        List<string> classes = [];
        char[] letters = new char[readings.Length];
        for (int i = 0; i < readings.Length; i++)
        {
            if (readings[i].Refused || what(readings[i]) is not { } read)
            {
                letters[i] = Refused;
                continue;
            }

            int place = classes.IndexOf(read);
            if (place < 0)
            {
                place = classes.Count;
                classes.Add(read);
            }

            letters[i] = (char)('A' + place);
        }

        return (new string(letters), [.. classes]);
    }
}
