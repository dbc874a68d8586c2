using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Logging;

/// <summary>Which characters may not reach a terminal or a log as they are, and how they are shown instead.</summary>
/// <remarks>
/// Control characters forge lines and drive terminals, line separators split lines in some viewers, and directional controls make
/// a line read otherwise than it is. Peers choose much of what is shown; this is the last line of defence behind the places that escape it.
/// </remarks>
internal static class VisibleText
{
    private static readonly char[] UnsafeCharacters = Enumerable.Range(0, 0x20)
        .Concat(Enumerable.Range(0x7F, 0x21))
        .Concat([0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069])
        .Select(code => (char)code)
        .ToArray();

    /// <summary>C0 and C1 controls, DEL, line and paragraph separators, directional controls.</summary>
    public static SearchValues<char> Unsafe { get; } = SearchValues.Create(UnsafeCharacters);

    /// <summary>The same, and what a JSON string must escape.</summary>
    public static SearchValues<char> UnsafeInJson { get; } = SearchValues.Create([.. UnsafeCharacters, '"', '\\']);

    /// <summary>How an unsafe character is shown: <c>\n</c>, <c>\x1b</c>, <c>\u202e</c>.</summary>
    public static string Shown(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < '\u0100' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    /// <summary>The text with every unsafe character shown; the same instance when there is none.</summary>
    public static string Escape(string text)
    {
        int next = text.AsSpan().IndexOfAny(Unsafe);
        if (next < 0)
        {
            return text;
        }

        StringBuilder shown = new(text.Length + 16);
        ReadOnlySpan<char> rest = text;
        for (; next >= 0; next = rest.IndexOfAny(Unsafe))
        {
            shown.Append(rest[..next]).Append(Shown(rest[next]));
            rest = rest[(next + 1)..];
        }

        return shown.Append(rest).ToString();
    }
}
