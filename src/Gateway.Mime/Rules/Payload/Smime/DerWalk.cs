namespace Gateway.Mime.Rules.Payload.Smime;

/// <summary>Walks tags and lengths of one BER or DER value in a stream, without decoding anything.</summary>
/// <remarks>Promises: one pass, fixed memory, no recursion. Source: X.690 8.1.</remarks>
internal sealed class DerWalk(Stream stream)
{
    private const int MaxDepth = 32;
    private const int Sequence = 0x30;
    private const int Constructed = 0x20;
    private const int Indefinite = -1;

    private readonly byte[] _buffer = new byte[4096];

    // Where each open value ends; long.MaxValue for one of indefinite length in nothing that is bounded.
    private readonly long[] _ends = new long[MaxDepth];
    private readonly bool[] _open = new bool[MaxDepth];
    private int _filled;
    private int _next;
    private long _position;

    /// <summary>The flaw is the depth of nesting.</summary>
    public bool TooDeep { get; private set; }

    /// <summary>What is wrong with the value; null when nothing is.</summary>
    public string? Flaw()
    {
        int depth = 0;
        do
        {
            while (depth > 0 && !_open[depth - 1] && _position == _ends[depth - 1])
            {
                depth--;
                if (depth == 0)
                {
                    return null;
                }
            }

            long end = depth == 0 ? long.MaxValue : _ends[depth - 1];
            int tag = Octet();
            if (tag < 0 || !SkipLongTag(tag))
            {
                return depth == 0 && _position == 0 ? "the object is empty" : "the object ends within a value";
            }

            if (depth == 0 && tag != Sequence)
            {
                return "the object is no ASN.1 sequence";
            }

            long? length = Length();
            if (length is null)
            {
                return "a length that is none";
            }

            if (tag == 0 && length == 0)
            {
                if (depth == 0 || !_open[depth - 1])
                {
                    return "an end-of-contents in a value of definite length";
                }

                depth--;
                continue;
            }

            bool constructed = (tag & Constructed) != 0;
            if (length == Indefinite ? !constructed : length > end - _position)
            {
                return length == Indefinite ? "a primitive value of indefinite length" : "a value longer than what holds it";
            }

            if (!constructed)
            {
                if (!Skip(length.Value))
                {
                    return "a value longer than the object";
                }
            }
            else if (depth == MaxDepth)
            {
                TooDeep = true;
                return $"values nested more than {MaxDepth} deep";
            }
            else
            {
                _open[depth] = length == Indefinite;
                _ends[depth++] = length == Indefinite ? end : _position + length.Value;
            }
        }
        while (depth > 0);

        return null;
    }

    private bool SkipLongTag(int tag)
    {
        if ((tag & 0x1F) != 0x1F)
        {
            return true;
        }

        int next = Octet();
        for (int i = 0; i < 5 && next >= 0x80; i++)
        {
            next = Octet();
        }

        return next is >= 0 and < 0x80;
    }

    /// <summary>A length; <see cref="Indefinite"/>, or null for one that cannot be.</summary>
    private long? Length()
    {
        int first = Octet();
        if (first is < 0 or 0xFF)
        {
            return null;
        }

        if (first < 0x80)
        {
            return first;
        }

        if (first == 0x80)
        {
            return Indefinite;
        }

        long length = 0;
        for (int left = first & 0x7F; left > 0; left--)
        {
            int octet = Octet();
            if (octet < 0 || length > (long.MaxValue >> 16))
            {
                return null;
            }

            length = (length << 8) | (uint)octet;
        }

        return length;
    }

    private int Octet()
    {
        if (_next == _filled && !Fill())
        {
            return -1;
        }

        _position++;
        return _buffer[_next++];
    }

    private bool Skip(long count)
    {
        while (count > 0)
        {
            if (_next == _filled && !Fill())
            {
                return false;
            }

            int step = (int)Math.Min(count, _filled - _next);
            _next += step;
            _position += step;
            count -= step;
        }

        return true;
    }

    private bool Fill()
    {
        _next = 0;
        _filled = stream.Read(_buffer, 0, _buffer.Length);
        return _filled > 0;
    }
}
