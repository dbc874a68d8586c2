namespace Gateway.Mime.Fields;

/// <summary>A date in the one form that nearly all have, <c>Mon, 02 Mar 2026 10:00:00 +0000</c>, read by place.</summary>
/// <remarks>Promises: what it takes, the whole grammar reads alike; numbers are not judged. What it does not take is for the whole grammar.</remarks>
internal readonly record struct UsualDate(int Year, int Month, int Day, int Hour, int Minute, int Second, int Zone)
{
    // From the blank behind the day to the end of the zone.
    private const int RestLength = 24;

    private static ReadOnlySpan<byte> Months => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    private static ReadOnlySpan<byte> Days => "montuewedthufrisatsun"u8;

    /// <summary>Reads a date at the start of a text. Returns the octets read; 0 when it has another form.</summary>
    public static int Read(ReadOnlySpan<byte> text, out UsualDate date)
    {
        date = default;
        if (text.Length < RestLength + 6 || text[3] != (byte)',' || text[4] != (byte)' ' || DayOf(text[..3]) < 0)
        {
            return 0;
        }

        int digits = char.IsAsciiDigit((char)text[6]) ? 2 : 1;
        int length = 5 + digits + RestLength;
        if (text.Length < length)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = text.Slice(5 + digits, RestLength);
        bool form = rest[0] == (byte)' ' && rest[4] == (byte)' ' && rest[9] == (byte)' ' && rest[12] == (byte)':' && rest[15] == (byte)':'
            && rest[18] == (byte)' ' && rest[19] is (byte)'+' or (byte)'-';
        date = new UsualDate(
            Number(rest.Slice(5, 4)), MonthOf(rest.Slice(1, 3)), Number(text.Slice(5, digits)), Number(rest.Slice(10, 2)), Number(rest.Slice(13, 2)),
            Number(rest.Slice(16, 2)), Number(rest.Slice(20, 4)));
        bool numbers = (date.Year | date.Month | date.Day | date.Hour | date.Minute | date.Second | date.Zone) >= 0;
        date = rest[19] == (byte)'-' ? date with { Zone = -date.Zone } : date;
        return form && numbers ? length : 0;
    }

    /// <summary>The number of a month, from 1, by three letters in any case; -1 for other names.</summary>
    public static int MonthOf(ReadOnlySpan<byte> name) => Place(name, Months) is var place and >= 0 ? place + 1 : -1;

    /// <summary>The place of a day in the week by three letters in any case; -1 for other names.</summary>
    public static int DayOf(ReadOnlySpan<byte> name) => Place(name, Days);

    private static int Place(ReadOnlySpan<byte> name, ReadOnlySpan<byte> names)
    {
        if (name.Length != 3)
        {
            return -1;
        }

        int first = name[0] | 0x20;
        int second = name[1] | 0x20;
        int third = name[2] | 0x20;
        for (int i = 0; i < names.Length; i += 3)
        {
            if (names[i + 2] == third && names[i + 1] == second && names[i] == first)
            {
                return i / 3;
            }
        }

        return -1;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        int number = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return -1;
            }

            number = (number * 10) + digit - '0';
        }

        return number;
    }
}
