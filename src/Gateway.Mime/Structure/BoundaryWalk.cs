using System.Runtime.InteropServices;
using System.Text;
using Gateway.Mime.Fields;

namespace Gateway.Mime.Structure;

/// <summary>Our own strict reading of the MIME structure, fed with the same octets just before MimeReader gets them.</summary>
/// <remarks>
/// It knows only lines, header ends, Content-Type, Content-Transfer-Encoding and delimiters, as RFC 2046 5.1 has them. What it
/// sees is compared with MimeReader's events; where they differ, other readers differ too.
/// Cost: a vectorised search for lines that start with two hyphens while a multipart is open; nothing at all otherwise.
/// </remarks>
internal sealed partial class BoundaryWalk
{
    /// <summary>Octets kept of a line that starts with two hyphens.</summary>
    public const int MaxDashLine = 1024;

    private const int MaxEnded = 64;
    private const int MaxHeaderLine = 16 * 1024;

    private readonly Inspection _inspection;
    private readonly List<OpenMultipart> _open = [];
    private readonly List<EndedMultipart> _ended = [];
    private readonly List<StructureMark> _marks = [];
    private readonly MimeField _contentType = new();
    private byte[] _line = new byte[MaxDashLine];
    private int _lineLength;
    private long _lineStart;
    private long _offset;
    private int _compared;
    private bool _inHeader;
    private bool _collecting;
    private bool _atLineStart;
    private int _dashes;

    public BoundaryWalk(Inspection inspection) => _inspection = inspection;

    /// <summary>The open levels, the innermost last.</summary>
    public ReadOnlySpan<OpenMultipart> Open => CollectionsMarshal.AsSpan(_open);

    /// <summary>Multiparts that are over; the first <see cref="MaxEnded"/>.</summary>
    public ReadOnlySpan<EndedMultipart> Ended => CollectionsMarshal.AsSpan(_ended);

    /// <summary>True when the walk met something it does not judge; then nothing is compared.</summary>
    public bool GaveUp { get; private set; }

    /// <summary>Begins a message at an offset.</summary>
    public void Start(long offset)
    {
        _open.Clear();
        _ended.Clear();
        _marks.Clear();
        _compared = 0;
        _offset = offset;
        _lineStart = offset;
        _lineLength = 0;
        _collecting = false;
        _atLineStart = false;
        _dashes = 0;
        GaveUp = false;
        BeginHeader(isPart: false);
    }

    /// <summary>Reads the next octets.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            if (_inHeader || _collecting)
            {
                at = _capture == Capture.None && _lineLength == 0 ? SkipFields(bytes, at) : at;
                at = at < bytes.Length ? CollectLine(bytes, at) : at;
            }
            else if (!WatchesDashes)
            {
                break;
            }
            else if (_atLineStart)
            {
                at = CountDashes(bytes, at);
            }
            else
            {
                at = FindDashes(bytes, at);
            }
        }

        _offset += bytes.Length;
    }

    /// <summary>The message is over.</summary>
    public void End()
    {
        bool cut = _lineLength > 0 || _collecting;
        if (cut)
        {
            FinishLine(_line.AsSpan(0, _lineLength), _offset);
        }

        // A block without a line is one for MimeReader too, unless it would follow a delimiter that is cut off, or an embedded
        // message of which nothing came inside a multipart.
        if (_inHeader && (_blockLines > 0 || (_isPartBlock ? !cut : !HasOpenBoundary)))
        {
            EndHeader(_offset);
            if (_inHeader && !HasOpenBoundary)
            {
                // The block declared an embedded message of which nothing came.
                EndHeader(_offset);
            }
        }

        _inHeader = false;
    }

    /// <summary>The path of the part the walk is in.</summary>
    public string Path()
    {
        StringBuilder path = new();
        foreach (OpenMultipart level in _open)
        {
            if (level.Children > 0)
            {
                _ = path.Append(path.Length == 0 ? string.Empty : ".").Append(level.Children);
            }
        }

        return path.ToString();
    }

    /// <summary>Compares the next fact with what the other reader saw.</summary>
    /// <returns>False when they differ; <paramref name="expected"/> is then what the walk saw, or null for nothing.</returns>
    public bool Agrees(StructureMark seen, out StructureMark? expected)
    {
        expected = _compared < _marks.Count ? _marks[_compared++] : null;
        if (_compared == _marks.Count)
        {
            _marks.Clear();
            _compared = 0;
        }

        return GaveUp || expected == seen;
    }

    /// <summary>The next fact the other reader has not reported; null when there is none.</summary>
    public StructureMark? Unmatched => GaveUp || _compared >= _marks.Count ? null : _marks[_compared];

    private bool HasOpenBoundary
    {
        get
        {
            foreach (OpenMultipart level in _open)
            {
                if (level.Boundary is not null)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Lines of two hyphens matter while a multipart is open, and behind one that is over.</summary>
    private bool WatchesDashes => _ended.Count > 0 || HasOpenBoundary;

    private int CollectLine(ReadOnlySpan<byte> bytes, int at)
    {
        ReadOnlySpan<byte> rest = bytes[at..];
        int feed = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> piece = feed < 0 ? rest : rest[..feed];
        if (feed >= 0 && _lineLength == 0 && feed <= MaxDashLine)
        {
            // All of it is here, as nearly always.
            FinishLine(piece, _offset + at + feed + 1);
            return at + feed + 1;
        }

        int room = (_inHeader ? MaxHeaderLine : MaxDashLine) - _lineLength;
        piece = piece[..Math.Min(piece.Length, room)];
        if (_lineLength + piece.Length > _line.Length)
        {
            Array.Resize(ref _line, MaxHeaderLine);
        }

        piece.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += piece.Length;
        if (feed < 0)
        {
            return bytes.Length;
        }

        FinishLine(_line.AsSpan(0, _lineLength), _offset + at + feed + 1);
        return at + feed + 1;
    }

    private int CountDashes(ReadOnlySpan<byte> bytes, int at)
    {
        if (_dashes == 0 && bytes[at..].StartsWith("--\r\n"u8))
        {
            // Two hyphens and nothing are no delimiter of anything.
            return at + 4;
        }

        if (bytes[at] != (byte)'-')
        {
            _atLineStart = false;
            return at;
        }

        if (++_dashes == 2)
        {
            BeginDashLine(_offset + at - 1);
        }

        return at + 1;
    }

    private int FindDashes(ReadOnlySpan<byte> bytes, int at)
    {
        ReadOnlySpan<byte> rest = bytes[at..];
        int found = rest.IndexOf("\n--"u8);
        if (found >= 0)
        {
            BeginDashLine(_offset + at + found + 1);
            return at + found + 3;
        }

        if (rest.EndsWith("\n-"u8))
        {
            (_atLineStart, _dashes) = (true, 1);
        }
        else if (rest[^1] == (byte)'\n')
        {
            (_atLineStart, _dashes) = (true, 0);
        }

        return bytes.Length;
    }

    private void BeginDashLine(long offset)
    {
        (_line[0], _line[1]) = ((byte)'-', (byte)'-');
        _lineLength = 2;
        _lineStart = offset;
        _collecting = true;
        _atLineStart = false;
    }

    private void FinishLine(ReadOnlySpan<byte> line, long next)
    {
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        long start = _lineStart;
        _lineLength = 0;
        _lineStart = next;
        _collecting = false;
        if (line.StartsWith("--"u8) && WatchesDashes && Delimiter(line[2..], start))
        {
            return;
        }

        if (_inHeader)
        {
            HeaderLine(line, next);
        }

        if (!_inHeader)
        {
            (_atLineStart, _dashes) = (true, 0);
        }
    }

    /// <summary>Judges a line of two hyphens and <paramref name="text"/>; true when it is a delimiter.</summary>
    private bool Delimiter(ReadOnlySpan<byte> text, long offset)
    {
        ReadOnlySpan<byte> trimmed = text.TrimEnd(" \t"u8);
        _inspection.Spend(_open.Count + _ended.Count);
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Boundary is not { } boundary || !trimmed.StartsWith(boundary))
            {
                continue;
            }

            ReadOnlySpan<byte> rest = trimmed[boundary.Length..];
            if (text.Length < MaxDashLine - 2 && (rest.IsEmpty || rest.SequenceEqual("--"u8)))
            {
                if (trimmed.Length != text.Length)
                {
                    _inspection.Report(
                        RuleCode.DelimiterTrailingSpace, RuleAction.Allow, offset, text.Length + 2, "white space behind the delimiter", line: 0, Path());
                }

                Reached(i, close: !rest.IsEmpty, offset);
                return true;
            }
        }

        if (!text.IsEmpty)
        {
            _inspection.OnDashLine(new DashLine(text, offset, this));
        }

        return false;
    }

    private void Reached(int level, bool close, long offset)
    {
        if (_inHeader && (_isPartBlock || _blockLines > 0))
        {
            // The delimiter ended a header block. The block may have declared a multipart of its own, so the levels above go below.
            EndHeader(offset);
        }

        for (int i = _open.Count - 1; i > level; i--)
        {
            Retire(_open[i], closed: false);
        }

        _open.RemoveRange(level + 1, _open.Count - level - 1);
        if (close)
        {
            _marks.Add(new StructureMark(StructureKind.Close, offset));
            Retire(_open[level], closed: true);
            _open.RemoveAt(level);
            _inHeader = false;
            (_atLineStart, _dashes) = (true, 0);
        }
        else
        {
            _marks.Add(new StructureMark(StructureKind.Delimiter, offset));
            OpenMultipart open = _open[level];
            open.Children++;
            _open[level] = open;
            BeginHeader(isPart: true);
        }
    }

    private void Retire(in OpenMultipart level, bool closed)
    {
        if (level.Boundary is { } boundary && _ended.Count < MaxEnded)
        {
            _ended.Add(new EndedMultipart(boundary, closed));
        }
    }
}
