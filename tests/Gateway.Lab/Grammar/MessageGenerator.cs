using System.Text;

namespace Gateway.Lab.Grammar;

/// <summary>Makes the messages of a run: every trick on every shape it fits once, then random pairs and triples of tricks.</summary>
/// <remarks>Promises: the same seed and count give the same messages in the same order; no two are equal. Threads: one at a time.</remarks>
internal static class MessageGenerator
{
    /// <summary>Messages of a usual run.</summary>
    public const int DefaultCount = 8000;

    /// <summary>The seed of the committed results.</summary>
    public const int DefaultSeed = 4;

    public static IReadOnlyList<Trick> Tricks { get; } = [.. HeaderTricks.All(), .. BoundaryTricks.All(), .. LeafTricks.All(), .. NameTricks.All(), .. FromTricks.All(), .. BodyTricks.All(), .. DelimiterTricks.All(), .. OctetTricks.All()];

    /// <summary>All messages of a seed.</summary>
    public static IReadOnlyList<LabMessage> Generate(int seed, int count)
    {
        List<LabMessage> messages = [];
        HashSet<string> seen = [];
        int turn = 0;
        foreach ((string shape, _) in Shapes.All)
        {
            Add(seed, turn++, shape, []);
        }

        foreach (Trick trick in Tricks)
        {
            foreach ((string shape, _) in Shapes.All)
            {
                Add(seed, turn++, shape, [trick]);
            }
        }

        // Enough turns that the pairs reach any count asked for, and an end for a count they cannot reach.
        Random choice = new(seed);
        for (int tries = 0; messages.Count < count && tries < count * 20; tries++)
        {
            int tricks = choice.Next(3) == 0 ? 3 : 2;
            Trick[] drawn = [.. Enumerable.Range(0, tricks).Select(_ => Tricks[choice.Next(Tricks.Count)])];
            if (drawn.DistinctBy(trick => trick.Family).Count() == tricks && !Interact(drawn))
            {
                Add(seed, turn++, Shapes.All[choice.Next(Shapes.All.Count)].Name, drawn);
            }
        }

        return messages.Count <= count ? messages : messages[..count];

        void Add(int origin, int place, string shape, Trick[] tricks)
        {
            if (Make(origin, place, shape, tricks) is { } text && seen.Add(text))
            {
                messages.Add(new LabMessage(messages.Count, shape, tricks, Encoding.Latin1.GetBytes(text)));
            }
        }
    }

    /// <summary>
    /// Tricks whose standing is not the worse of the two when they meet: a line of hyphens is a delimiter of that boundary, and a
    /// part whose delimiter is none is text, whatever was done to it.
    /// </summary>
    private static bool Interact(Trick[] tricks) =>
        (Array.Exists(tricks, trick => trick.Variant == "only-hyphens") && Array.Exists(tricks, trick => trick.Family == TrickFamily.Delimiter))
        || (Array.Exists(tricks, trick => trick.Name == "delimiter-start") && Array.Exists(tricks, trick => trick.Family is not (TrickFamily.Delimiter or TrickFamily.Boundary)));

    /// <summary>One message; null when a trick has no place in its shape.</summary>
    private static string? Make(int seed, int place, string shape, Trick[] tricks)
    {
        Random random = new(HashCode(seed, place));
        Draft draft = new(Shapes.All.First(known => known.Name == shape).Make(random), random);

        // Whole-text and delimiter tricks last: they are about what the others made.
        foreach (Trick trick in tricks.OrderBy(trick => trick.Family))
        {
            if (!trick.Apply(draft))
            {
                return null;
            }
        }

        return draft.Render();
    }

    /// <summary>The same on every machine and in every process, unlike System.HashCode.</summary>
    private static int HashCode(int seed, int place) => unchecked((seed * 1_000_003) + (place * 7919));
}
