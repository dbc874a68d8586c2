namespace Gateway.Mime.Fields;

/// <content>Words, comments, quoted strings and literals: what addresses are made of.</content>
internal sealed partial class AddressScan
{
    private void Atom(ReadOnlySpan<byte> value)
    {
        int length = value[_at..].IndexOfAny(Specials);
        ReadOnlySpan<byte> atom = length < 0 ? value[_at..] : value.Slice(_at, length);
        Word(_at);
        if (atom.IndexOfAnyInRange((byte)0x80, (byte)0xFF) is var high and >= 0)
        {
            if (_inAngle)
            {
                Flaw(AddressFlaws.EightBit, _at + high);
            }
            else if (_element.EightBitAt == 0)
            {
                _element.EightBitAt = _at + high;
            }
        }

        if (atom.StartsWith("=?"u8) && atom.Length > 4)
        {
            if (_inAngle)
            {
                Flaw(AddressFlaws.EncodedWord, _at);
            }
            else if (_element.EncodedAt == 0)
            {
                _element.EncodedAt = _at + 1;
            }
        }

        _at += atom.Length;
    }

    /// <summary>A word begins, unless it only goes on what touches it.</summary>
    private void Word(int at)
    {
        if (!_touching)
        {
            if (_inAngle)
            {
                _element.AngleWords++;
            }
            else
            {
                _element.Words++;
                if (_element.Angles > 0)
                {
                    Flaw(AddressFlaws.StrayText, at);
                }
            }
        }

        _touching = true;
        if (_inAngle)
        {
            _element.AngleText = true;
        }

        Something(at);
    }

    private void Comment(ReadOnlySpan<byte> value)
    {
        (int end, int depth) = Comments.Skip(value, _at);
        if (depth > CommentDepth)
        {
            (CommentDepth, CommentAt) = (depth, _at);
        }

        if (end < 0)
        {
            Flaw(AddressFlaws.OpenComment, _at);
            end = value.Length;
        }

        _touching = false;
        _at = end;
    }

    private void Quoted(ReadOnlySpan<byte> value)
    {
        int start = _at++;
        while (_at < value.Length && value[_at] != '"')
        {
            _at += value[_at] == '\\' ? 2 : 1;
        }

        if (_at >= value.Length)
        {
            Flaw(AddressFlaws.OpenQuote, start);
        }

        _at = Math.Min(value.Length, _at + 1);
    }

    private void Literal(ReadOnlySpan<byte> value)
    {
        int end = value[_at..].IndexOfAny("],>\r\n"u8);
        if (end < 0 || value[_at + end] != ']')
        {
            Flaw(AddressFlaws.StrayText, _at++);
            return;
        }

        _at += end + 1;
    }
}
