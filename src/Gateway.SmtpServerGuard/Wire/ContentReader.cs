using System.Buffers;

namespace Gateway.SmtpServerGuard.Wire;

/// <summary>Reads content up to its end of data, and puts its dots so that the package makes of it what the client meant (RFC 5321 section 4.5.2).</summary>
/// <remarks>
/// The package takes one dot of two behind CRLF and nothing else: a dot on the first line and a dot that was not doubled stay. So the first line is given without its
/// stuffing, and a dot that stands alone before text is left out.
/// Threads: one session, one call at a time.
/// Cost: one pass, one copy; the array is rented.
/// </remarks>
internal sealed class ContentReader
{
    private byte[] _octets = [];
    private int _length;
    private bool _firstLine = true;
    private At _at = At.LineStart;

    private enum At
    {
        LineStart,
        Line,
        Cr,
        Dot,
        DotCr,
    }

    /// <summary>True when the message read last has no octet.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>True when the message is over the bound.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Reads on.</summary>
    /// <param name="piece">What came.</param>
    /// <param name="most">Octets a message may have.</param>
    /// <param name="complete">True when the end of data was read.</param>
    /// <returns>How many octets belong to the message and its end.</returns>
    public int Append(ReadOnlySpan<byte> piece, int most, out bool complete)
    {
        Reserve(piece.Length);
        complete = false;
        int i = 0;
        while (i < piece.Length && !complete)
        {
            if (_at == At.Line)
            {
                int run = piece[i..].IndexOf((byte)'\r');
                run = run < 0 ? piece.Length - i : run;
                piece.Slice(i, run).CopyTo(_octets.AsSpan(_length));
                _length += run;
                i += run;
                if (i == piece.Length)
                {
                    break;
                }
            }

            complete = Step(piece[i++]);
        }

        IsTooLong = _length > most;
        return i;
    }

    /// <summary>The message as the package wants to read it, its end of data included, in one segment; valid until <see cref="Release"/>.</summary>
    public ReadOnlySequence<byte> Take()
    {
        IsEmpty = _length == 0;
        ReadOnlySpan<byte> end = IsEmpty ? "\r\n.\r\n"u8 : ".\r\n"u8;
        Reserve(end.Length);
        end.CopyTo(_octets.AsSpan(_length));
        ReadOnlySequence<byte> whole = new(_octets, 0, _length + end.Length);
        _length = 0;
        _firstLine = true;
        _at = At.LineStart;
        return whole;
    }

    /// <summary>Gives the array back once the package has stored the message.</summary>
    public void Release()
    {
        if (_octets.Length > 0 && _length == 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
            _octets = [];
        }
    }

    /// <summary>Reads one octet; true at the end of data.</summary>
    private bool Step(byte octet)
    {
        switch (_at)
        {
            case At.LineStart when octet == '.':
                _at = At.Dot;
                return false;
            case At.Dot when octet == '\r':
                _at = At.DotCr;
                return false;
            case At.Dot when octet == '.' && !_firstLine:
                // Doubled: the package takes one of them.
                Put((byte)'.');
                break;
            case At.DotCr when octet == '\n':
                return true;
            case At.DotCr:
                Put((byte)'\r');
                _at = At.Cr;
                break;
            case At.Cr when octet == '\n':
                Put(octet);
                _firstLine = false;
                _at = At.LineStart;
                return false;
        }

        Put(octet);
        _at = octet == '\r' ? At.Cr : At.Line;
        return false;
    }

    private void Put(byte octet) => _octets[_length++] = octet;

    private void Reserve(int more)
    {
        // Two more: a CR and a dot that were waited with.
        int needed = _length + more + 2;
        if (needed <= _octets.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(16 * 1024, 2 * _octets.Length)));
        _octets.AsSpan(0, _length).CopyTo(larger);
        if (_octets.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_octets);
        }

        _octets = larger;
    }
}
