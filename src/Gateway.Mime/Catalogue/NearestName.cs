namespace Gateway.Mime.Catalogue;

/// <summary>Finds what a mistyped name was meant to be.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the fewest edits, if that is at most a third of the name.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        // Names come from configuration; an absurd one is not worth a quadratic comparison.
        if (name.Length is 0 or > 64)
        {
            return null;
        }

        string? nearest = null;
        int fewest = Math.Max(2, name.Length / 3) + 1;
        foreach (string candidate in candidates.Order(StringComparer.Ordinal))
        {
            int edits = Distance(name.ToLowerInvariant(), candidate);
            if (edits < fewest)
            {
                (nearest, fewest) = (candidate, edits);
            }
        }

        return nearest;
    }

    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int swap = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(swap, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
