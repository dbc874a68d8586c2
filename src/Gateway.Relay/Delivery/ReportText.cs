using System.Globalization;
using System.Text;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <summary>Lays out what hosts said, in notifications: lines for people, and the field for programs.</summary>
/// <remarks>Source: RFC 3464 section 2.3.6 (Diagnostic-Code), RFC 5322 sections 2.1.1 (line lengths) and 2.2.3 (folding).</remarks>
internal static class ReportText
{
    private const string DiagnosticCode = "Diagnostic-Code";
    private const int Width = 78;

    // RFC 5322 section 2.1.1 allows 998 characters a line; a word without a blank is broken before that.
    private const int LongestWord = 900;

    /// <summary>One paragraph as people read it: at most 78 characters a line where there are blanks, further lines indented.</summary>
    public static string Paragraph(string text) => Fold(text, used: 0, "\r\n    ");

    /// <summary>The field with a host's reply, folded; plain US-ASCII, because an encoded word is not what the host said.</summary>
    /// <param name="reply">The reply in one line, safe to show.</param>
    public static Header Diagnostic(string reply)
    {
        Header field = new(DiagnosticCode, "smtp");
        field.SetRawValue(Encoding.ASCII.GetBytes(" " + Fold("smtp; " + Plain(reply), DiagnosticCode.Length + 2, "\n ") + "\n"));
        return field;
    }

    private static string Plain(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        StringBuilder plain = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            plain.Append(rune.IsAscii ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"));
        }

        return plain.ToString();
    }

    /// <summary>Breaks at blanks, and where a word is too long for any line.</summary>
    /// <param name="text">One line.</param>
    /// <param name="used">Characters in front of it on its first line.</param>
    /// <param name="separator">The line end with what begins the next line; its last characters are the indent.</param>
    private static string Fold(string text, int used, string separator)
    {
        int indent = separator.Length - separator.LastIndexOf('\n') - 1;
        StringBuilder folded = new();
        // Runs of blanks become one: a line of nothing but blanks would end a header block for some readers.
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string word = part;
            if (folded.Length > 0)
            {
                bool fits = used + 1 + word.Length <= Width;
                folded.Append(fits ? " " : separator);
                used = fits ? used + 1 : indent;
            }

            for (; word.Length > LongestWord; word = word[LongestWord..])
            {
                folded.Append(word, 0, LongestWord).Append(separator);
                used = indent;
            }

            folded.Append(word);
            used += word.Length;
        }

        return folded.ToString();
    }
}
