using Gateway.Mime;
using Gateway.Relay.Message;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <summary>A message encoded in 7 bits, for a host that does not offer 8BITMIME (RFC 6152 section 3).</summary>
/// <remarks>
/// The one place where content is changed on its way. Parts with octets above 127 become quoted-printable or base64, the encodings of the
/// parts around them 7bit; everything else, header fields included, stays octet for octet. A DKIM signature breaks by that; what signs or
/// encrypts its content by MIME is left alone.
/// Threads: one. Cost: the message is parsed and written once, in memory up to the buffer's bound.
/// </remarks>
internal sealed class SevenBitCopy : IDisposable
{
    // A line of 998 octets is allowed: only octets above 127 are a reason to encode.
    private const int LongestLine = 998;

    private readonly MessageBuffer _buffer;
    private readonly MessageBytes _octets;

    private SevenBitCopy(MessageBuffer buffer, bool breaksSignature)
    {
        _buffer = buffer;
        _octets = buffer.View();
        Body = _octets.OpenStream();
        BreaksSignature = breaksSignature;
    }

    /// <summary>The octets.</summary>
    public Stream Body { get; }

    /// <summary>How many.</summary>
    public long Length => _buffer.Length;

    /// <summary>The message has a DKIM signature, which does not fit it any more.</summary>
    public bool BreaksSignature { get; }

    /// <summary>Converts a message.</summary>
    /// <param name="content">The message; read from its begin, left open.</param>
    /// <param name="buffer">Takes the result, and belongs to it.</param>
    /// <returns>Null when it must not be changed, or cannot be said in 7 bits; the buffer is disposed then.</returns>
    public static async Task<SevenBitCopy?> MakeAsync(Stream content, MessageBuffer buffer)
    {
        content.Position = 0;
        try
        {
            using MimeMessage message = await MimeMessage.LoadAsync(HardenedOptions.Parser, content, persistent: true);
            if (!IsSigned(message) && await WriteAsync(message, buffer))
            {
                return new SevenBitCopy(buffer, message.Headers.Contains(HeaderId.DkimSignature));
            }
        }
        catch (FormatException)
        {
            // No message to a parser; it was let through all the same, and goes on as it came or not at all.
        }

        buffer.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Body.Dispose();
        _octets.Dispose();
        _buffer.Dispose();
    }

    private static bool IsSigned(MimeMessage message)
    {
        MimeIterator entities = new(message);
        while (entities.MoveNext())
        {
            if (entities.Current.ContentType is { MediaType: var type, MediaSubtype: var subtype }
                && ((type.Equals("multipart", StringComparison.OrdinalIgnoreCase) && subtype.ToLowerInvariant() is "signed" or "encrypted")
                    || (type.Equals("application", StringComparison.OrdinalIgnoreCase) && subtype.ToLowerInvariant() is "pkcs7-mime" or "x-pkcs7-mime")))
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<bool> WriteAsync(MimeMessage message, MessageBuffer buffer)
    {
        message.Prepare(EncodingConstraint.SevenBit, LongestLine);
        MimeIterator entities = new(message);
        while (entities.MoveNext())
        {
            // Of what stands around other parts nothing but this field says that it has 8 bits.
            if (entities.Current is Multipart or MessagePart && entities.Current.Headers.Contains(HeaderId.ContentTransferEncoding))
            {
                entities.Current.Headers.Replace(HeaderId.ContentTransferEncoding, "7bit");
            }
        }

        FormatOptions format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        using (MessageBufferStream stream = new(buffer))
        {
            await message.WriteToAsync(format, stream);
        }

        using MessageBytes octets = buffer.View();
        await using Stream written = octets.OpenStream();
        return !await HasEightBitAsync(written);
    }

    /// <summary>Header fields in raw UTF-8, a preamble: what no encoding reaches.</summary>
    private static async Task<bool> HasEightBitAsync(Stream octets)
    {
        byte[] block = new byte[64 * 1024];
        int read;
        while ((read = await octets.ReadAsync(block)) > 0)
        {
            if (block.AsSpan(0, read).ContainsAnyInRange((byte)0x80, (byte)0xFF))
            {
                return true;
            }
        }

        return false;
    }
}
