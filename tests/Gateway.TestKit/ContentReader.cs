using System.Buffers;

namespace Gateway.TestKit;

/// <summary>Undoes doubled dots and finds CRLF.CRLF, octet by octet: slow, plain, and written apart from what it tests.</summary>
internal sealed class ContentReader
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private State _state = State.LineStart;

    private enum State
    {
        LineStart,
        Dot,
        DotCarriageReturn,
        InLine,
        CarriageReturn,
    }

    /// <summary>The octets so far.</summary>
    public byte[] Content => _content.WrittenSpan.ToArray();

    /// <summary>Takes octets up to the terminator.</summary>
    /// <param name="octets">The next octets from the wire.</param>
    /// <param name="ended">True when the terminator was met.</param>
    /// <returns>How many octets belong to the message and its terminator.</returns>
    public int Take(ReadOnlySpan<byte> octets, out bool ended)
    {
        for (int i = 0; i < octets.Length; i++)
        {
            byte octet = octets[i];
            switch (_state)
            {
                case State.LineStart when octet == '.':
                    _state = State.Dot;
                    continue;
                case State.Dot when octet == '\r':
                    _state = State.DotCarriageReturn;
                    continue;
                case State.DotCarriageReturn when octet == '\n':
                    ended = true;
                    return i + 1;
                case State.DotCarriageReturn:
                    // The dot was a lone one at a line start: it is taken off, the CR stays.
                    Put((byte)'\r');
                    _state = State.CarriageReturn;
                    break;
                default:
                    break;
            }

            _state = octet switch
            {
                (byte)'\n' when _state == State.CarriageReturn => State.LineStart,
                (byte)'\r' => State.CarriageReturn,
                _ => State.InLine,
            };
            Put(octet);
        }

        ended = false;
        return octets.Length;
    }

    private void Put(byte octet)
    {
        _content.GetSpan(1)[0] = octet;
        _content.Advance(1);
    }
}
