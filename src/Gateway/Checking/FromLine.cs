namespace Gateway.Checking;

/// <summary>The lines that divide an mbox: <c>From sender Thu Aug 22 12:36:23 2002</c>.</summary>
/// <remarks>
/// Source: mbox(5) and the mboxrd form. Postmarks vary (time zones before or after the year, no seconds, two blanks), but all
/// have a day, a month, a time and a year after the sender; text that merely begins with "From " has not.
/// </remarks>
internal static class FromLine
{
    private const string Days = "MonTueWedThuFriSatSun";
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>How every such line begins.</summary>
    public static ReadOnlySpan<byte> Start => "From "u8;

    /// <summary>Octets beyond which a line is not looked at.</summary>
    public const int Longest = 1000;

    /// <summary>Whether a line, without its end, divides messages.</summary>
    public static bool IsOne(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Start) || line.Length > Longest)
        {
            return false;
        }

        // Read from the right, because a sender may hold blanks.
        Span<char> text = stackalloc char[line.Length];
        for (int i = 0; i < line.Length; i++)
        {
            text[i] = (char)line[i];
        }

        bool hasYear = false;
        bool hasTime = false;
        int expected = 0;
        ReadOnlySpan<char> rest = text[Start.Length..];
        Span<Range> words = stackalloc Range[24];
        int count = rest.Split(words, ' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = count - 1; i >= 0; i--)
        {
            ReadOnlySpan<char> word = rest[words[i]];
            hasYear |= word.Length == 4 && word.IndexOfAnyExceptInRange('0', '9') < 0 && word[0] is '1' or '2';
            hasTime |= IsTime(word);
            expected = expected switch
            {
                0 when IsIn(Months, word) => 1,
                1 when IsIn(Days, word) => 2,
                _ => expected,
            };
        }

        return hasYear && hasTime && expected == 2;
    }

    /// <summary>Whether what follows a dividing line begins like a message: a field name and a colon, or a quoted dividing line.</summary>
    public static bool BeginsMessage(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith(">From "u8))
        {
            return true;
        }

        int colon = text[..Math.Min(text.Length, Longest)].IndexOf((byte)':');
        return colon > 0 && text[..colon].IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }

    /// <summary>Whether a stream begins as an mbox does, be its dividing lines understood or not; a byte order mark may stand in front.</summary>
    public static bool BeginsArchive(ReadOnlySpan<byte> text) => (text.StartsWith("\uFEFF"u8) ? text["\uFEFF"u8.Length..] : text).StartsWith(Start);

    /// <summary>Counts lines inside a message that begin as dividing lines do and stand before a header field.</summary>
    /// <param name="text">The message, from its own dividing line on.</param>
    /// <param name="before">Lines before the first of them.</param>
    public static int CountInside(ReadOnlySpan<byte> text, out int before)
    {
        int count = 0;
        before = 0;
        int line = 0;
        for (int at; (at = text[line..].IndexOf("\nFrom "u8)) >= 0;)
        {
            line += at + 1;
            int end = text[line..].IndexOf((byte)'\n');
            if (end >= 0 && BeginsMessage(text[(line + end + 1)..]) && count++ == 0)
            {
                before = text[..line].Count((byte)'\n');
            }
        }

        return count;
    }

    private static bool IsTime(ReadOnlySpan<char> word) =>
        word.Length is 5 or 8 && word[2] == ':' && char.IsAsciiDigit(word[0]) && char.IsAsciiDigit(word[1])
        && char.IsAsciiDigit(word[3]) && char.IsAsciiDigit(word[4]) && (word.Length == 5 || word[5] == ':');

    private static bool IsIn(ReadOnlySpan<char> names, ReadOnlySpan<char> word) =>
        word.Length == 3 && names.IndexOf(word) is >= 0 and int at && at % 3 == 0;
}
