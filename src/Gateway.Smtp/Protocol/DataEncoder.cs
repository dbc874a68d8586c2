using System.Buffers;

namespace Gateway.Smtp.Protocol;

/// <summary>Turns message content into the octets that follow <c>354</c>: dots doubled at line starts, terminator behind.</summary>
/// <remarks>
/// Promises: a receiver that ends lines at CRLF only gets exactly the octets that were put in, whatever the split of
/// input and output. A dot is doubled at the start of the content and after CRLF, and nowhere else: doubling it after a
/// bare LF would change the octets for a correct receiver. Content with a bare LF or CR can be read as something else
/// by a careless receiver (SMTP smuggling); <see cref="SawBareLineFeed"/> and <see cref="SawBareCarriageReturn"/> say that it
/// was there, and refusing such content before it is sent is the relay's policy, not the codec's.
/// One exception to "exactly": content that does not end in CRLF gets the CRLF that the terminator needs.
/// Cost: regular lines by the block of 32 octets, one vectorised search per line end elsewhere; one copy per 64 KiB or doubled dot. Measured: see the benchmarks.
/// Source: RFC 5321 section 4.5.2, section 4.1.1.4.
/// </remarks>
internal struct DataEncoder
{
    /// <summary>The most octets <see cref="Finish"/> writes: CRLF.CRLF.</summary>
    public const int MaxTerminatorOctets = 5;

    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private Position _position;

    private enum Position
    {
        LineStart,
        AfterCarriageReturn,
        InLine,
    }

    /// <summary>True when an LF without a CR in front of it went through.</summary>
    public bool SawBareLineFeed { get; private set; }

    /// <summary>True when a CR without an LF behind it went through.</summary>
    public bool SawBareCarriageReturn { get; private set; }

    /// <summary>Encodes as much of the content as fits.</summary>
    /// <param name="content">The next piece of content; any split will do.</param>
    /// <param name="wire">Where the encoded octets go.</param>
    /// <param name="read">The octets of <paramref name="content"/> that are done with.</param>
    /// <param name="written">The octets put into <paramref name="wire"/>.</param>
    public void Encode(ReadOnlySpan<byte> content, Span<byte> wire, out int read, out int written)
    {
        read = 0;
        written = 0;
        while (read < content.Length && written < wire.Length)
        {
            if (_position == Position.LineStart && content[read] == '.')
            {
                if (wire.Length - written < 2)
                {
                    return;
                }

                wire[written++] = (byte)'.';
                wire[written++] = (byte)'.';
                read++;
                _position = Position.InLine;
                continue;
            }

            ReadOnlySpan<byte> window = content.Slice(read, Math.Min(content.Length - read, wire.Length - written));
            int run = Run(window);
            window[..run].CopyTo(wire[written..]);
            read += run;
            written += run;
        }
    }

    /// <summary>Writes the terminator; the encoder is as new afterwards but keeps what it saw.</summary>
    /// <param name="wire">At least <see cref="MaxTerminatorOctets"/> octets.</param>
    /// <returns>The octets written.</returns>
    public int Finish(Span<byte> wire)
    {
        SawBareCarriageReturn |= _position == Position.AfterCarriageReturn;
        ReadOnlySpan<byte> terminator = _position == Position.LineStart ? ".\r\n"u8 : "\r\n.\r\n"u8;
        terminator.CopyTo(wire);
        _position = Position.LineStart;
        return terminator.Length;
    }

    // How many octets can be copied as they are: up to a dot at a line start, or all of the window.
    private int Run(ReadOnlySpan<byte> window)
    {
        int at = 0;
        if (_position == Position.AfterCarriageReturn)
        {
            if (window[0] == '\n')
            {
                at = 1;
                if (IsRunEnd(window, at))
                {
                    return at;
                }
            }
            else
            {
                SawBareCarriageReturn = true;
            }
        }

        while (true)
        {
            int regular = RegularLines.Skip(window[at..]);
            at += regular;
            if (regular > 0 && window[at - 1] == '\n' && IsRunEnd(window, at))
            {
                return at;
            }

            int found = window[at..].IndexOfAny(LineEnds);
            if (found < 0)
            {
                _position = Position.InLine;
                return window.Length;
            }

            at += found;
            if (window[at] == '\n')
            {
                SawBareLineFeed = true;
                at++;
            }
            else if (at + 1 == window.Length)
            {
                _position = Position.AfterCarriageReturn;
                return window.Length;
            }
            else if (window[at + 1] != '\n')
            {
                SawBareCarriageReturn = true;
                at++;
            }
            else
            {
                at += 2;
                if (IsRunEnd(window, at))
                {
                    return at;
                }
            }
        }
    }

    private bool IsRunEnd(ReadOnlySpan<byte> window, int at)
    {
        if (at == window.Length || window[at] == '.')
        {
            _position = Position.LineStart;
            return true;
        }

        return false;
    }
}
