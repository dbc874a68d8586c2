using System.Globalization;
using System.Text;

namespace Gateway.Smtp.Server.Auth;

/// <summary>Prepares names and passwords so that two keyboards that mean the same text send the same octets.</summary>
/// <remarks>
/// Source: RFC 4013 for what occurs in practice: spaces become SP, invisible characters vanish, control characters, private and
/// unassigned code points are refused. Compatibility forms (NFKC) are folded only where the runtime has ICU; without it they are
/// compared as typed. The check of bidirectional text is left out: it refuses passwords and protects none.
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

        StringBuilder mapped = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsNothing(rune.Value))
            {
                continue;
            }

            mapped.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator ? " " : rune.ToString());
        }

        string prepared = mapped.ToString().Normalize(NormalizationForm.FormKC);
        return prepared.Length > 0 && prepared.EnumerateRunes().All(IsAllowed) ? prepared : null;
    }

    /// <summary>RFC 3454 table B.1, which maps them to nothing.</summary>
    private static bool IsNothing(int value) =>
        value is 0xAD or 0x34F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;

    private static bool IsAllowed(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
