using System.Globalization;
using Gateway.Faults;

namespace Gateway.Checking;

/// <summary>Takes the messages out of one stream: one message, or as many as an mbox holds.</summary>
/// <remarks>
/// Promises: a stream is an mbox when it begins with a dividing line and holds at least one more, behind an empty line and before a
/// header field; then the dividing lines go and quoted ones lose one <c>&gt;</c> (mboxrd). A stream with one dividing line at its start is one
/// message that keeps it, because such a line is something to report. In a stream that begins with <c>From </c>, a message with lines inside that begin like a
/// dividing line and stand before a header field is followed by a problem that counts them: it may be many messages taken for one. One message
/// is in memory at a time.
/// Fails: a message over the bound, and a read error, are problems and not exceptions. Threads: one.
/// </remarks>
internal sealed class MailFileReader : IDisposable
{
    // Room that tells any dividing line and the first field behind it.
    private const int DividerRoom = 2 * FromLine.Longest;
    private const int SmallestBuffer = 16 * 1024;
    private const int LargestFirstBuffer = 1 << 20;

    private readonly Stream _stream;
    private readonly string _path;
    private readonly LineEndings _lineEndings;
    private readonly int _largest;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _index;
    private int _lines;
    private bool _isMbox;
    private bool _beginsArchive;
    private SourceMessage? _problem;
    private bool _atEnd;
    private bool _finished;

    /// <summary>Prepares to read.</summary>
    /// <param name="stream">What to read; not disposed.</param>
    /// <param name="path">What to call it.</param>
    /// <param name="lineEndings">How its line ends are understood.</param>
    /// <param name="largest">Octets of the largest message taken.</param>
    public MailFileReader(Stream stream, string path, LineEndings lineEndings, int largest)
    {
        _stream = stream;
        _path = path;
        _lineEndings = lineEndings;
        _largest = largest;
        // One more than the length, so that the end of the stream is seen without growing.
        long expected = stream.CanSeek ? Math.Min(stream.Length + 1, LargestFirstBuffer) : SmallestBuffer;
        _buffer = SourceMessage.Rent((int)Math.Max(expected, SmallestBuffer));
    }

    /// <summary>The next message or problem; null at the end.</summary>
    public SourceMessage? Next()
    {
        if (_finished || _problem is not null)
        {
            SourceMessage? problem = _problem;
            _problem = null;
            return problem;
        }

        try
        {
            return Read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _finished = true;
            return SourceMessage.Failed(_path, _index, SystemFailure.Of(fault));
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            SourceMessage.Return(_buffer);
        }

        _buffer = [];
        _finished = true;
    }

    private SourceMessage Read()
    {
        if (_index == 0)
        {
            while (!_atEnd && _end < FromLine.Longest + 2)
            {
                Fill();
            }

            _beginsArchive = FromLine.BeginsArchive(_buffer.AsSpan(0, _end));
            _isMbox = FromLine.IsOne(Line(_buffer.AsSpan(0, _end)));
        }

        int scan = _start;
        bool isTooLarge = false;
        int divider = -1;
        while (!(_isMbox && TryFindDivider(ref scan, out divider)) && !_atEnd)
        {
            isTooLarge |= _end - _start > _largest;
            if (isTooLarge)
            {
                // Only what a dividing line may still need is kept: the two octets before it.
                Pass(Math.Max(_start, (_isMbox ? scan : _end) - 2));
            }

            scan -= Fill();
        }

        isTooLarge |= (divider < 0 ? _end : divider) - _start > _largest;
        _problem = _beginsArchive && !isTooLarge ? Undivided(_buffer.AsSpan(_start, (divider < 0 ? _end : divider) - _start)) : null;
        SourceMessage message = isTooLarge
            ? SourceMessage.Failed(_path, _index, string.Create(CultureInfo.InvariantCulture, $"the message is larger than {_largest} octets"))
            : Take(divider);
        _finished = divider < 0;
        Pass(divider < 0 ? _end : divider + 1);
        _index++;
        return message;
    }

    private SourceMessage? Undivided(ReadOnlySpan<byte> text)
    {
        int count = FromLine.CountInside(text, out int before);
        return count == 0 ? null : SourceMessage.Failed(_path, _index, string.Create(
            CultureInfo.InvariantCulture,
            $"looks like an mbox: {count} dividing lines not understood, the first is line {_lines + before + 1}; they divided nothing"));
    }

    // Counts the lines left behind, so that a message of an mbox knows where it begins.
    private void Pass(int to)
    {
        _lines += _buffer.AsSpan(_start, to - _start).Count((byte)'\n');
        _start = to;
    }

    // A dividing line is the LF before it and stands behind an empty line; on false the search goes on at scan with more octets.
    private bool TryFindDivider(ref int scan, out int divider)
    {
        ReadOnlySpan<byte> text = _buffer.AsSpan(0, _end);
        for (int at; (at = text[scan..].IndexOf("\nFrom "u8)) >= 0; scan++)
        {
            scan += at;
            if (!EndsEmptyLine(text[_start..scan]))
            {
                continue;
            }

            ReadOnlySpan<byte> line = text[(scan + 1)..];
            if (line.Length < DividerRoom && !_atEnd)
            {
                divider = -1;
                return false;
            }

            int end = line.IndexOf((byte)'\n');
            if (end >= 0 && FromLine.IsOne(Line(line)) && FromLine.BeginsMessage(line[(end + 1)..]))
            {
                divider = scan;
                return true;
            }
        }

        scan = Math.Max(scan, _end - "\nFrom"u8.Length);
        divider = -1;
        return false;
    }

    private SourceMessage Take(int divider)
    {
        ReadOnlySpan<byte> text = _buffer.AsSpan(_start, (divider < 0 ? _end : divider) - _start);
        bool isOneOfMany = divider >= 0 || _index > 0;
        if (!isOneOfMany)
        {
            // The buffer holds nothing else: hand it over instead of copying.
            byte[] whole = _buffer;
            int length = _end;
            _buffer = [];
            _start = _end = 0;
            return SourceMessage.Of(_path, _index, whole, length, _lineEndings);
        }

        text = text[(text.IndexOf((byte)'\n') + 1)..];
        if (divider >= 0)
        {
            // The empty line before a dividing line belongs to it: its LF is the divider, its CR is still here.
            text = text.EndsWith((byte)'\r') ? text[..^1] : text;
        }
        else
        {
            text = text.EndsWith("\r\n\r\n"u8) ? text[..^2] : text.EndsWith("\n\n"u8) ? text[..^1] : text;
        }

        byte[] message = SourceMessage.Rent(text.Length);
        return SourceMessage.Of(_path, _index, message, Unquote(text, message), _lineEndings, _lines + 2);
    }

    /// <summary>Takes one <c>&gt;</c> away from lines that begin with <c>&gt;From </c>, <c>&gt;&gt;From </c> and so on.</summary>
    internal static int Unquote(ReadOnlySpan<byte> text, Span<byte> into)
    {
        int written = 0;
        int copied = 0;
        int scan = 0;
        for (int at; (at = text[scan..].IndexOf(">From "u8)) >= 0; scan += ">From "u8.Length)
        {
            scan += at;
            int begin = text[..scan].LastIndexOfAnyExcept((byte)'>');
            if (begin < 0 || text[begin] == '\n')
            {
                text[copied..scan].CopyTo(into[written..]);
                written += scan - copied;
                copied = scan + 1;
            }
        }

        text[copied..].CopyTo(into[written..]);
        return written + text.Length - copied;
    }

    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
        return line.EndsWith((byte)'\r') ? line[..^1] : line;
    }

    private static bool EndsEmptyLine(ReadOnlySpan<byte> before) => before.EndsWith((byte)'\n') || before.EndsWith("\n\r"u8);

    // Reads more; what was read before may move to the front: returns by how much.
    private int Fill()
    {
        int moved = 0;
        if (_end == _buffer.Length)
        {
            int kept = _end - _start;
            byte[] target = kept > _buffer.Length / 2 ? SourceMessage.Rent(Math.Min(_buffer.Length * 2, _largest + (2 * DividerRoom))) : _buffer;
            _buffer.AsSpan(_start, kept).CopyTo(target);
            if (target != _buffer)
            {
                SourceMessage.Return(_buffer);
                _buffer = target;
            }

            moved = _start;
            _start = 0;
            _end = kept;
        }

        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
        return moved;
    }
}
