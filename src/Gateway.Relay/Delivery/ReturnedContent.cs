using System.Text;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;
using MimeKit;

namespace Gateway.Relay.Delivery;

/// <summary>The last part of a notification: the message it is about, or its header.</summary>
/// <remarks>
/// The whole message goes back only when it failed and its sender asked for it (RET=FULL), up to <see cref="MaxOctets"/>; RFC 3461
/// section 6.2 leaves the rest to us. Never for relayed or delayed mail (section 4.3). Threads: one.
/// </remarks>
internal sealed class ReturnedContent : IDisposable
{
    /// <summary>A larger message is returned by its header only: 1 MiB.</summary>
    public const int MaxOctets = 1024 * 1024;

    private const int MaxHeaderOctets = 64 * 1024;

    /// <summary>Takes what is to be returned from the stored message.</summary>
    /// <exception cref="IOException">The stored message cannot be read.</exception>
    public ReturnedContent(MessageBytes content, Envelope envelope, IReadOnlyList<ReportedRecipient> reported)
    {
        // Binary content, and 8-bit content that failed for want of 8BITMIME, would stop the notification as well.
        // What was sent with REQUIRETLS goes back as sparingly as RFC 8689 section 5 has it.
        IsWhole = envelope.Dsn?.Return == DsnReturn.Full && !envelope.RequireTls && content.Length <= MaxOctets && !envelope.Binary
            && reported.Any(r => r.IsFailed) && !(envelope.EightBit && reported.Any(r => r.LacksCapability));
        IsEightBit = IsWhole && envelope.EightBit;
        using Stream stream = content.OpenStream();
        byte[] octets = new byte[(int)Math.Min(content.Length, IsWhole ? MaxOctets : MaxHeaderOctets)];
        int length = stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
        MessageId = MessageIdIn(octets.AsSpan(0, HeaderLength(octets.AsSpan(0, length))));
        Part = IsWhole ? Whole(octets.AsMemory(0, length)) : Header(octets[..HeaderLength(octets.AsSpan(0, length))]);
    }

    /// <summary>For a message that cannot be read: an empty header.</summary>
    public ReturnedContent() => Part = Header([]);

    /// <summary>The message's Message-ID with its angle brackets; empty when there is none, or one that is no single word of printable US-ASCII.</summary>
    public string MessageId { get; } = string.Empty;

    /// <summary>True when the whole message is attached.</summary>
    public bool IsWhole { get; }

    /// <summary>True when the part has octets above 127 and cannot be encoded (RFC 2046 section 5.2.1).</summary>
    public bool IsEightBit { get; }

    /// <summary>The part.</summary>
    public MimePart Part { get; }

    /// <inheritdoc/>
    public void Dispose() => Part.Dispose();

    /// <summary>Declares the encoding of the whole message, which a writer in its zeal for 7 bit must not change.</summary>
    public void Settle()
    {
        if (IsWhole)
        {
            Part.ContentTransferEncoding = IsEightBit ? ContentEncoding.EightBit : ContentEncoding.SevenBit;
        }
    }

    private static MimePart Whole(ReadOnlyMemory<byte> octets) => new("message", "rfc822")
    {
        Content = new MimeContent(new MemoryStream(octets.ToArray(), writable: false)),
    };

    private static MimePart Header(byte[] headers)
    {
        MimePart part = new("text", "rfc822-headers") { Content = new MimeContent(new MemoryStream(headers)) };
        // RFC 6522 section 4 allows quoted-printable for broken headers, and nothing else.
        part.ContentTransferEncoding = part.GetBestEncoding(EncodingConstraint.SevenBit) == ContentEncoding.SevenBit
            ? ContentEncoding.SevenBit
            : ContentEncoding.QuotedPrintable;
        return part;
    }

    private static string MessageIdIn(ReadOnlySpan<byte> header)
    {
        foreach (Range range in header.Split("\r\n"u8))
        {
            ReadOnlySpan<byte> line = header[range];
            if (line.Length > 11 && Ascii.EqualsIgnoreCase(line[..11], "Message-ID:"u8))
            {
                ReadOnlySpan<byte> value = line[11..].Trim(" \t"u8);
                bool sound = value.Length is > 2 and <= 500 && value[0] == '<' && value[^1] == '>' && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~');
                return sound ? Encoding.ASCII.GetString(value) : string.Empty;
            }
        }

        return string.Empty;
    }

    private static int HeaderLength(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\r\n"u8))
        {
            return 0;
        }

        int end = start.IndexOf("\r\n\r\n"u8);
        // Without its end in sight whole lines only: what is cut off in the middle may read as something else.
        end = end < 0 ? start.LastIndexOf("\r\n"u8) : end;
        return end < 0 ? 0 : end + 2;
    }
}
