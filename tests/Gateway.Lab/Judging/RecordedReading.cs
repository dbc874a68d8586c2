namespace Gateway.Lab.Judging;

/// <summary>One message of <see cref="RecordedReadings"/>.</summary>
/// <param name="Number">Its place in the run.</param>
/// <param name="Octets">Digest of its octets.</param>
/// <param name="Contents">One letter a parser: who read the same contents.</param>
/// <param name="Digests">The digest of the contents for A, B and so on.</param>
internal sealed record RecordedReading(int Number, string Octets, string Contents, IReadOnlyList<string> Digests)
{
    /// <summary>One letter a parser: for whom the file names end alike.</summary>
    public required string Names { get; init; }

    /// <summary>The endings for A, B and so on.</summary>
    public required IReadOnlyList<string> Endings { get; init; }

    /// <summary>One letter a parser: who found the same authors. Unpacking tools read no From and count as refusing it.</summary>
    public required string Authors { get; init; }

    /// <summary>Two parsers that did not refuse read different contents.</summary>
    public bool Differs => Contents.Where(char.IsAsciiLetterUpper).Distinct().Count() > 1;

    /// <summary>As <see cref="Differs"/>, a refusal counting as a reading of its own.</summary>
    public bool DiffersOrRefused => Contents.Distinct().Count() > 1;

    /// <summary>The letter most parsers have.</summary>
    public char Majority => Contents.Where(char.IsAsciiLetterUpper).GroupBy(letter => letter).OrderByDescending(group => group.Count()).Select(group => group.Key).FirstOrDefault('A');

    /// <summary>Two parsers, by their places, read the message differently in one respect.</summary>
    public bool DifferBetween(Respect respect, int left, int right) => respect switch
    {
        Respect.Contents => Apart(Contents, left, right),
        Respect.Names => Apart(Names, left, right) && NameEndingSet.Differ(Endings[Names[left] - 'A'], Endings[Names[right] - 'A']),
        _ => Apart(Authors, left, right),
    };

    /// <summary>What the worst difference in one respect weighs; 0 when no two parsers differ.</summary>
    public double WeightOf(Respect respect, IReadOnlyList<string> parsers)
    {
        double weight = 0;
        for (int left = 0; left < parsers.Count; left++)
        {
            for (int right = left + 1; right < parsers.Count; right++)
            {
                double pair = ReaderGroups.Weight(ReaderGroups.Of(parsers[left]), ReaderGroups.Of(parsers[right]));
                weight = pair > weight && DifferBetween(respect, left, right) ? pair : weight;
            }
        }

        return weight;
    }

    private static bool Apart(string letters, int left, int right) =>
        right < letters.Length && left < letters.Length && letters[left] != letters[right] && char.IsAsciiLetterUpper(letters[left]) && char.IsAsciiLetterUpper(letters[right]);
}

/// <summary>What of a message two readers may read differently.</summary>
internal enum Respect
{
    /// <summary>The decoded contents.</summary>
    Contents,

    /// <summary>How file names end.</summary>
    Names,

    /// <summary>Who it is from.</summary>
    Authors,
}
