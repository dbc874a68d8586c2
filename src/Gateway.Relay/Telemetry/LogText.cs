using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Relay.Telemetry;

/// <summary>Makes text that a peer chose safe for a log line, a table or a terminal.</summary>
public static class LogText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Escapes control characters, bidirectional overrides, other invisible characters and the backslash.</summary>
    /// <param name="text">Any text, also with lone surrogates.</param>
    /// <param name="limit">Characters kept; the rest is cut with an ellipsis.</param>
    public static string Escape(string? text, int limit = 256)
    {
        if (string.IsNullOrEmpty(text))
        {
            return string.Empty;
        }

        if (text.Length <= limit && !text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        StringBuilder safe = new();
        foreach (Rune rune in text.Length > limit ? text.AsSpan(0, limit).EnumerateRunes() : text.AsSpan().EnumerateRunes())
        {
            if (rune.Value == '\\')
            {
                safe.Append("\\\\");
            }
            else if (IsVisible(rune))
            {
                safe.Append(rune.ToString());
            }
            else
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            }
        }

        return text.Length > limit ? safe.Append('…').ToString() : safe.ToString();
    }

    private static bool IsVisible(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate or UnicodeCategory.SpaceSeparator);
}
