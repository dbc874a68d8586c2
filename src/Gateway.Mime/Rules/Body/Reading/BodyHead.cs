using System.Buffers;
using System.Buffers.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Body.Reading;

/// <summary>The first octets of a body, decoded.</summary>
/// <remarks>Cost: one read of at most 192 octets.</remarks>
internal static class BodyHead
{
    private const int MaxEncoded = 192;

    private static readonly SearchValues<byte> Base64Octets = SearchValues.Create("+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Decodes the start of a leaf's body; returns the octets written, 0 for encodings that are not decoded here.</summary>
    /// <param name="content">The message.</param>
    /// <param name="part">The leaf.</param>
    /// <param name="end">The end of its body.</param>
    /// <param name="head">Where to write; 144 octets are enough.</param>
    public static int Read(MessageBytes content, PartNode part, long end, Span<byte> head)
    {
        Span<byte> raw = stackalloc byte[MaxEncoded];
        raw = raw[..(int)Math.Min(MaxEncoded, Math.Max(0, end - part.BodyBegin))];
        raw = raw[..content.Read(part.BodyBegin, raw)];
        switch (part.Encoding)
        {
            case BodyEncoding.Identity:
                raw = raw[..Math.Min(raw.Length, head.Length)];
                raw.CopyTo(head);
                return raw.Length;
            case BodyEncoding.Base64:
                int symbols = 0;
                foreach (byte octet in raw)
                {
                    if (Base64Octets.Contains(octet))
                    {
                        raw[symbols++] = octet;
                    }
                }

                // Whole groups only: what is behind the last one says nothing about the start.
                raw = raw[..(symbols & ~3)];
                _ = Base64.DecodeFromUtf8(raw, head, out _, out int written, isFinalBlock: false);
                return written;
            default:
                return 0;
        }
    }
}
