using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Gateway.Configuration;

/// <summary>The moment at which something ends: written as a date, which lasts to its end, or as a time with its zone.</summary>
/// <param name="At">The first moment at which it has ended.</param>
/// <param name="IsDate">Whether it was written as a date.</param>
[TypeConverter(typeof(ParsableConverter<Expiry>))]
internal readonly record struct Expiry(DateTimeOffset At, bool IsDate) : IParsable<Expiry>
{
    private const string DateForm = "yyyy-MM-dd";

    private static readonly string[] TimeForms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"];

    /// <inheritdoc/>
    public static Expiry Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out Expiry expiry) ? expiry : throw new FormatException($"\"{s}\" is not a date");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Expiry result)
    {
        string text = s?.Trim() ?? "";
        if (DateOnly.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) && date < DateOnly.MaxValue)
        {
            result = new Expiry(new DateTimeOffset(date.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero), IsDate: true);
            return true;
        }

        // Without a zone it would mean another moment on another machine.
        bool zoned = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > DateForm.Length;
        bool valid = DateTimeOffset.TryParseExact(text, TimeForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) && zoned;
        result = valid ? new Expiry(at.ToUniversalTime(), IsDate: false) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => IsDate
        ? At.AddDays(-1).ToString(DateForm, CultureInfo.InvariantCulture)
        : At.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
