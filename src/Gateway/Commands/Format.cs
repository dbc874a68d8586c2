using System.Globalization;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>How values look in text output; all of them safe for a terminal.</summary>
internal static class Format
{
    /// <summary>UTC to the second, sortable.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>How many are shown of how many.</summary>
    public static string Count(int shown, long total) => total > shown
        ? string.Create(CultureInfo.InvariantCulture, $"{shown:#,0} of {total:#,0} messages; --limit shows more")
        : shown == 1 ? "1 message" : string.Create(CultureInfo.InvariantCulture, $"{shown:#,0} messages");

    /// <summary>Octets with a unit.</summary>
    public static string Size(long octets) => octets switch
    {
        < 10 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{octets} B"),
        < 10 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1024} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{octets / (1024 * 1024)} MB"),
    };

    /// <summary>An address, <c>&lt;&gt;</c> for the null sender.</summary>
    public static string Path(string address) => address.Length == 0 ? "<>" : LogText.Escape(address, 120);

    /// <summary>The first recipient and how many more.</summary>
    public static string Recipients(IReadOnlyList<string> recipients) => recipients.Count switch
    {
        0 => "-",
        1 => Path(recipients[0]),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Path(recipients[0])} (+{recipients.Count - 1})"),
    };

    /// <summary>Milliseconds with two significant places.</summary>
    public static string Milliseconds(double milliseconds) =>
        milliseconds.ToString(milliseconds >= 100 ? "0" : milliseconds >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + " ms";
}
