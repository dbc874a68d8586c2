namespace Gateway.Mime.Wire;

/// <summary>Finds the end and the shape of the top header block, incrementally.</summary>
/// <remarks>It reads lines by LF, as MimeReader does, so that both see the same block.</remarks>
internal struct HeaderScan
{
    private readonly InspectionLimits _limits;
    private long _lineStart;
    private long _fieldStart;
    private int _fieldLine;
    private int _line;
    private byte _firstOctet;
    private ulong _firstOctets;
    private bool _inField;

    public HeaderScan(InspectionLimits limits)
    {
        _limits = limits;
        _line = 1;
    }

    public bool Ended { get; private set; }

    public bool OverHardLimit { get; private set; }

    /// <summary>Reads on; stops at the end of the header block.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, long offset, WireFacts facts)
    {
        int at = 0;
        while (at < bytes.Length && !Ended && !OverHardLimit)
        {
            if (offset + at == _lineStart)
            {
                StartLine(bytes[at], facts);
            }

            if (_line == 1)
            {
                CollectFirst(bytes[at..], offset + at);
            }

            int feed = bytes[at..].IndexOf((byte)'\n');
            if (feed < 0)
            {
                break;
            }

            at += feed + 1;
            EndLine(offset + at, facts);
            Measure(Ended ? facts.HeaderEnd : offset + at, facts);
        }

        if (!Ended && !OverHardLimit)
        {
            Measure(offset + bytes.Length, facts);
        }
    }

    /// <summary>The message is over: what was never ended ends here.</summary>
    public void Complete(long length, WireFacts facts)
    {
        if (Ended)
        {
            return;
        }

        if (_line == 1 && length > 0)
        {
            Classify(length, facts, length - _lineStart == 1 && _firstOctet == (byte)'\r');
        }

        CloseField(length, facts);
        facts.HeaderEnd = length;
    }

    private void StartLine(byte first, WireFacts facts)
    {
        _firstOctet = first;
        if (first is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            return;
        }

        CloseField(_lineStart, facts);
        (_fieldStart, _fieldLine, _inField) = (_lineStart, _line, true);
        facts.HeaderFields++;
    }

    private void EndLine(long next, WireFacts facts)
    {
        long length = next - _lineStart;
        bool empty = length == 1 || (length == 2 && _firstOctet == (byte)'\r');
        if (_line == 1)
        {
            Classify(next, facts, empty);
        }

        if (empty)
        {
            CloseField(_lineStart, facts);
            facts.HeaderEnd = next;
            facts.HasSeparator = true;
            Ended = true;
        }

        _line++;
        _lineStart = next;
    }

    private readonly void CloseField(long end, WireFacts facts)
    {
        if (_inField && end - _fieldStart > facts.LargestField.Length)
        {
            facts.LargestField = new WireSpot(_fieldStart, end - _fieldStart, _fieldLine);
        }
    }

    private void Measure(long end, WireFacts facts)
    {
        OverHardLimit |= end > _limits.HeaderBlockBytes
            || facts.HeaderFields > _limits.HeaderFields
            || facts.LargestField.Length > _limits.HeaderFieldBytes
            || (!Ended && _inField && end - _fieldStart > _limits.HeaderFieldBytes);
    }

    private void CollectFirst(ReadOnlySpan<byte> bytes, long offset)
    {
        for (int i = 0; i < bytes.Length && offset + i < 6; i++)
        {
            _firstOctets |= (ulong)bytes[i] << (int)(8 * (offset + i));
        }
    }

    private readonly void Classify(long next, WireFacts facts, bool empty)
    {
        // Little-endian "From " and ">From " in the first five and six octets.
        const ulong From = 0x20_6D6F7246;
        bool mbox = (_firstOctets & 0xFF_FFFFFFFF) == From || _firstOctets == ((From << 8) | (byte)'>');
        facts.ByteOrderMark = (_firstOctets & 0xFFFFFF) == 0xBFBBEF ? ByteOrderMark.Utf8
            : (_firstOctets & 0xFFFF) is 0xFFFE or 0xFEFF ? ByteOrderMark.Utf16 : ByteOrderMark.None;
        // Behind a hard bound nothing is read, so where such a line ends is not known for every split of the octets.
        int bound = _inField ? Math.Min(_limits.HeaderBlockBytes, _limits.HeaderFieldBytes) : _limits.HeaderBlockBytes;
        facts.FirstLineLength = (int)Math.Min(next, bound);
        facts.FirstLine = empty ? FirstLine.Empty
            : _firstOctet is (byte)' ' or (byte)'\t' ? FirstLine.Continuation
            : mbox ? FirstLine.MboxFrom : FirstLine.Text;
    }
}
