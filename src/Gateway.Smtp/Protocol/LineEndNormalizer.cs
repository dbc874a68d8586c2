namespace Gateway.Smtp.Protocol;

/// <summary>What was done to the line ends of one message.</summary>
/// <param name="BareLf">LF without CR.</param>
/// <param name="BareCr">CR without LF.</param>
/// <param name="DoubledCr">CR CR LF and longer: one line end each, as a program that translates line ends twice means it.</param>
/// <param name="FirstOffset">Offset in the normalised octets of the first CRLF that was none, or -1.</param>
public readonly record struct NormalizedLineEnds(long BareLf, long BareCr, long DoubledCr, long FirstOffset)
{
    /// <summary>Places that were changed.</summary>
    public long Total => BareLf + BareCr + DoubledCr;
}

/// <summary>Makes every line end of a message CRLF, for clients that are allowed to send others.</summary>
/// <remarks>
/// Stands behind <see cref="DataDecoder"/>, which alone says where the message ends: at CRLF.CRLF and nowhere else, whatever becomes of the line
/// ends here. A dot at the start of a line whose begin only this class saw is taken off like the decoder takes off the others (RFC 5321
/// section 4.5.2); a line of nothing but such a dot is the decoder's suspect, and its message must be refused.
/// Promises: the same octets in give the same octets out for every split. What comes out holds no CR and no LF but in CRLF.
/// Cost: clean octets are handed on in runs as they came, one vectorised search a line.
/// </remarks>
public sealed class LineEndNormalizer(IDataSink next) : IDataSink
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';

    private long _bareLf;
    private long _bareCr;
    private long _doubledCr;
    private long _first = -1;
    private long _length;

    // CRs at the end of what came, not handed on yet: what follows decides how many line ends they are.
    private long _held;
    private bool _afterBareEnd;

    /// <summary>What was done so far.</summary>
    public NormalizedLineEnds Done => new(_bareLf, _bareCr, _doubledCr, _first);

    private static ReadOnlySpan<byte> LineEnds => "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"u8;

    /// <summary>Begins the next message.</summary>
    public void Reset()
    {
        _bareLf = _bareCr = _doubledCr = _length = _held = 0;
        _first = -1;
        _afterBareEnd = false;
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int run = 0;
        int at = 0;
        while (at < bytes.Length)
        {
            if (_held > 0)
            {
                at += EndLine(bytes[at]);
                run = at;
                continue;
            }

            if (_afterBareEnd)
            {
                _afterBareEnd = false;
                if (bytes[at] == (byte)'.')
                {
                    run = ++at;
                    continue;
                }
            }

            int end = bytes[at..].IndexOfAny(Cr, Lf);
            if (end < 0)
            {
                break;
            }

            at += end;
            if (bytes[at] == Cr && at + 1 < bytes.Length && bytes[at + 1] == Lf)
            {
                at += 2;
                continue;
            }

            Emit(bytes[run..at]);
            if (bytes[at] == Cr)
            {
                _held = 1;
            }
            else
            {
                Break(1, ref _bareLf);
            }

            run = ++at;
        }

        Emit(bytes[run..]);
    }

    /// <summary>Decides what the held CRs are by the octet behind them.</summary>
    /// <returns>How many octets were used: 1 when it belongs to them.</returns>
    private int EndLine(byte behind)
    {
        if (behind == Cr)
        {
            _held++;
            return 1;
        }

        long held = _held;
        _held = 0;
        if (behind != Lf)
        {
            Break(held, ref _bareCr);
            return 0;
        }

        if (held > 1)
        {
            _doubledCr++;
            Mark();
        }

        Emit(LineEnds[..2]);
        return 1;
    }

    private void Break(long count, ref long counter)
    {
        counter += count;
        Mark();
        for (long left = count * 2; left > 0; left -= LineEnds.Length)
        {
            Emit(LineEnds[..(int)Math.Min(left, LineEnds.Length)]);
        }

        _afterBareEnd = true;
    }

    private void Mark() => _first = _first < 0 ? _length : _first;

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            _length += bytes.Length;
            next.Append(bytes);
        }
    }
}
