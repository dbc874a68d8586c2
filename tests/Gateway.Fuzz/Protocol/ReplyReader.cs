using System.Text;

namespace Gateway.Fuzz.Protocol;

/// <summary>One reply of the server.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Text">What stands behind the code of the last line.</param>
internal readonly record struct HeardReply(int Code, string Text)
{
    public bool IsSuccess => Code is >= 200 and < 300;

    public override string ToString() => $"{Code} {Text}";
}

/// <summary>Cuts the server's octets into replies and checks their form.</summary>
/// <remarks>Written from RFC 5321 section 4.2 and RFC 2034, not from the server's code.</remarks>
internal sealed class ReplyReader
{
    private readonly List<byte> _line = [];
    private int _code;

    /// <summary>Takes octets; gives the replies that they complete.</summary>
    /// <exception cref="FormatException">They are no SMTP replies.</exception>
    public void Take(ReadOnlySpan<byte> octets, Action<HeardReply> heard)
    {
        foreach (byte octet in octets)
        {
            _line.Add(octet);
            if (octet == '\n')
            {
                string line = Encoding.Latin1.GetString(_line.ToArray());
                _line.Clear();
                if (Line(line) is HeardReply reply)
                {
                    heard(reply);
                }
            }
        }
    }

    /// <summary>Checks that nothing was cut off.</summary>
    public bool IsAtEnd => _line.Count == 0 && _code == 0;

    private HeardReply? Line(string line)
    {
        Require(line.EndsWith("\r\n", StringComparison.Ordinal), line, "does not end in CRLF");
        line = line[..^2];
        Require(line.Length is >= 4 and <= 510, line, "has the wrong length");
        Require(line.All(static c => c is >= ' ' and < '\x7f'), line, "holds what is not printable");
        Require(line[0] is >= '2' and <= '5' && char.IsAsciiDigit(line[1]) && char.IsAsciiDigit(line[2]) && line[3] is ' ' or '-', line, "has no code");
        int code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + line[2] - '0';
        Require(_code == 0 || _code == code, line, "changes the code inside a reply");
        string text = line[4..];
        if (line[3] == '-')
        {
            _code = code;
            return null;
        }

        _code = 0;
        // RFC 2034: every 2xx, 4xx and 5xx has an enhanced code of its class, but for the greeting and the replies to EHLO and HELO.
        Require(code is 220 or 250 or 334 or 354 || (text.Length > 5 && text[0] == line[0] && text[1] == '.' && char.IsAsciiDigit(text[2])), line, "has no enhanced code of its class");
        return new HeardReply(code, text);
    }

    private static void Require(bool holds, string line, string what)
    {
        if (!holds)
        {
            throw new FormatException($"reply '{line}' {what}");
        }
    }
}
