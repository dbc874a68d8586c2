using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>Domains in the one form in which they are compared and asked for: A-labels.</summary>
/// <remarks>
/// Promises: a name of ASCII characters is left as it is. A label with other letters becomes lower case and Punycode; which letters may stand beside each other
/// is the registry's to decide (RFC 5893), so that right-to-left labels with digits or marks are converted as well.
/// Threads: any. Cost: nothing for ASCII but literals. Source: RFC 5890 section 2.3.2.1, RFC 3492.
/// </remarks>
public static class DomainForm
{
    private const int LongestDomain = 253;
    private const int LongestLabel = 63;
    private const string Prefix = "xn--";

    // RFC 3492 section 5.
    private const int Base = 36;
    private const int LowestThreshold = 1;
    private const int HighestThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int InitialBias = 72;
    private const int FirstCode = 0x80;

    // RFC 3490 section 3.1: what divides labels beside the full stop.
    private static readonly char[] Dots = ['.', '\u3002', '\uFF0E', '\uFF61'];

    /// <summary>The domain in A-labels; null when it cannot be converted, or is too long, or has an empty label.</summary>
    /// <param name="domain">A domain, a full stop behind it allowed.</param>
    public static string? ToAscii(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        bool isAscii = Ascii.IsValid(domain);
        string[] labels = isAscii ? domain.Split('.') : domain.ToLowerInvariant().Split(Dots);
        for (int i = 0; i < labels.Length; i++)
        {
            string? label = Ascii.IsValid(labels[i]) ? labels[i] : Encode(labels[i]);
            if (label is null || label.Length > LongestLabel || (label.Length == 0 && (i == 0 || i < labels.Length - 1)))
            {
                return null;
            }

            labels[i] = label;
        }

        string name = isAscii ? domain : string.Join('.', labels);
        return name.Length <= LongestDomain + (name[^1] == '.' ? 1 : 0) ? name : null;
    }

    /// <summary>
    /// The domain in the form in which domains are compared: A-labels, or as it is where it cannot be converted; literals as
    /// <see cref="AddressLiteral.Write"/> writes them.
    /// </summary>
    public static ReadOnlySpan<char> Comparable(ReadOnlySpan<char> domain) =>
        !Ascii.IsValid(domain) ? ToAscii(domain.ToString()) is string ascii ? ascii : domain
        : domain is ['[', ..] && AddressLiteral.Read(domain) is { } address ? AddressLiteral.Write(address)
        : domain;

    /// <summary>One label in Punycode behind its prefix; null for half a surrogate pair.</summary>
    private static string? Encode(string label)
    {
        int[] codes = [.. label.EnumerateRunes().Select(static r => r.Value)];
        if (Array.IndexOf(codes, Rune.ReplacementChar.Value) >= 0 || codes.Length > LongestLabel)
        {
            return null;
        }

        StringBuilder text = new(Prefix);
        int basic = 0;
        foreach (int code in codes.Where(static c => c < FirstCode))
        {
            text.Append((char)code);
            basic++;
        }

        if (basic > 0)
        {
            text.Append('-');
        }

        AppendDeltas(text, codes, basic);
        return text.ToString();
    }

    // RFC 3492 section 6.3.
    private static void AppendDeltas(StringBuilder text, int[] codes, int basic)
    {
        int delta = 0;
        int bias = InitialBias;
        int next = FirstCode;
        int done = basic;
        while (done < codes.Length)
        {
            int code = codes.Where(c => c >= next).Min();
            delta += (code - next) * (done + 1);
            next = code;
            foreach (int c in codes)
            {
                delta += c < next ? 1 : 0;
                if (c == next)
                {
                    AppendNumber(text, delta, bias);
                    bias = Adapt(delta, done + 1, done == basic);
                    delta = 0;
                    done++;
                }
            }

            delta++;
            next++;
        }
    }

    private static void AppendNumber(StringBuilder text, int number, int bias)
    {
        for (int k = Base; ; k += Base)
        {
            int threshold = Math.Clamp(k - bias, LowestThreshold, HighestThreshold);
            if (number < threshold)
            {
                text.Append(Digit(number));
                return;
            }

            text.Append(Digit(threshold + ((number - threshold) % (Base - threshold))));
            number = (number - threshold) / (Base - threshold);
        }
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    private static int Adapt(int delta, int count, bool isFirst)
    {
        delta = isFirst ? delta / Damp : delta / 2;
        delta += delta / count;
        int k = 0;
        for (; delta > (Base - LowestThreshold) * HighestThreshold / 2; k += Base)
        {
            delta /= Base - LowestThreshold;
        }

        return k + ((Base - LowestThreshold + 1) * delta / (delta + Skew));
    }
}
