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

    /// <summary>Returns the query, or null when the text has no word that could be found.</summary>
    /// <remarks>Each word becomes a quoted string (so no operator, column or bracket has a meaning); longer ones match as prefixes.</remarks>
    public static string? ToQuery(string text)
    {
        var query = new StringBuilder();
        int words = 0;
        string bounded = StoredText.Bound(text.Length > MaxLength ? text[..MaxLength] : text, MaxLength * 4);
        foreach (string word in bounded.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
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

    // What the unicode61 tokenizer takes for a part of a word: letters, numbers, private use.
    private static bool IsToken(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.PrivateUse;
}
