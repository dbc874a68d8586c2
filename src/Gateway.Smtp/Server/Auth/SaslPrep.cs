using System.Globalization;
using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>Prepares names and passwords so that two keyboards that mean the same text send the same octets.</summary>
/// <remarks>
/// Source: RFC 4013: spaces become SP, invisible characters vanish, compatibility forms are folded (NFKC), control characters, private and
/// unassigned code points are refused. The check of bidirectional text is left out: it refuses passwords and protects none.
/// </remarks>
public static class SaslPrep
{
    /// <summary>The prepared text, or null when it holds what is prohibited, or nothing.</summary>
    public static string? Prepare(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > 0 && Ascii.IsValid(text) && !text.Any(char.IsControl))
        {
            return text;
        }

        string prepared = Nfkc.Normalize(Map(text));
        return prepared.Length > 0 && prepared.EnumerateRunes().All(IsAllowed) ? prepared : null;
    }

    /// <summary>The text with its spaces and without invisible characters, but not folded: what `gateway user add` stored up to version 0.1.0.</summary>
    public static string Map(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder mapped = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsNothing(rune.Value))
            {
                continue;
            }

            mapped.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator ? " " : rune.ToString());
        }

        return mapped.ToString();
    }

    /// <summary>RFC 3454 table B.1, which maps them to nothing.</summary>
    private static bool IsNothing(int value) =>
        value is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    private static bool IsAllowed(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
