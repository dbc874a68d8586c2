using System.Buffers;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Gateway.Configuration;

/// <summary>A length of time as an administrator writes it: <c>30s</c>, <c>1h30m</c>, <c>5d</c>, <c>250ms</c> or <c>00:05:00</c>.</summary>
/// <remarks>
/// Promises: never negative; what <see cref="ToString"/> writes is read back as the same time. A bare number is refused, because
/// half of the programs people come from mean seconds by it and the other half minutes or milliseconds; 0 needs no unit.
/// </remarks>
/// <param name="Time">The length.</param>
[TypeConverter(typeof(ParsableConverter<Duration>))]
internal readonly record struct Duration(TimeSpan Time) : IParsable<Duration>, IComparable<Duration>
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // Longest first, so that "m" never takes the front of "ms".
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("w", 7 * TimeSpan.TicksPerDay), ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>A number of seconds.</summary>
    public static Duration FromSeconds(long count) => new(TimeSpan.FromSeconds(count));

    /// <summary>A number of minutes.</summary>
    public static Duration FromMinutes(long count) => new(TimeSpan.FromMinutes(count));

    /// <summary>Compares two durations.</summary>
    public static bool operator <(Duration left, Duration right) => left.Time < right.Time;

    /// <summary>Compares two durations.</summary>
    public static bool operator <=(Duration left, Duration right) => left.Time <= right.Time;

    /// <summary>Compares two durations.</summary>
    public static bool operator >(Duration left, Duration right) => left.Time > right.Time;

    /// <summary>Compares two durations.</summary>
    public static bool operator >=(Duration left, Duration right) => left.Time >= right.Time;

    /// <inheritdoc/>
    public static Duration Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out Duration duration) ? duration : throw new FormatException($"\"{s}\" is not a duration such as 30s or 1h30m");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Duration result)
    {
        result = default;
        ReadOnlySpan<char> text = s.AsSpan().Trim();
        if (text is "0")
        {
            return true;
        }

        if (text.Count(':') == 2)
        {
            bool read = TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) && time >= TimeSpan.Zero;
            result = read ? new Duration(time) : default;
            return read;
        }

        decimal ticks = 0;
        long unitBefore = long.MaxValue;
        while (!text.IsEmpty)
        {
            int digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0
                || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count)
                || count > long.MaxValue / TimeSpan.TicksPerDay
                || !TryTakeUnit(ref text, digits, out long unit)
                || unit >= unitBefore)
            {
                return false;
            }

            ticks += count * unit;
            unitBefore = unit;
        }

        if (unitBefore == long.MaxValue || ticks > TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        result = new Duration(new TimeSpan((long)ticks));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Duration other) => Time.CompareTo(other.Time);

    /// <summary>The length in units from days to milliseconds, such as <c>1h30m</c>.</summary>
    public override string ToString()
    {
        if (Time.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            return Time.ToString("c", CultureInfo.InvariantCulture);
        }

        StringBuilder text = new();
        Append(text, (long)Time.TotalDays, "d");
        Append(text, Time.Hours, "h");
        Append(text, Time.Minutes, "m");
        Append(text, Time.Seconds, "s");
        Append(text, Time.Milliseconds, "ms");
        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static void Append(StringBuilder text, long count, string unit)
    {
        if (count != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> text, int digits, out long ticks)
    {
        ReadOnlySpan<char> rest = text[digits..];
        foreach ((string unit, long value) in Units)
        {
            if (rest.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                text = rest[unit.Length..];
                ticks = value;
                return true;
            }
        }

        ticks = 0;
        return false;
    }
}
