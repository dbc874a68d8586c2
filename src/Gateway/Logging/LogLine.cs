using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Gateway.Logging;

/// <summary>One line of the log while it is put together, in UTF-8. Used again and again by one thread.</summary>
/// <remarks>Threads: one. Cost: grows to the longest line seen, about 200 KiB at most, and allocates nothing else.</remarks>
internal sealed class LogLine
{
    /// <summary>Characters of a single text that are written; the rest is counted.</summary>
    public const int LongestText = 32 * 1024;

    private const int StampLength = 27;

    private readonly byte[] _stamp = "0000-00-00T00:00:00.000000Z"u8.ToArray();
    private byte[] _bytes = new byte[1024];
    private int _length;
    private long _stampSecond = -1;

    /// <summary>Whether the thread is inside a line: a value being formatted may log in turn.</summary>
    public bool InUse { get; set; }

    /// <summary>The line so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Begins a new line.</summary>
    public void Clear() => _length = 0;

    /// <summary>Adds octets as they are.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Adds a time as RFC 3339 in UTC with microseconds.</summary>
    public void AppendTime(DateTimeOffset time)
    {
        long ticks = time.UtcTicks;
        (long second, long part) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        if (second != _stampSecond)
        {
            // Once a second: the date part costs more than the rest of the line.
            new DateTime(second * TimeSpan.TicksPerSecond, DateTimeKind.Utc)
                .TryFormat(_stamp, out _, "yyyy-MM-dd'T'HH:mm:ss'.000000Z'", CultureInfo.InvariantCulture);
            _stampSecond = second;
        }

        uint micros = (uint)(part / TimeSpan.TicksPerMicrosecond);
        for (int i = StampLength - 2; i > StampLength - 8; i--)
        {
            (micros, uint digit) = Math.DivRem(micros, 10);
            _stamp[i] = (byte)('0' + digit);
        }

        Append(_stamp);
    }

    /// <summary>Adds text; unsafe characters are shown, so that it stays one line.</summary>
    public void AppendText(ReadOnlySpan<char> text)
    {
        int more = Clip(ref text);
        int length;
        for (int next; (next = VisibleText.IndexOfUnsafe(text, out length)) >= 0; text = text[(next + length)..])
        {
            AppendUtf8(text[..next]);
            AppendUtf8(VisibleText.Shown(text.Slice(next, length)));
        }

        AppendUtf8(text);
        AppendClipped(more);
    }

    /// <summary>Adds text of several lines as one, with <c> | </c> between what were lines.</summary>
    public void AppendLines(ReadOnlySpan<char> text)
    {
        int more = Clip(ref text);
        bool first = true;
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            ReadOnlySpan<char> trimmed = line.Trim();
            if (!trimmed.IsEmpty)
            {
                Append(first ? [] : " | "u8);
                AppendText(trimmed);
                first = false;
            }
        }

        AppendClipped(more);
    }

    /// <summary>Adds a JSON string with its quotes.</summary>
    public void AppendJsonText(ReadOnlySpan<char> text)
    {
        int more = Clip(ref text);
        Append("\""u8);
        int length;
        for (int next; (next = VisibleText.IndexOfUnsafeInJson(text, out length)) >= 0; text = text[(next + length)..])
        {
            AppendUtf8(text[..next]);
            foreach (char unit in text.Slice(next, length))
            {
                AppendJsonEscape(unit);
            }
        }

        AppendUtf8(text);
        AppendClipped(more);
        Append("\""u8);
    }

    private void AppendJsonEscape(char unit)
    {
        switch (unit)
        {
            case '"':
                Append("\\\""u8);
                break;
            case '\\':
                Append("\\\\"u8);
                break;
            case '\n':
                Append("\\n"u8);
                break;
            default:
                Span<byte> escape = Room(6);
                "\\u"u8.CopyTo(escape);
                Utf8Formatter.TryFormat((ushort)unit, escape[2..], out _, new System.Buffers.StandardFormat('x', 4));
                _length += 6;
                break;
        }
    }

    /// <summary>Adds a value that can write itself, at most 128 octets of it; whether it could.</summary>
    public bool TryAppend<T>(T value)
        where T : IUtf8SpanFormattable
    {
        bool written = value.TryFormat(Room(128), out int length, default, CultureInfo.InvariantCulture);
        _length += written ? length : 0;
        return written;
    }

    private static int Clip(ref ReadOnlySpan<char> text)
    {
        int more = Math.Max(0, text.Length - LongestText);
        text = text[..(text.Length - more)];
        return more;
    }

    private void AppendClipped(int more)
    {
        if (more > 0)
        {
            AppendUtf8(string.Create(CultureInfo.InvariantCulture, $" ({more} more characters)"));
        }
    }

    private void AppendUtf8(ReadOnlySpan<char> text) =>
        _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));

    private Span<byte> Room(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }

        return _bytes.AsSpan(_length);
    }
}
