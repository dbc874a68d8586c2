namespace Gateway.Lab.Judging;

/// <summary>What a parser is in the life of a message.</summary>
internal enum ReaderGroup
{
    /// <summary>It shows mail to people: what they open is what it reads.</summary>
    Client,

    /// <summary>It reads mail to judge or sort it.</summary>
    Scanner,

    /// <summary>It takes files out of mail.</summary>
    Unpacker,
}

/// <summary>The parsers of the lab by group.</summary>
internal static class ReaderGroups
{
    private static readonly Dictionary<string, ReaderGroup> Known = new(StringComparer.Ordinal)
    {
        ["gmime"] = ReaderGroup.Client,
        ["postal-mime"] = ReaderGroup.Client,
        ["mailparser"] = ReaderGroup.Client,
        ["ruby-mail"] = ReaderGroup.Client,
        ["mailparse"] = ReaderGroup.Client,
        ["ripmime"] = ReaderGroup.Unpacker,
        ["munpack"] = ReaderGroup.Unpacker,
        ["reformime"] = ReaderGroup.Unpacker,
    };

    /// <summary>The group of a parser; what is not listed is taken for a scanner.</summary>
    public static ReaderGroup Of(string parser) => Known.GetValueOrDefault(parser, ReaderGroup.Scanner);

    /// <summary>
    /// What a difference between two parsers weighs: 1 between a mail client and a scanner, for there one judges what the other opens; a half within one of these groups;
    /// a quarter when an unpacking tool is one of the two.
    /// </summary>
    public static double Weight(ReaderGroup left, ReaderGroup right) =>
        left == ReaderGroup.Unpacker || right == ReaderGroup.Unpacker ? 0.25 : left == right ? 0.5 : 1;
}
