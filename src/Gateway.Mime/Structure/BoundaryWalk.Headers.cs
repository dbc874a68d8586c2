using System.Buffers;
using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Wire;

namespace Gateway.Mime.Structure;

/// <summary>The header blocks of the walk: where they end, and what they declare.</summary>
internal sealed partial class BoundaryWalk
{
    private readonly ArrayBufferWriter<byte> _value = new(256);
    private byte[]? _type;
    private bool _encoded;
    private bool _encodingSeen;
    private Capture _capture;
    private int _blockLines;
    private bool _isPartBlock;

    private enum Capture
    {
        None,
        ContentType,
        TransferEncoding,
    }

    private void BeginHeader(bool isPart)
    {
        _isPartBlock = isPart;
        _inHeader = true;
        _type = null;
        _encoded = false;
        _encodingSeen = false;
        _capture = Capture.None;
        _blockLines = 0;
        _value.ResetWrittenCount();
    }

    /// <summary>Goes from the start of a line to the next that can be one of the two fields, the end of the block or a delimiter, or to a line that is not all here.</summary>
    private int SkipFields(ReadOnlySpan<byte> bytes, int at)
    {
        ReadOnlySpan<byte> rest = bytes[at..];
        if (LineSearch.IsHeaderMark(rest[0]))
        {
            return at;
        }

        int mark = LineSearch.HeaderMark(rest);
        mark = mark < 0 ? rest.LastIndexOf((byte)'\n') + 1 : mark;
        _blockLines += mark > 0 ? 1 : 0;
        _lineStart += mark;
        return at + mark;
    }

    private void HeaderLine(ReadOnlySpan<byte> line, long next)
    {
        _blockLines++;
        if (line.IsEmpty)
        {
            EndHeader(next);
        }
        else if (line[0] is (byte)' ' or (byte)'\t')
        {
            if (_capture != Capture.None)
            {
                _value.Write("\r\n"u8);
                _value.Write(line);
            }
        }
        else if ((line[0] | 0x20) != 'c')
        {
            // None of the two fields the walk reads.
            FinishField();
        }
        else
        {
            FinishField();
            int colon = line.IndexOf((byte)':');
            ReadOnlySpan<byte> name = colon < 0 ? default : line[..colon].TrimEnd(" \t"u8);
            if (_type is null && Ascii.EqualsIgnoreCase(name, "Content-Type"u8))
            {
                _capture = Capture.ContentType;
                _value.Write(line[(colon + 1)..]);
            }
            else if (!_encodingSeen && Ascii.EqualsIgnoreCase(name, "Content-Transfer-Encoding"u8))
            {
                _capture = Capture.TransferEncoding;
                _value.Write(line[(colon + 1)..]);
            }
        }

        // A value this long is no type; do not let it grow line by line.
        if (_capture != Capture.None && (line.Length >= MaxHeaderLine - 1 || _value.WrittenCount > MaxHeaderLine))
        {
            GaveUp = true;
            _capture = Capture.None;
        }
    }

    private void FinishField()
    {
        if (_capture == Capture.None)
        {
            return;
        }

        if (_capture == Capture.ContentType)
        {
            // Most types open nothing, and need not be read to know it.
            _type = IsPlainLeaf(_value.WrittenSpan) ? TextType : _value.WrittenSpan.ToArray();
        }
        else if (_capture == Capture.TransferEncoding)
        {
            _encodingSeen = true;
            _encoded = TransferEncoding.Parse(_value.WrittenSpan).Encoding is not (BodyEncoding.Identity or BodyEncoding.Unknown);
        }

        _value.ResetWrittenCount();
        _capture = Capture.None;
    }

    /// <summary>The block is over at <paramref name="end"/>: what it declares opens a level or not.</summary>
    private void EndHeader(long end)
    {
        FinishField();
        _inHeader = false;
        (_atLineStart, _dashes) = (true, 0);
        bool inDigest = _open.Count > 0 && _open[^1].IsDigest;
        byte[] type = _type ?? (inDigest ? MessageType : TextType);
        if (!ReferenceEquals(type, _contentType.Raw))
        {
            _contentType.Parse(type, hasSubtype: true);
        }

        bool mayNest = _open.Count < HardenedOptions.MaxMimeDepth;
        GaveUp |= !mayNest;
        if (_contentType.IsMultipart && mayNest)
        {
            _marks.Add(new StructureMark(StructureKind.Multipart, end));
            if (ReadBoundary() is { } boundary)
            {
                _open.Add(new OpenMultipart { Boundary = boundary, IsDigest = _contentType.IsSubtype("digest"u8) });
            }
        }
        else if (!_encoded && mayNest && IsMessage(_contentType))
        {
            _marks.Add(new StructureMark(StructureKind.Message, end));
            _open.Add(new OpenMultipart { Children = 1 });
            BeginHeader(isPart: false);
        }
        else
        {
            _marks.Add(new StructureMark(StructureKind.Leaf, end));
        }
    }

    private static readonly byte[] TextType = "text/plain"u8.ToArray();
    private static readonly byte[] MessageType = "message/rfc822"u8.ToArray();

    /// <summary>A type that begins with a letter, but not as multipart, message or text/rfc822-headers do.</summary>
    private static bool IsPlainLeaf(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> type = value.TrimStart((byte)' ');
        if (type.Length < 6 || (type[0] | 0x20) is < 'a' or > 'z' or 'm')
        {
            return false;
        }

        return (type[0] | 0x20) != 't' || (Ascii.EqualsIgnoreCase(type[..5], "text/"u8) && (type[5] | 0x20) is >= 'a' and <= 'z' and not 'r');
    }

    private static bool IsMessage(MimeField type)
    {
        if (type.IsType("text"u8))
        {
            return type.IsSubtype("rfc822-headers"u8);
        }

        return type.IsType("message"u8)
            && (type.IsSubtype("rfc822"u8) || type.IsSubtype("news"u8) || type.IsSubtype("global"u8)
                || type.IsSubtype("global-headers"u8) || type.IsSubtype("external-body"u8) || type.IsSubtype("rfc2822"u8));
    }

    /// <summary>The boundary in its plain form; other forms are the business of a rule with a name.</summary>
    private byte[]? ReadBoundary()
    {
        foreach (ref readonly MimeParameter parameter in _contentType.Parameters)
        {
            if (parameter.IsPlain && Ascii.EqualsIgnoreCase(_contentType.NameOf(parameter), "boundary"u8))
            {
                Span<byte> value = stackalloc byte[MaxDashLine / 2];
                int length = _contentType.Unquote(parameter, value);
                GaveUp |= length == value.Length;
                return length == 0 ? null : value[..length].ToArray();
            }
        }

        return null;
    }
}
