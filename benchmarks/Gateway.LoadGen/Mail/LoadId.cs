using System.Buffers.Text;
using System.Globalization;

namespace Gateway.LoadGen.Mail;

/// <summary>Which message it is: the first line of everything this program sends.</summary>
/// <remarks>
/// What stands before this line at the sink was put there by relays and is nobody's content. The line says everything a sink needs that does
/// not know the source: when the message was to be sent (CLOCK_MONOTONIC, so the same machine only), how long it is and what its hash is.
/// Fixed width, so that it is written over in place.
/// </remarks>
/// <param name="Run">Tells runs apart.</param>
/// <param name="Sequence">Number in its run, from 0.</param>
/// <param name="IsHostile">Whether it is meant to do harm.</param>
/// <param name="Intended">When it was to be sent: a timestamp in nanoseconds.</param>
/// <param name="Hash">XxHash3 of the content behind the marks, without the end mark.</param>
/// <param name="Octets">Length from this line on.</param>
/// <param name="Frame">What marks the content carries.</param>
internal readonly record struct LoadId(uint Run, uint Sequence, bool IsHostile, long Intended, ulong Hash, uint Octets, Frame Frame)
{
    /// <summary>Octets of the line with its end.</summary>
    public const int LineOctets = 76;

    /// <summary>Octets of the Message-ID field behind it, where there is one.</summary>
    public const int MessageIdOctets = 46;

    /// <summary>Octets of the mark at the end of the text, where there is one.</summary>
    public const int EndMarkOctets = 29;

    /// <summary>Behind the end mark in a multipart.</summary>
    public static ReadOnlySpan<byte> Closing => "--load-part--\r\n"u8;

    /// <summary>What the line begins with.</summary>
    public static ReadOnlySpan<byte> Name => "X-Load-Id: "u8;

    /// <summary>Writes the line.</summary>
    public void WriteLine(Span<byte> line)
    {
        Name.CopyTo(line);
        Hex(line[11..], Run, 8);
        line[19] = (byte)'-';
        Hex(line[20..], Sequence, 8);
        line[28] = (byte)'-';
        line[29] = (byte)(IsHostile ? 'h' : 'c');
        line[30] = (byte)'-';
        Hex(line[31..], (ulong)Intended, 16);
        line[47] = (byte)'-';
        Hex(line[48..], Hash, 16);
        line[64] = (byte)'-';
        Hex(line[65..], Octets, 8);
        line[73] = (byte)Frame;
        "\r\n"u8.CopyTo(line[74..]);
    }

    /// <summary>Writes the Message-ID field.</summary>
    public void WriteMessageId(Span<byte> line)
    {
        "Message-ID: <"u8.CopyTo(line);
        Hex(line[13..], Run, 8);
        line[21] = (byte)'.';
        Hex(line[22..], Sequence, 8);
        "@load.example>\r\n"u8.CopyTo(line[30..]);
    }

    /// <summary>Writes the mark at the end of the text.</summary>
    public void WriteEndMark(Span<byte> line)
    {
        "Load-End: "u8.CopyTo(line);
        Hex(line[10..], Run, 8);
        line[18] = (byte)'-';
        Hex(line[19..], Sequence, 8);
        "\r\n"u8.CopyTo(line[27..]);
    }

    /// <summary>Reads a line; false when it is not what this program writes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LoadId id)
    {
        id = default;
        if (line.Length < LineOctets || !line.StartsWith(Name) || line[19] != '-' || line[28] != '-' || line[30] != '-' || line[47] != '-' || line[64] != '-'
            || line[74] != '\r' || line[75] != '\n'
            || !Number(line[11..19], out ulong run) || !Number(line[20..28], out ulong sequence) || !Number(line[31..47], out ulong intended)
            || !Number(line[48..64], out ulong hash) || !Number(line[65..73], out ulong octets)
            || (Frame)line[73] is not (Frame.Bare or Frame.Text or Frame.Multipart) || line[29] is not ((byte)'c' or (byte)'h'))
        {
            return false;
        }

        id = new LoadId((uint)run, (uint)sequence, line[29] == 'h', (long)intended, hash, (uint)octets, (Frame)line[73]);
        return true;
    }

    /// <summary>The line as text, for messages to people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run:x8}-{Sequence:x8}");

    private static void Hex(Span<byte> to, ulong number, int digits)
    {
        for (int i = digits - 1; i >= 0; i--)
        {
            to[i] = "0123456789abcdef"u8[(int)(number & 15)];
            number >>= 4;
        }
    }

    private static bool Number(ReadOnlySpan<byte> digits, out ulong number)
        => Utf8Parser.TryParse(digits, out number, out int read, 'x') && read == digits.Length;
}

/// <summary>What marks a message carries besides the first line.</summary>
internal enum Frame : byte
{
    /// <summary>None: a message of somebody else, sent as it is.</summary>
    Bare = (byte)'b',

    /// <summary>A Message-ID of its own, and its number again in the last line: mixed-up halves of two messages show.</summary>
    Text = (byte)'t',

    /// <summary>As <see cref="Text"/>, with the end of a multipart behind the last line.</summary>
    Multipart = (byte)'m',
}
