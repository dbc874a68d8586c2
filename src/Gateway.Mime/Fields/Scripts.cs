namespace Gateway.Mime.Fields;

/// <summary>Which alphabets a word is written in, as far as their letters can be mistaken for one another.</summary>
/// <remarks>Source: Unicode's Scripts and confusables tables, reduced to the alphabets with letters that look Latin.</remarks>
[Flags]
internal enum Scripts
{
    None = 0,
    Latin = 1,
    Cyrillic = 2,
    Greek = 4,
    Armenian = 8,
    Cherokee = 16,
}

/// <summary>Reads the scripts of words.</summary>
internal static class ScriptReading
{
    // Cyrillic letters that look like Latin ones in common fonts.
    private const string LatinLookalikes = "\u0430\u0441\u0435\u043E\u0440\u0445\u0443\u0456\u0458\u0455\u04BB\u0501\u051B\u051D\u04CF\u0410\u0421\u0415\u041E\u0420\u0425\u0423\u0406\u0408\u0405\u041A\u041C\u0422\u041D\u0412";

    /// <summary>The script of a letter; none for all that is not one of these alphabets.</summary>
    public static Scripts Of(char letter) => letter switch
    {
        >= 'A' and <= 'Z' or >= 'a' and <= 'z' or (>= '\u00C0' and <= '\u024F' and not ('\u00D7' or '\u00F7')) or >= '\u1E00' and <= '\u1EFF' => Scripts.Latin,
        >= '\u0400' and <= '\u052F' or >= '\u1C80' and <= '\u1C8F' => Scripts.Cyrillic,
        >= '\u0370' and <= '\u03FF' or >= '\u1F00' and <= '\u1FFF' => Scripts.Greek,
        >= '\u0531' and <= '\u0587' => Scripts.Armenian,
        >= '\u13A0' and <= '\u13FF' or >= '\uAB70' and <= '\uABBF' => Scripts.Cherokee,
        _ => Scripts.None,
    };

    /// <summary>True when a word, a run of letters, mixes Latin with another of the alphabets.</summary>
    public static bool HasMixedWord(ReadOnlySpan<char> text)
    {
        Scripts word = Scripts.None;
        foreach (char letter in text)
        {
            word = char.IsLetter(letter) ? word | Of(letter) : Scripts.None;
            if (word.HasFlag(Scripts.Latin) && word != Scripts.Latin)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when every letter is a Cyrillic one that looks Latin.</summary>
    public static bool IsLookalike(ReadOnlySpan<char> label)
    {
        int letters = 0;
        foreach (char letter in label)
        {
            if (char.IsLetter(letter))
            {
                letters++;
                if (!LatinLookalikes.Contains(letter, StringComparison.Ordinal))
                {
                    return false;
                }
            }
        }

        return letters > 1;
    }
}
