using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime;

/// <summary>MimeReader with its events turned into the moments of an inspection.</summary>
internal sealed class InspectionReader : MimeReader
{
    private readonly Inspection _inspection;
    private readonly InspectionStream _stream;
    private readonly HeaderBlock _header;
    private readonly int _mostFields;
    private long _content;
    private int _lineBase;
    private bool _nextBlockIsMessage;
    private bool _top;

    public InspectionReader(Inspection inspection, InspectionStream stream)
        : base(HardenedOptions.Parser, stream)
    {
        _inspection = inspection;
        _stream = stream;
        _header = inspection.Header;
        _mostFields = inspection.Limits.HeaderFields;
    }

    /// <summary>Reads the message; lines count from <paramref name="line"/>.</summary>
    public void Read(int line, CancellationToken cancellationToken)
    {
        _lineBase = line - 1;
        _nextBlockIsMessage = true;
        _top = true;
        SetStream(_stream);
        ReadMessage(cancellationToken);
    }

    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _inspection.Header.Start(beginOffset, beginLineNumber + _lineBase, _nextBlockIsMessage, _top);
        _nextBlockIsMessage = false;
        _top = false;
        _inspection.EnterBlock();
        _inspection.Anchor(beginOffset, beginLineNumber + _lineBase);
        _stream.BlockBegin = beginOffset;
        _stream.FieldBegin = beginOffset;
    }

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
    {
        long offset = header.Offset ?? _stream.FieldBegin;
        bool valid = header.RawValue.Length > 0 || IsColonAt(offset + header.RawField.Length);
        HeaderField field = _header.Add(
            valid ? header.Id : HeaderId.Unknown, header.RawField, header.RawValue, offset, beginLineNumber + _lineBase, valid);
        _inspection.Spend(1);
        _stream.FieldBegin = offset + field.Length;
        _stream.SawLargeField |= field.Length > 16 * 1024;
        int count = _header.Fields.Length;
        if (count > _mostFields && !_inspection.Stopped)
        {
            _inspection.Measure(RuleCode.HeaderCountExceeded, count, hard: true, _header.Begin, offset - _header.Begin);
            _inspection.Stop();
        }
    }

    protected override void OnBodySeparator(long beginOffset, int lineNumber, long endOffset, CancellationToken cancellationToken) =>
        _inspection.Header.HasSeparator = true;

    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken)
    {
        _stream.BlockBegin = -1;
        if (_inspection.Stopped)
        {
            return;
        }

        _inspection.Header.Finish(endOffset);
        if (_inspection.Header.IsTop)
        {
            _inspection.Summarise(_inspection.Header);
        }

        foreach (RuleFamily family in _inspection.For(RuleMoments.Block))
        {
            family.Block(_inspection, _inspection.Header);
        }

        _inspection.Anchor(endOffset, endLineNumber + _lineBase);
    }

    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Begin(PartKind.Leaf, contentType);

    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Begin(PartKind.Multipart, contentType);

    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        Begin(PartKind.Message, contentType);
        _nextBlockIsMessage = true;
    }

    protected override void OnMimePartContentBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _content = beginOffset;
        _inspection.Anchor(beginOffset, beginLineNumber + _lineBase);
    }

    protected override void OnMimePartContentRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken)
    {
        if (!_inspection.Stopped && _inspection.Current is { } leaf)
        {
            foreach (RuleFamily family in _inspection.For(RuleMoments.Content))
            {
                family.Content(_inspection, leaf, buffer.AsSpan(startIndex, count), _content);
            }
        }

        _content += count;
    }

    protected override void OnMimePartContentEnd(
        long beginOffset, int beginLineNumber, long endOffset, int lines, NewLineFormat? newLineFormat, CancellationToken cancellationToken)
    {
        _content = endOffset;
        if (newLineFormat == NewLineFormat.Mixed && _inspection.Current is { } leaf)
        {
            leaf.HasMixedLines = true;
        }
    }

    protected override void OnMimePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        End(_content);

    protected override void OnMultipartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) =>
        End(endOffset);

    protected override void OnMessagePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
    {
        _nextBlockIsMessage = false;
        End(endOffset);
    }

    protected override void OnMultipartBoundaryBegin(long beginOffset, int lineNumber, CancellationToken cancellationToken)
    {
        _inspection.Anchor(beginOffset, lineNumber + _lineBase);
        _inspection.Current!.SawDelimiter = true;
        Compare(StructureKind.Delimiter, beginOffset);
    }

    protected override void OnMultipartEndBoundaryBegin(long beginOffset, int lineNumber, CancellationToken cancellationToken)
    {
        _inspection.Anchor(beginOffset, lineNumber + _lineBase);
        _inspection.Current!.SawClose = true;
        Compare(StructureKind.Close, beginOffset);
    }

    protected override void OnMultipartPreambleBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _content = beginOffset;
        _inspection.Anchor(beginOffset, beginLineNumber + _lineBase);
    }

    protected override void OnMultipartPreambleRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken) =>
        Outside(buffer.AsSpan(startIndex, count));

    protected override void OnMultipartPreambleEnd(long beginOffset, int beginLineNumber, long endOffset, int lines, CancellationToken cancellationToken) =>
        Outside(default);

    protected override void OnMultipartEpilogueBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
    {
        _content = beginOffset;
        _inspection.Anchor(beginOffset, beginLineNumber + _lineBase);
    }

    protected override void OnMultipartEpilogueRead(byte[] buffer, int startIndex, int count, CancellationToken cancellationToken) =>
        Outside(buffer.AsSpan(startIndex, count));

    protected override void OnMultipartEpilogueEnd(long beginOffset, int beginLineNumber, long endOffset, int lines, CancellationToken cancellationToken) =>
        Outside(default);

    private void Begin(PartKind kind, ContentType type)
    {
        HeaderBlock block = _inspection.Header;
        PartNode node = _inspection.Push(kind);
        node.ContentType = type;
        node.Begin = block.Begin;
        node.BeginLine = block.BeginLine;
        node.BodyBegin = block.End;
        node.Boundary = kind == PartKind.Multipart ? type.Boundary : null;
        node.Encoding = block.Find(HeaderId.ContentTransferEncoding) < 0 ? BodyEncoding.Identity : block.TransferEncoding.Encoding;
        (node.TypeOffset, node.TypeLength, node.TypeLine) = block.ContentTypeField is { } field
            ? (field.Offset, field.Length, field.Line)
            : (block.Begin, 0, block.BeginLine);
        if (_inspection.Stopped)
        {
            return;
        }

        _inspection.Spend(1);
        Compare(kind switch { PartKind.Leaf => StructureKind.Leaf, PartKind.Message => StructureKind.Message, _ => StructureKind.Multipart }, block.End);
        _inspection.CompareType(node);
        foreach (RuleFamily family in _inspection.For(RuleMoments.PartBegin))
        {
            family.PartBegin(_inspection, node);
        }

        if (!_inspection.Stopped && _inspection.PartCount > _inspection.Limits.Parts)
        {
            _inspection.Measure(RuleCode.PartCountExceeded, _inspection.PartCount, hard: true, node.Begin, 0);
            _inspection.Stop();
        }
    }

    private void End(long end)
    {
        if (!_inspection.Stopped && _inspection.Current is { } part)
        {
            foreach (RuleFamily family in _inspection.For(RuleMoments.PartEnd))
            {
                family.PartEnd(_inspection, part, end);
            }
        }

        _inspection.Pop();
    }

    private void Outside(ReadOnlySpan<byte> octets)
    {
        if (!_inspection.Stopped && _inspection.Current is { } multipart)
        {
            foreach (RuleFamily family in _inspection.For(RuleMoments.Outside))
            {
                family.Outside(_inspection, multipart, octets, _content);
            }
        }

        _content += octets.Length;
    }

    private void Compare(StructureKind kind, long offset)
    {
        if (!_inspection.Stopped && !_inspection.Walk.Agrees(new StructureMark(kind, offset), out StructureMark? expected))
        {
            _inspection.Disagree(new StructureMark(kind, offset), expected);
        }
    }

    /// <summary>A field without value at the end of the message looks like a line without colon; only the octets tell.</summary>
    private bool IsColonAt(long offset)
    {
        Span<byte> octet = stackalloc byte[1];
        return _inspection.Content.Read(offset, octet) == 1 && octet[0] == (byte)':';
    }
}
