using System.Globalization;
using System.Net;

namespace Gateway.LoadGen;

/// <summary>Amounts as people write them: 4k, 1.5M, 10s, 500ms.</summary>
internal static class Amounts
{
    /// <summary>Octets: 4096, 4k, 1M, 25MB.</summary>
    public static int Octets(string text)
    {
        string lower = text.Trim().ToLowerInvariant().TrimEnd('b').TrimEnd('i');
        double unit = lower.Length == 0 ? 1 : lower[^1] switch { 'k' => 1 << 10, 'm' => 1 << 20, 'g' => 1 << 30, _ => 1 };
        return checked((int)(Number(unit > 1 ? lower[..^1] : lower, text) * unit));
    }

    /// <summary>Octets for people.</summary>
    public static string Octets(long octets)
        => octets >= 1 << 20 && octets % (1 << 20) == 0 ? FormattableString.Invariant($"{octets >> 20} MB")
        : octets >= 1 << 10 && octets % (1 << 10) == 0 ? FormattableString.Invariant($"{octets >> 10} KB") : FormattableString.Invariant($"{octets} B");

    /// <summary>A time: 10s, 500ms, 5m, 1h, or seconds.</summary>
    public static TimeSpan Time(string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        (string unit, double seconds)[] units = [("ms", 1e-3), ("us", 1e-6), ("s", 1), ("m", 60), ("h", 3600)];
        foreach ((string unit, double seconds) in units)
        {
            if (lower.EndsWith(unit, StringComparison.Ordinal))
            {
                return TimeSpan.FromSeconds(Number(lower[..^unit.Length], text) * seconds);
            }
        }

        return TimeSpan.FromSeconds(Number(lower, text));
    }

    /// <summary>A share: 0.05 or 5%.</summary>
    public static double Share(string text)
    {
        double share = text.EndsWith('%') ? Number(text[..^1], text) / 100 : Number(text, text);
        return share is >= 0 and <= 1 ? share : throw new FormatException($"'{text}' is no share: 0 to 1, or 0% to 100%");
    }

    /// <summary>Sizes with weights: 4k, or 4k:90,100k:10.</summary>
    public static IReadOnlyList<(int Octets, double Weight)> Mix(string text)
        => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split(':')).Select(p => (Octets(p[0]), p.Length > 1 ? Number(p[1], text) : 1))];

    /// <summary>Host and port; a name is resolved now.</summary>
    public static IPEndPoint EndPoint(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int only))
        {
            return new IPEndPoint(IPAddress.Loopback, only);
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            throw new FormatException($"'{text}' is not HOST:PORT");
        }

        string host = text[..colon].Trim('[', ']');
        return new IPEndPoint(IPAddress.TryParse(host, out IPAddress? address) ? address : Dns.GetHostAddresses(host)[0], port);
    }

    private static double Number(string digits, string text)
        => double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw new FormatException($"'{text}' is no amount");
}
