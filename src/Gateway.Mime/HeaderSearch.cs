using System.Text;
using MimeKit.Utils;

namespace Gateway.Mime;

/// <summary>Looks for a text in a field of a header block, as a person who reads the message sees it.</summary>
/// <remarks>Promises: never throws for what is in the block. Cost: one pass over the block, one decoding of each field of that name. Threads: none of its own.</remarks>
public static class HeaderSearch
{
    /// <summary>Whether a field of that name has the text in its value, unfolded, as it is or with its encoded words read (RFC 2047), in any case.</summary>
    /// <param name="header">The octets of the block, with or without the empty line behind it.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="text">The text.</param>
    public static bool Contains(ReadOnlySpan<byte> header, string field, string text)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(text);
        while (!header.IsEmpty)
        {
            int end = EndOfField(header);
            ReadOnlySpan<byte> one = header[..end];
            header = header[end..];
            int colon = one.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(one[..colon].TrimEnd(" \t"u8), field) && Has(one[(colon + 1)..], text))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(ReadOnlySpan<byte> value, string text)
    {
        // Unfolded: the line end goes, the blank behind it stays (RFC 5322 section 2.2.3).
        byte[] unfolded = value.ToArray().Where(static b => b is not (byte)'\r' and not (byte)'\n').ToArray();
        return Encoding.UTF8.GetString(unfolded).Contains(text, StringComparison.OrdinalIgnoreCase)
            || Rfc2047.DecodeText(HardenedOptions.Lenient, unfolded).Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Where the next field begins: after a line end that no blank follows.</summary>
    private static int EndOfField(ReadOnlySpan<byte> header)
    {
        int at = 0;
        while (true)
        {
            int line = header[at..].IndexOf((byte)'\n');
            if (line < 0)
            {
                return header.Length;
            }

            at += line + 1;
            if (at == header.Length || header[at] is not ((byte)' ' or (byte)'\t'))
            {
                return at;
            }
        }
    }
}
