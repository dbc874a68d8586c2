namespace Gateway.Smtp.Protocol;

/// <summary>Takes the octets of one message as they are decoded.</summary>
public interface IDataSink
{
    /// <summary>Takes the next octets of the message; the span is only valid during the call.</summary>
    void Append(ReadOnlySpan<byte> bytes);
}

/// <summary>Removes dot-stuffing from DATA and finds its end; only CRLF.CRLF ends a message.</summary>
/// <remarks>
/// Promises: the same octets in give the same octets out for every split of the input. A bare CR, a bare LF and NUL pass
/// through as data for the scanner to judge. A dot is removed only at the start of a line that follows CRLF (or at the very
/// start). A line with nothing but a dot that is delimited by anything else than CRLF on both sides, which another server
/// might take for the end, is remembered in <see cref="FirstSuspectOffset"/> (rule <c>nonstandard-end-of-data</c>).
/// Cost: regular lines by the block of 32 octets, one vectorised search per line end elsewhere; octets are handed on in runs, without a copy.
/// Source: RFC 5321 sections 4.1.1.4, 4.5.2 and 2.3.8.
/// </remarks>
public struct DataDecoder
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private const byte Dot = (byte)'.';

    private State _state;
    private long _suspect;
    private long _unstuffed;

    private enum State : byte
    {
        /// <summary>At the start, or after CRLF.</summary>
        LineStart,

        /// <summary>Inside a line.</summary>
        Text,

        /// <summary>After CR inside a line; the CR was handed on.</summary>
        TextCr,

        /// <summary>After a dot at the start of a line; the dot is held back.</summary>
        Dot,

        /// <summary>After dot and CR at the start of a line; both are held back.</summary>
        DotCr,

        /// <summary>After a bare LF, a bare CR or a NUL: no line start for us, but for others.</summary>
        FalseStart,

        /// <summary>After a dot at such a false start.</summary>
        FalseDot,
    }

    /// <summary>Octets handed to the sink so far.</summary>
    public long Length { get; private set; }

    /// <summary>Offset in the decoded octets of the first dot line with non-standard delimiters, or -1.</summary>
    /// <remarks>The offset of its dot, or of what stands behind the dot when the dot was removed.</remarks>
    public readonly long FirstSuspectOffset => _suspect - 1;

    /// <summary>Offset in the decoded octets of the first line from which a dot was removed that the client had not doubled, or -1.</summary>
    public readonly long FirstUnstuffedOffset => _unstuffed - 1;

    /// <summary>Decodes a piece of input.</summary>
    /// <param name="input">The octets received.</param>
    /// <param name="sink">Takes the decoded octets.</param>
    /// <param name="consumed">How many octets of the input were used: all of them, or up to the end of the end-of-data sequence.</param>
    /// <returns>True when the end of the data was found.</returns>
    public bool Decode(ReadOnlySpan<byte> input, IDataSink sink, out int consumed)
    {
        int run = 0;
        int at = 0;
        while (at < input.Length)
        {
            byte c = input[at];
            switch (_state)
            {
                case State.LineStart:
                    if (c == Dot)
                    {
                        Emit(input[run..at], sink);
                        at++;
                        run = at;
                        _state = State.Dot;
                        break;
                    }

                    _state = c == 0 ? State.FalseStart : State.Text;
                    at += c == 0 ? 1 : 0;
                    break;

                case State.Text:
                    int regular = RegularLines.Skip(input[at..]);
                    if (regular > 0)
                    {
                        at += regular;
                        _state = input[at - 1] == Lf ? State.LineStart : State.Text;
                        break;
                    }

                    int next = input[at..].IndexOfAny(Cr, Lf);
                    if (next < 0)
                    {
                        at = input.Length;
                        break;
                    }

                    at += next + 1;
                    _state = input[at - 1] == Cr ? State.TextCr : State.FalseStart;
                    break;

                case State.TextCr:
                    if (c == Lf)
                    {
                        at++;
                        _state = State.LineStart;
                        break;
                    }

                    _state = State.FalseStart;
                    break;

                case State.Dot:
                    if (c == Cr)
                    {
                        at++;
                        run = at;
                        _state = State.DotCr;
                        break;
                    }

                    // The dot is removed, whatever follows it (RFC 5321 section 4.5.2).
                    if (c is Lf or 0)
                    {
                        Suspect(run, at);
                    }
                    else if (c != Dot && _unstuffed == 0)
                    {
                        _unstuffed = Length + (at - run) + 1;
                    }

                    _state = State.Text;
                    break;

                case State.DotCr:
                    if (c == Lf)
                    {
                        consumed = at + 1;
                        return true;
                    }

                    Suspect(run, at);
                    Emit("\r"u8, sink);
                    run = at;
                    _state = State.FalseStart;
                    break;

                case State.FalseStart:
                    if (c == Dot)
                    {
                        at++;
                        _state = State.FalseDot;
                        break;
                    }

                    _state = c == Cr ? State.TextCr : State.Text;
                    at += c == Cr ? 1 : 0;
                    if (c is Lf or 0)
                    {
                        at++;
                        _state = State.FalseStart;
                    }

                    break;

                case State.FalseDot:
                default:
                    if (c is Cr or Lf or 0)
                    {
                        // This dot was handed on, so it is the line's first octet.
                        Suspect(run, at - 1);
                    }

                    _state = State.Text;
                    break;
            }
        }

        Emit(input[run..at], sink);
        consumed = at;
        return false;
    }

    private void Suspect(int run, int at)
    {
        if (_suspect == 0)
        {
            _suspect = Length + (at - run) + 1;
        }
    }

    private void Emit(ReadOnlySpan<byte> bytes, IDataSink sink)
    {
        if (!bytes.IsEmpty)
        {
            Length += bytes.Length;
            sink.Append(bytes);
        }
    }
}
