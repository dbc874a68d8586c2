using System.Buffers;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>What <see cref="ReplyParser.Scan"/> found at the start of the unread octets.</summary>
internal enum ReplyScan
{
    /// <summary>The reply does not end yet; read more and scan again.</summary>
    Incomplete,

    /// <summary>One whole reply is there.</summary>
    Complete,

    /// <summary>The octets are not an SMTP reply, or a line or the reply is longer than we read.</summary>
    Malformed,
}

/// <summary>Finds the end of one SMTP reply in octets that arrive in any pieces, and makes the reply value of it.</summary>
/// <remarks>
/// Promises: every octet is looked at once, however the reply is cut; no more than
/// <see cref="MaxReplyOctets"/> are ever asked for. Only CRLF ends a line: a bare LF inside a reply text would let
/// one reply be read as two, so it is malformed.
/// Source: RFC 5321 section 4.2, 4.2.1 (multi-line), RFC 2034 (enhanced codes).
/// </remarks>
internal struct ReplyParser
{
    /// <summary>The longest reply line we read, in octets with CRLF. RFC 5321 section 4.5.3.1.5 asks for 512.</summary>
    public const int MaxLineOctets = 2048;

    /// <summary>The longest multi-line reply we read, in octets.</summary>
    public const int MaxReplyOctets = 64 * 1024;

    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private int _lineStart;
    private int _scanned;
    private int _code;

    /// <summary>Looks for the end of the reply that starts at the first unread octet; resumes where the last call stopped.</summary>
    /// <param name="unread">All octets from the start of the reply on; the start must not move between calls.</param>
    /// <param name="length">The octets of the reply with its last CRLF, when complete.</param>
    public ReplyScan Scan(ReadOnlySpan<byte> unread, out int length)
    {
        length = 0;
        while (true)
        {
            int at = unread[_scanned..].IndexOfAny(LineEnds);
            int end = at < 0 ? unread.Length : _scanned + at;
            if (end - _lineStart > MaxLineOctets - 2 || end > MaxReplyOctets - 2)
            {
                return ReplyScan.Malformed;
            }

            // A CR that is the last octet so far is looked at again with its successor.
            _scanned = end;
            if (at < 0 || (unread[end] == '\r' && end + 1 == unread.Length))
            {
                return ReplyScan.Incomplete;
            }

            if (unread[end] != '\r' || unread[end + 1] != '\n' || !TryLine(unread[_lineStart..end], out bool last))
            {
                return ReplyScan.Malformed;
            }

            _scanned = _lineStart = end + 2;
            if (last)
            {
                length = _scanned;
                this = default;
                return ReplyScan.Complete;
            }
        }
    }

    /// <summary>Makes the reply value of the octets of one complete reply.</summary>
    /// <remarks>
    /// Control characters and octets above 126 in the text become <c>?</c>, tabs become spaces: the text goes into
    /// logs, bounces and pages. An enhanced code counts only when its class agrees with the reply code.
    /// </remarks>
    public static SmtpReply Decode(ReadOnlySpan<byte> reply)
    {
        int code = Number(reply);
        EnhancedCode enhanced = default;
        StringBuilder? lines = null;
        string text = string.Empty;
        bool first = true;
        while (!reply.IsEmpty)
        {
            int end = reply.IndexOf((byte)'\n');
            string line = Text(end > 5 ? reply[4..(end - 1)] : default);
            reply = reply[(end + 1)..];
            bool coded = EnhancedCode.TryParse(line, out EnhancedCode found, out int taken) && found.Class == code / 100;
            if (first)
            {
                enhanced = coded ? found : default;
                text = Rest(line, coded ? taken : 0);
                first = false;
                continue;
            }

            lines ??= new StringBuilder(text);
            lines.Append('\n').Append(Rest(line, coded && found == enhanced ? taken : 0));
        }

        return new SmtpReply(code, enhanced, lines?.ToString() ?? text);
    }

    private bool TryLine(ReadOnlySpan<byte> line, out bool last)
    {
        last = line.Length == 3 || (line.Length > 3 && line[3] == ' ');
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1])
            || !char.IsAsciiDigit((char)line[2]) || (!last && line[3] != '-'))
        {
            return false;
        }

        int code = Number(line);
        bool agrees = _code == 0 || _code == code;
        _code = code;
        return agrees;
    }

    private static int Number(ReadOnlySpan<byte> line) => ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');

    private static string Rest(string line, int taken) => taken == 0 ? line : line[Math.Min(line.Length, taken + 1)..];

    private static string Text(ReadOnlySpan<byte> octets) =>
        octets.IsEmpty ? string.Empty : string.Create(octets.Length, octets, static (text, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                text[i] = source[i] switch
                {
                    (byte)'\t' => ' ',
                    < 0x20 or > 0x7e => '?',
                    byte octet => (char)octet,
                };
            }
        });
}
