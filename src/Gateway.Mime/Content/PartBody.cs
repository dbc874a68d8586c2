using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime;

/// <summary>The body of a leaf as a stream of decoded octets.</summary>
/// <remarks>Promises: reads the message only; damage of the encoding shortens or garbles what is read and throws nothing.</remarks>
internal sealed class PartBody : IDisposable
{
    private readonly MessageBytesStream _raw;
    private readonly MimeContent _encoded;

    public PartBody(MessageBytes content, PartNode part, long end)
    {
        _raw = new MessageBytesStream(content, part.BodyBegin, Math.Max(0, end - part.BodyBegin));
        _encoded = new MimeContent(_raw, part.Encoding switch
        {
            BodyEncoding.Base64 => ContentEncoding.Base64,
            BodyEncoding.QuotedPrintable => ContentEncoding.QuotedPrintable,
            BodyEncoding.Uuencode => ContentEncoding.UUEncode,
            _ => ContentEncoding.Binary,
        });
        Decoded = _encoded.Open();
    }

    /// <summary>The decoded octets, from the start.</summary>
    public Stream Decoded { get; }

    public void Dispose()
    {
        Decoded.Dispose();
        _encoded.Dispose();
        _raw.Dispose();
    }
}
