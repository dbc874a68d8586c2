using System.Globalization;
using System.Text;
using Gateway.Mime.Structure;

namespace Gateway.Mime;

/// <summary>Where in the message the reading stands.</summary>
internal sealed partial class Inspection
{
    private const int CountBlock = 16 * 1024;

    private readonly List<PartNode> _pool = [];
    private readonly byte[] _countBuffer = new byte[CountBlock];
    private int _depth;
    private bool _inBlock;
    private long _anchor;
    private int _anchorLine;
    private long _reached;

    /// <summary>Parts begun so far.</summary>
    public int PartCount { get; private set; }

    /// <summary>The deepest nesting of multiparts and embedded messages so far.</summary>
    public int MaxDepth { get; private set; }

    /// <summary>The innermost open part; null before the first.</summary>
    public PartNode? Current => _depth == 0 ? null : _pool[_depth - 1];

    /// <summary>The open parts, the innermost last.</summary>
    public ReadOnlySpan<PartNode> Open => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pool)[.._depth];

    /// <summary>Remembers the line of an offset, so that lines of later offsets are counted from there.</summary>
    public void Anchor(long offset, int line)
    {
        // At the end of a message without final line end MimeReader counts a line too many.
        if (offset < Content.Length)
        {
            (_anchor, _anchorLine) = (offset, line);
        }

        _reached = Math.Max(_reached, offset);
    }

    public void EnterBlock() => _inBlock = true;

    public void LeaveBlock() => _inBlock = false;

    /// <summary>Opens a part; the node is the caller's to fill.</summary>
    public PartNode Push(PartKind kind)
    {
        PartNode? parent = Current;
        if (_depth == _pool.Count)
        {
            _pool.Add(new PartNode());
        }

        PartNode node = _pool[_depth++];
        node.Kind = kind;
        node.Index = parent is null ? 0 : ++parent.Children;
        node.Children = 0;
        node.SawDelimiter = false;
        node.SawClose = false;
        node.HasMixedLines = false;
        node.Boundary = null;
        _inBlock = false;
        PartCount += Stopped ? 0 : 1;
        if (kind != PartKind.Leaf)
        {
            MaxDepth = Math.Max(MaxDepth, _depth);
        }

        return node;
    }

    public void Pop() => _depth = Math.Max(0, _depth - 1);

    /// <summary>The path of the innermost part, or of the part whose header is being read.</summary>
    public string CurrentPath()
    {
        if (_depth <= 1 && !(_inBlock && _depth == 1))
        {
            return string.Empty;
        }

        StringBuilder path = new();
        for (int i = 1; i < _depth; i++)
        {
            _ = path.Append(i == 1 ? string.Empty : ".").Append(_pool[i].Index);
        }

        if (_inBlock && Current is { } parent)
        {
            _ = path.Append(CultureInfo.InvariantCulture, $"{(_depth == 1 ? string.Empty : ".")}{parent.Children + 1}");
        }

        return path.ToString();
    }

    /// <summary>The line of an offset, counted from the last anchor before it.</summary>
    public int LineOf(long offset)
    {
        (long at, int line) = offset >= _anchor ? (_anchor, _anchorLine) : (0, 1);
        while (at < offset)
        {
            int read = Content.Read(at, _countBuffer.AsSpan(0, (int)Math.Min(CountBlock, offset - at)));
            if (read == 0)
            {
                break;
            }

            line += _countBuffer.AsSpan(0, read).Count((byte)'\n');
            at += read;
        }

        return line;
    }

    /// <summary>Octets from an offset to the end of its line, the line end included; at most one block is looked at.</summary>
    public int LineLength(long offset)
    {
        int read = Content.Read(offset, _countBuffer);
        int feed = _countBuffer.AsSpan(0, read).IndexOf((byte)'\n');
        return feed < 0 ? read : feed + 1;
    }

    private void ResetParts()
    {
        _depth = 0;
        _inBlock = false;
        _anchor = 0;
        _anchorLine = 1;
        _reached = 0;
        PartCount = 0;
        MaxDepth = 0;
    }
}
