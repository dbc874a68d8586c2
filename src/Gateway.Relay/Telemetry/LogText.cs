using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Relay.Telemetry;

/// <summary>Makes text that a peer chose safe for a log line, a table or a terminal.</summary>
public static class LogText
{
    /// <summary>Characters kept of a host's reply: several times the longest that large mail systems send, each line of it counts.</summary>
    public const int ReplyLimit = 4000;

    private const int ShortText = 256;

    /// <summary>What ends a text that was cut; plain US-ASCII, because it goes into header fields.</summary>
    public const string CutMark = "...";

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>Escapes control characters, bidirectional overrides, other invisible characters and the backslash.</summary>
    /// <param name="text">Any text, also with lone surrogates.</param>
    /// <param name="limit">Characters kept; what is cut is shown by <see cref="CutMark"/>.</param>
    public static string Escape(string? text, int limit = ShortText)
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

        return text.Length > limit ? safe.Append(CutMark).ToString() : safe.ToString();
    }

    /// <summary>Escapes what stands between <c>&lt;</c> and <c>&gt;</c> in a line: an address, a name, a login.</summary>
    /// <remarks>Brackets within it are escaped too: a quoted local part could else write fields of its own, <c>status=sent</c> among them.</remarks>
    /// <param name="text">Any text.</param>
    public static string InBrackets(string? text)
    {
        string safe = Escape(text);
        return safe.AsSpan().ContainsAny('<', '>')
            ? safe.Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
            : safe;
    }

    /// <summary>A Message-ID with its brackets, which it gets where it has none.</summary>
    /// <param name="text">The field as it came.</param>
    public static string MessageId(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool hasBrackets = text.Length > 1 && text[0] == '<' && text[^1] == '>';
        ReadOnlySpan<char> within = hasBrackets ? text.AsSpan(1, text.Length - 2) : text;
        return hasBrackets && !within.ContainsAny('<', '>') && text.Length <= ShortText ? Escape(text) : $"<{InBrackets(within.ToString())}>";
    }

    /// <summary>Escapes what a host said, or why it could not be reached: whole but for a bound far above what is usual.</summary>
    /// <remarks>Its last lines tell people what to do, so it is bounded by <see cref="ReplyLimit"/> instead of what a log line alone would want.</remarks>
    public static string Reply(string? text) => Escape(text, ReplyLimit);

    /// <summary>Cuts a text that is safe already.</summary>
    /// <param name="text">From <see cref="Escape"/>.</param>
    /// <param name="limit">Characters kept.</param>
    public static string Cut(string text, int limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= limit ? text : string.Concat(text.AsSpan(0, limit), CutMark);
    }

    /// <summary>Whether a person sees a character, and sees which one it is; of the blanks only the usual one.</summary>
    public static bool IsVisible(Rune rune) => rune.Value == ' ' || (!Inkless.Contains(rune) && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate or UnicodeCategory.SpaceSeparator));
}
