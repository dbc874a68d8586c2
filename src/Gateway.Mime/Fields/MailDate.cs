using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>Our own reading of a date-time, with the arithmetic that overflowed elsewhere left to nobody.</summary>
/// <remarks>Source: RFC 5322 3.3, obsolete forms of 4.3 (years of two digits, named zones) included.</remarks>
internal ref struct MailDate
{
    private readonly ReadOnlySpan<byte> _value;
    private int _at;

    private MailDate(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>What is wrong with a date; null when it is one that lies between 1980 and two days from now.</summary>
    public static string? Flaw(ReadOnlySpan<byte> value, DateTimeOffset now)
    {
        if (UsualDate.Read(value, out UsualDate usual) is var length and > 0 && usual.Year > 999 && IsZoneName(value[length..]) && ZoneMinutes(usual.Zone) is { } zone)
        {
            return Flaw(usual, zone, now);
        }

        MailDate reader = new(value);
        return reader.Read(now);
    }

    private string? Read(DateTimeOffset now)
    {
        SkipBlanks();
        ReadOnlySpan<byte> name = Letters();
        SkipBlanks();
        if (name.Length > 0 && (UsualDate.DayOf(name) < 0 || !TryTake(',')))
        {
            return "the date cannot be read";
        }

        SkipBlanks();
        if (!TryNumber(1, 2, out int day) || Month() is not { } month || !TryNumber(2, 4, out int year))
        {
            return "the date cannot be read";
        }

        year = year < 50 ? year + 2000 : year < 1000 ? year + 1900 : year;
        SkipBlanks();
        if (!TryTime(out int hour, out int minute, out int second))
        {
            return "the time of day cannot be read";
        }

        if (NoSuch(new UsualDate(year, month, day, hour, minute, second, 0)))
        {
            return "no such day or time";
        }

        return Zone(out int offset) ?? Flaw(new UsualDate(year, month, day, hour, minute, second, 0), offset, now);
    }

    private static bool NoSuch(in UsualDate date) =>
        date.Year < 1 || date.Day < 1 || date.Day > DateTime.DaysInMonth(date.Year, date.Month) || date.Hour > 23 || date.Minute > 59 || date.Second > 60;

    /// <summary>Judges a date that lies a number of minutes ahead of universal time.</summary>
    private static string? Flaw(in UsualDate date, int zone, DateTimeOffset now)
    {
        if (NoSuch(date))
        {
            return "no such day or time";
        }

        if (date.Year < 1980)
        {
            return "a date before 1980";
        }

        // Compared in minutes, so that no date can leave the calendar.
        DateTime utc = new(date.Year, date.Month, date.Day, date.Hour, date.Minute, Math.Min(date.Second, 59), DateTimeKind.Utc);
        long ahead = (utc.Ticks - now.UtcTicks) / TimeSpan.TicksPerMinute;
        return ahead - zone > 48 * 60 ? "a date in the future" : null;
    }

    /// <summary>The minutes that four digits with a sign mean; null for a zone that there is not.</summary>
    private static int? ZoneMinutes(int digits) => Math.Abs(digits) is var zone && (zone > 1400 || zone % 100 > 59) ? null : (digits / 100 * 60) + (digits % 100);

    /// <summary>Nothing, or the name of the zone as a comment.</summary>
    private static bool IsZoneName(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text.Length > 2 && text[0] == (byte)' ' && text[1] == (byte)'(' && text[^1] == (byte)')' && Ascii.IsValid(text) && text[2..^1].IndexOfAny("()\\"u8) < 0);

    private string? Zone(out int offset)
    {
        offset = 0;
        SkipBlanks();
        if (_at < _value.Length && _value[_at] is (byte)'+' or (byte)'-')
        {
            int sign = _value[_at++] == '-' ? -1 : 1;
            int start = _at;
            if (!TryNumber(4, 4, out int zone) || _at - start != 4)
            {
                return "the time zone cannot be read";
            }

            if (ZoneMinutes(sign * zone) is not { } minutes)
            {
                return "no such time zone";
            }

            offset = minutes;
        }
        else if (Letters().Length is 0 or > 5)
        {
            return "the time zone is missing or cannot be read";
        }

        SkipBlanks();
        return _at < _value.Length ? "text behind the date" : null;
    }

    private bool TryTime(out int hour, out int minute, out int second)
    {
        (minute, second) = (0, 0);
        if (!TryNumber(1, 2, out hour))
        {
            return false;
        }

        SkipBlanks();
        if (!TryTake(':'))
        {
            return false;
        }

        SkipBlanks();
        if (!TryNumber(2, 2, out minute))
        {
            return false;
        }

        int back = _at;
        SkipBlanks();
        if (!TryTake(':'))
        {
            _at = back;
            return true;
        }

        SkipBlanks();
        return TryNumber(2, 2, out second);
    }

    private int? Month()
    {
        SkipBlanks();
        ReadOnlySpan<byte> name = Letters();
        SkipBlanks();
        return UsualDate.MonthOf(name) is var month and > 0 ? month : null;
    }

    private void SkipBlanks()
    {
        while (_at < _value.Length)
        {
            if (_value[_at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                _at++;
            }
            else if (_value[_at] == '(')
            {
                int end = Comments.Skip(_value, _at).End;
                if (end < 0)
                {
                    return;
                }

                _at = end;
            }
            else
            {
                return;
            }
        }
    }

    private ReadOnlySpan<byte> Letters()
    {
        int start = _at;
        while (_at < _value.Length && char.IsAsciiLetter((char)_value[_at]))
        {
            _at++;
        }

        return _value[start.._at];
    }

    private bool TryTake(char expected)
    {
        if (_at < _value.Length && _value[_at] == expected)
        {
            _at++;
            return true;
        }

        return false;
    }

    /// <summary>A number of so many digits; more digits make it none, so that nothing overflows.</summary>
    private bool TryNumber(int fewest, int most, out int number)
    {
        number = 0;
        int start = _at;
        while (_at < _value.Length && char.IsAsciiDigit((char)_value[_at]) && _at - start <= most)
        {
            number = (number * 10) + (_value[_at++] - '0');
        }

        return _at - start >= fewest && _at - start <= most;
    }
}
