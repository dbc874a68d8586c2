using Gateway.Mime.Fields;
using MimeKit;
using MimeKit.Utils;

namespace Gateway.Mime;

/// <summary>Subject, From and Message-ID of a message as lists show them: decoded, bounded, without controls.</summary>
internal sealed class MessageSummary
{
    private const int MaxOctets = 1024;
    private const int MaxCharacters = 256;

    public string? Subject { get; private set; }

    public string? From { get; private set; }

    public string? MessageId { get; private set; }

    public void Clear() => (Subject, From, MessageId) = (null, null, null);

    public void Read(HeaderBlock block)
    {
        Subject = Text(block, HeaderId.Subject);
        From = Text(block, HeaderId.From);
        MessageId = Text(block, HeaderId.MessageId);
    }

    private static string? Text(HeaderBlock block, HeaderId id)
    {
        int at = block.Find(id);
        if (at < 0)
        {
            return null;
        }

        byte[] value = block.Fields[at].Value;
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
