using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Relay.Telemetry;

namespace Gateway.Logging;

/// <summary>Which characters may not reach a terminal or a log as they are, and how they are shown instead.</summary>
/// <remarks>
/// Control characters forge lines and drive terminals, line separators split lines in some viewers, directional controls make a line read
/// otherwise than it is, and what leaves no ink makes two names look alike. Which these are is said by <see cref="LogText.IsVisible"/>.
/// Peers choose much of what is shown; this is the last line of defence behind the places that escape it.
/// Cost: printable US-ASCII is passed over at once; each other character is looked at.
/// </remarks>
internal static class VisibleText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Printable()]);
    private static readonly SearchValues<char> PlainInJson = SearchValues.Create([.. Printable().Where(static c => c is not ('"' or '\\'))]);

    /// <summary>Where the next character is that must be shown otherwise; -1 when there is none.</summary>
    /// <param name="text">Any text. A lone surrogate is left to the encoding, which writes U+FFFD for it.</param>
    /// <param name="length">How many UTF-16 code units it takes: 1 or 2.</param>
    public static int IndexOfUnsafe(ReadOnlySpan<char> text, out int length) => IndexOf(text, Plain, out length);

    /// <summary>The same, and what a JSON string must escape.</summary>
    public static int IndexOfUnsafeInJson(ReadOnlySpan<char> text, out int length) => IndexOf(text, PlainInJson, out length);

    /// <summary>How an unsafe character is shown: <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>.</summary>
    /// <param name="character">Its one or two UTF-16 code units.</param>
    public static string Shown(ReadOnlySpan<char> character)
    {
        Rune.DecodeFromUtf16(character, out Rune rune, out _);
        return rune.Value switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        };
    }

    /// <summary>The text with every unsafe character shown; the same instance when there is none.</summary>
    public static string Escape(string text)
    {
        int next = IndexOfUnsafe(text, out int length);
        if (next < 0)
        {
            return text;
        }

        StringBuilder shown = new(text.Length + 16);
        ReadOnlySpan<char> rest = text;
        for (; next >= 0; next = IndexOfUnsafe(rest, out length))
        {
            shown.Append(rest[..next]).Append(Shown(rest.Slice(next, length)));
            rest = rest[(next + length)..];
        }

        return shown.Append(rest).ToString();
    }

    private static int IndexOf(ReadOnlySpan<char> text, SearchValues<char> plain, out int length)
    {
        int at = 0;
        for (int next; (next = text[at..].IndexOfAnyExcept(plain)) >= 0; at += length)
        {
            at += next;
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
            if (rune.IsAscii || !LogText.IsVisible(rune))
            {
                return at;
            }
        }

        length = 0;
        return -1;
    }

    private static IEnumerable<char> Printable() => Enumerable.Range(' ', '~' - ' ' + 1).Select(static code => (char)code);
}
