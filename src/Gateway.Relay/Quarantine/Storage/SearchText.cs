using System.Globalization;
using System.Text;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Turns what a person types into an FTS5 query that cannot be a syntax error or anything but a search for words.</summary>
internal static class SearchText
{
    private const int MaxLength = 256;
    private const int MaxWords = 16;

    // Below this an ASCII word must match whole: one letter is the beginning of most of the index (250 ms over 220,000 entries).
    private const int ShortestPrefix = 3;

    /// <summary>The words of a text whose script puts no blanks between words: the index has the whole run as one word, so these are looked for as parts.</summary>
    public static IReadOnlyList<string> PartsIn(string? text) => string.IsNullOrWhiteSpace(text)
        ? []
        : [.. Words(text).Where(HasNoBlanks).Take(MaxWords)];

    /// <summary>Returns the query of the other words, or null when the text has no word that could be found.</summary>
    /// <remarks>Each word becomes a quoted string (so no operator, column or bracket has a meaning); longer ones match as prefixes.</remarks>
    public static string? ToQuery(string text)
    {
        var query = new StringBuilder();
        int words = 0;
        foreach (string word in Words(text).Where(word => !HasNoBlanks(word)))
        {
            // A phrase without a single token matches nothing, alone, and everything beside others: leave it out.
            if (words == MaxWords || !word.EnumerateRunes().Any(IsToken))
            {
                continue;
            }

            query.Append(words++ == 0 ? "\"" : " \"").Append(word.Replace("\"", " ", StringComparison.Ordinal)).Append('"');
            if (word.Length >= ShortestPrefix || !Ascii.IsValid(word))
            {
                query.Append('*');
            }
        }

        return words == 0 ? null : query.ToString();
    }

    private static string[] Words(string text) => StoredText.Bound(text.Length > MaxLength ? text[..MaxLength] : text, MaxLength * 4)
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    // Thai to Burmese, Khmer, Hangul, kana, Han (with the supplementary planes of Han).
    private static bool HasNoBlanks(string word) => word.EnumerateRunes().Any(rune => rune.Value
        is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1100 and <= 0x11FF) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x31FF)
        or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xAC00 and <= 0xD7AF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFF66 and <= 0xFFDC) or (>= 0x20000 and <= 0x3FFFF));

    // What the unicode61 tokenizer takes for a part of a word: letters, numbers, private use.
    private static bool IsToken(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;
}
