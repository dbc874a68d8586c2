using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Gateway.Smtp.Protocol;

namespace Gateway.Configuration;

/// <summary>Domains that mail is taken or routed for: <c>example.org</c>, or <c>*.example.org</c> for everything below it; also an address literal.</summary>
/// <remarks>Promises: <c>*.example.org</c> does not match <c>example.org</c> itself; <c>*</c> alone is refused, for it would be an open relay.</remarks>
/// <param name="Domain">The domain in lower case and A-labels, however it was written, without <c>*.</c>.</param>
/// <param name="Below">Whether it stands for the names below the domain instead of the domain.</param>
[TypeConverter(typeof(ParsableConverter<DomainPattern>))]
internal readonly record struct DomainPattern(string Domain, bool Below) : IParsable<DomainPattern>
{
    private const int LongestDomain = 253;
    private const int LongestLabel = 63;

    /// <inheritdoc/>
    public static DomainPattern Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out DomainPattern pattern) ? pattern : throw new FormatException($"\"{s}\" is not a domain");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DomainPattern result)
    {
        string text = s?.Trim().TrimEnd('.') ?? "";
        bool below = text.StartsWith("*.", StringComparison.Ordinal);
        string domain = below ? text[2..] : text;
        bool valid = IsDomain(domain) || (!below && AddressLiteral.Read(domain) is not null);
        // Literals have one spelling in which they are compared, which is not lower case.
        result = valid ? new DomainPattern(DomainForm.Comparable(domain.ToLowerInvariant()).ToString(), below) : default;
        return valid;
    }

    /// <summary>Whether a text can be a host or mail domain: labels of letters, digits, <c>-</c>, <c>_</c> or non-ASCII letters.</summary>
    public static bool IsDomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestDomain)
        {
            return false;
        }

        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_') && !(c >= 0x80 && (char.IsLetterOrDigit(c) || char.IsSurrogate(c))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Whether a domain, in any letter case, in its own letters or in A-labels, is one of those meant.</summary>
    public bool Matches(ReadOnlySpan<char> domain)
    {
        ReadOnlySpan<char> name = DomainForm.Comparable(domain);
        return Below
            ? name.Length > Domain.Length + 1 && name.EndsWith(Domain, StringComparison.OrdinalIgnoreCase) && name[^(Domain.Length + 1)] == '.'
            : name.Equals(Domain, StringComparison.OrdinalIgnoreCase);
    }

    /// <inheritdoc/>
    public override string ToString() => Below ? "*." + Domain : Domain;
}
