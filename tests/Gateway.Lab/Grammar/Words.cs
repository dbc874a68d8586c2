namespace Gateway.Lab.Grammar;

/// <summary>Harmless text: no line of it means anything to a parser.</summary>
internal static class Words
{
    private static readonly string[] All =
    [
        "harbour", "lantern", "meadow", "granite", "violet", "compass", "thimble", "orchard", "saffron", "pelican", "ribbon", "walnut",
        "cinder", "marble", "juniper", "anchor", "velvet", "sparrow", "copper", "linden", "barrel", "quartz", "mitten", "falcon",
    ];

    public static string Next(Random random) => All[random.Next(All.Length)];

    /// <summary>A sentence with a number in it, so that no two parts are equal.</summary>
    public static string Sentence(Random random) =>
        $"{Next(random)} {Next(random)} {random.Next(100_000)} {Next(random)} {Next(random)} {Next(random)}";

    /// <summary>Lines of text joined by CRLF, without a last line end.</summary>
    public static string Lines(Random random, int count) => string.Join("\r\n", Enumerable.Range(0, count).Select(_ => Sentence(random)));
}
