using System.Text;

namespace Gateway.Relay.Quarantine;

/// <summary>Makes text off the wire fit to be stored: bounded, valid Unicode, without NUL.</summary>
internal static class StoredText
{
    /// <summary>Octets of UTF-8 kept of one header text or address.</summary>
    public const int Field = 1024;

    /// <summary>Octets of UTF-8 in one search; <c>SearchText</c> stays below it.</summary>
    public const int Query = 4096;

    /// <summary>Octets of UTF-8 kept of a rule name or fingerprint.</summary>
    public const int Token = 128;

    /// <summary>Returns at most <paramref name="maxBytes"/> octets of UTF-8, cut between characters; NUL and lone surrogates become U+FFFD.</summary>
    public static string Bound(string? text, int maxBytes)
    {
        if (string.IsNullOrEmpty(text))
        {
            return string.Empty;
        }

        if (text.Length <= maxBytes && Ascii.IsValid(text) && !text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        var kept = new StringBuilder(Math.Min(text.Length, maxBytes));
        Span<char> encoded = stackalloc char[2];
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes()) // gives U+FFFD for a lone surrogate
        {
            Rune stored = rune.Value == 0 ? Rune.ReplacementChar : rune;
            bytes += stored.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            kept.Append(encoded[..stored.EncodeToUtf16(encoded)]);
        }

        return kept.ToString();
    }
}
