using System.Globalization;
using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>Unicode's normalization form KC: texts that look or mean the same become the same.</summary>
/// <remarks>
/// Promises: what the Unicode version named in Nfkc.txt says; characters that are newer stay as they are. The runtime's own normalization does nothing here, because the
/// gateway runs without ICU (InvariantGlobalization).
/// Threads: any. Cost: the tables are read at the first use, about 6,000 entries; nobody uses them for ASCII.
/// Source: Unicode Standard Annex 15, and section 3.12 of the standard for Hangul.
/// </remarks>
internal static class Nfkc
{
    // Hangul syllables are computed: leading, vowel and trailing parts.
    private const int Syllables = 0xAC00;
    private const int Leads = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trails = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int LeadCount = 19;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Data = new(Read);

    /// <summary>The normalized text.</summary>
    public static string Normalize(string text)
    {
        List<int> codes = [];
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        Sort(codes);
        Compose(codes);
        StringBuilder normalized = new(text.Length);
        foreach (int code in codes)
        {
            normalized.Append(new Rune(code).ToString());
        }

        return normalized.ToString();
    }

    private static void Decompose(int code, List<int> codes)
    {
        int index = code - Syllables;
        if (index is >= 0 and < SyllableCount)
        {
            codes.Add(Leads + (index / (VowelCount * TrailCount)));
            codes.Add(Vowels + (index % (VowelCount * TrailCount) / TrailCount));
            if (index % TrailCount > 0)
            {
                codes.Add(Trails + (index % TrailCount));
            }
        }
        else if (Data.Value.Parts.TryGetValue(code, out int[]? parts))
        {
            codes.AddRange(parts);
        }
        else
        {
            codes.Add(code);
        }
    }

    // Marks behind a character stand in the order of their classes; equal ones stay as they were.
    private static void Sort(List<int> codes)
    {
        for (int i = 1; i < codes.Count; i++)
        {
            int mark = codes[i];
            int at = i;
            while (at > 0 && ClassOf(mark) > 0 && ClassOf(codes[at - 1]) > ClassOf(mark))
            {
                codes[at] = codes[at - 1];
                at--;
            }

            codes[at] = mark;
        }
    }

    private static void Compose(List<int> codes)
    {
        int starter = -1;
        int kept = 0;
        int last = 0;
        foreach (int code in codes.ToArray())
        {
            int its = ClassOf(code);
            // A mark of the same or a higher class between the two keeps them apart.
            bool isBlocked = kept - starter > 1 && (last == 0 || last >= its);
            if (starter >= 0 && !isBlocked && Pair(codes[starter], code) is int joined)
            {
                codes[starter] = joined;
                continue;
            }

            starter = its == 0 ? kept : starter;
            last = its;
            codes[kept++] = code;
        }

        codes.RemoveRange(kept, codes.Count - kept);
    }

    private static int? Pair(int first, int second)
    {
        int lead = first - Leads;
        int vowel = second - Vowels;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return Syllables + (((lead * VowelCount) + vowel) * TrailCount);
        }

        int syllable = first - Syllables;
        int trail = second - Trails;
        return syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount
            ? first + trail
            : Data.Value.Pairs.TryGetValue((first, second), out int joined) ? joined : null;
    }

    private static int ClassOf(int code) => Data.Value.Classes.GetValueOrDefault(code);

    private static Tables Read()
    {
        Tables tables = new([], [], []);
        using StreamReader file = new(typeof(Nfkc).Assembly.GetManifestResourceStream("Nfkc.txt")!);
        while (file.ReadLine() is string line)
        {
            string[] entries = line.Split(';');
            foreach (string entry in entries.Skip(1).Where(_ => line[0] != '#'))
            {
                tables.Add(entries[0], [.. entry.Split(' ').Select(static c => int.Parse(c, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))]);
            }
        }

        return tables;
    }

    private sealed record Tables(Dictionary<int, int[]> Parts, Dictionary<(int First, int Second), int> Pairs, Dictionary<int, int> Classes)
    {
        public void Add(string table, int[] codes)
        {
            switch (table)
            {
                case "decompose":
                    Parts.Add(codes[0], codes[1..]);
                    break;
                case "compose":
                    Pairs.Add((codes[0], codes[1]), codes[2]);
                    break;
                default:
                    Classes.Add(codes[0], codes[1]);
                    break;
            }
        }
    }
}
