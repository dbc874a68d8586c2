namespace Gateway.Configuration;

/// <summary>Finds what was probably meant by a name that does not exist.</summary>
internal static class KeySuggestion
{
    /// <summary>Characters of a name beyond which nothing is near: the comparison costs their product with the candidate's.</summary>
    private const int LongestName = 64;

    /// <summary>Asks whether the nearest candidate was meant, with a blank in front; empty when none is near.</summary>
    public static string Sentence(string name, IEnumerable<string> candidates) =>
        name.Length <= LongestName && Nearest(name, candidates) is string nearest ? $" Did you mean '{nearest}'?" : string.Empty;

    /// <summary>The nearest candidate by edit distance (a swap of neighbours counts once), or null when none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        int best = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            // A near miss may not consist of nothing but misses.
            if (distance < best && distance < candidate.Length)
            {
                best = distance;
                nearest = candidate;
            }
        }

        return nearest;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours between two names, without letter case.</summary>
    public static int Distance(string one, string other)
    {
        int width = other.Length + 1;
        int[] distance = new int[(one.Length + 1) * width];
        for (int i = 0; i <= one.Length; i++)
        {
            for (int j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distance[At(i, j)] = i + j;
                    continue;
                }

                bool same = Lower(one, i) == Lower(other, j);
                int least = Math.Min(
                    Math.Min(distance[At(i - 1, j)], distance[At(i, j - 1)]) + 1,
                    distance[At(i - 1, j - 1)] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Lower(one, i) == Lower(other, j - 1) && Lower(one, i - 1) == Lower(other, j))
                {
                    least = Math.Min(least, distance[At(i - 2, j - 2)] + 1);
                }

                distance[At(i, j)] = least;
            }
        }

        return distance[At(one.Length, other.Length)];

        int At(int row, int column) => (row * width) + column;

        static char Lower(string text, int position) => char.ToLowerInvariant(text[position - 1]);
    }
}
