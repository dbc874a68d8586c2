using System.Globalization;
using System.Text;

namespace Gateway.Smtp.Protocol;

/// <summary>One SMTP reply: what our server says to a client, and what our client heard from a downstream host.</summary>
/// <remarks>
/// A reply is a value. Whether it is temporary or permanent follows from its code and is stored nowhere else.
/// Source: RFC 5321 section 4.2 (format), RFC 2034 (enhanced codes in front of each line's text).
/// </remarks>
public sealed class SmtpReply
{
    private byte[]? _wire;

    /// <summary>Makes a reply.</summary>
    /// <param name="code">200 to 599.</param>
    /// <param name="enhanced">The enhanced code, or default for the replies that have none (greeting, EHLO, 354).</param>
    /// <param name="text">The text; LF separates the lines of a multi-line reply.</param>
    public SmtpReply(int code, EnhancedCode enhanced, string text)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(code, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, 599);
        Code = code;
        Enhanced = enhanced;
        Text = text;
    }

    /// <summary>The three-digit reply code.</summary>
    public int Code { get; }

    /// <summary>The enhanced status code; <see cref="EnhancedCode.IsNone"/> when the reply has none.</summary>
    public EnhancedCode Enhanced { get; }

    /// <summary>The text without codes; LF separates lines.</summary>
    public string Text { get; }

    /// <summary>2xx: the command succeeded.</summary>
    public bool IsSuccess => Code / 100 == 2;

    /// <summary>3xx: the server waits for more.</summary>
    public bool IsIntermediate => Code / 100 == 3;

    /// <summary>4xx: the same may succeed later.</summary>
    public bool IsTransient => Code / 100 == 4;

    /// <summary>5xx: the same will not succeed.</summary>
    public bool IsPermanent => Code / 100 == 5;

    /// <summary>The octets on the wire, CRLF after each line; encoded once and kept.</summary>
    public ReadOnlyMemory<byte> Wire => _wire ??= Encode();

    /// <summary>The same reply with another text.</summary>
    public SmtpReply WithText(string text) => new(Code, Enhanced, text);

    /// <summary>One line, as log lines and bounces quote it: <c>250 2.0.0 Ok</c>; further lines are joined by a space.</summary>
    public override string ToString()
    {
        string text = Text.Replace('\n', ' ');
        return Enhanced.IsNone
            ? string.Create(CultureInfo.InvariantCulture, $"{Code} {text}")
            : string.Create(CultureInfo.InvariantCulture, $"{Code} {Enhanced} {text}");
    }

    private byte[] Encode()
    {
        StringBuilder wire = new();
        string[] lines = Text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            wire.Append(CultureInfo.InvariantCulture, $"{Code}{(i == lines.Length - 1 ? ' ' : '-')}");
            if (!Enhanced.IsNone)
            {
                wire.Append(CultureInfo.InvariantCulture, $"{Enhanced} ");
            }

            foreach (char c in lines[i])
            {
                // A CR here would start a reply of the peer's making.
                wire.Append(char.IsControl(c) ? '?' : c);
            }

            wire.Append("\r\n");
        }

        // Reply texts are US-ASCII (RFC 5321 section 4.2); anything else would come from peer data and is masked.
        return Encoding.ASCII.GetBytes(wire.ToString());
    }
}
