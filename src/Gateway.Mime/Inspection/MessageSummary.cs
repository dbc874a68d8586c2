using MimeKit.Utils;

namespace Gateway.Mime;

/// <summary>A field as lists show it: decoded, bounded, without controls.</summary>
/// <remarks>Decoded when it is asked for: nobody reads the subject of clean mail, and decoding takes as long as many rules.</remarks>
internal static class MessageSummary
{
    private const int MaxOctets = 1024;
    private const int MaxCharacters = 256;

    public static string? Text(byte[]? value)
    {
        if (value is null)
        {
            return null;
        }

        string text = Rfc2047.DecodeText(HardenedOptions.Parser, value, 0, Math.Min(value.Length, MaxOctets)).Trim();
        return string.Create(Math.Min(text.Length, MaxCharacters), text, static (shown, decoded) =>
        {
            for (int i = 0; i < shown.Length; i++)
            {
                // Format characters include the bidirectional overrides that make a list lie.
                bool hidden = char.IsControl(decoded[i]) || char.GetUnicodeCategory(decoded[i]) == System.Globalization.UnicodeCategory.Format;
                shown[i] = hidden ? ' ' : decoded[i];
            }
        });
    }
}
