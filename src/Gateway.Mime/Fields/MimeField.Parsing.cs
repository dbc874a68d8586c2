using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>The parsing of a value, by recursive descent over its octets.</summary>
internal sealed partial class MimeField
{
    /// <summary>RFC 2045 5.1 token: printable US-ASCII without tspecials.</summary>
    private static readonly SearchValues<byte> TokenOctets =
        SearchValues.Create("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>Reads a value.</summary>
    /// <param name="raw">What stands behind the colon, with folds and line end.</param>
    /// <param name="hasSubtype">True for a media type, false for a disposition.</param>
    public void Parse(byte[] raw, bool hasSubtype)
    {
        Raw = raw;
        _count = 0;
        _at = 0;
        Flaws = FieldFlaws.None;
        CommentAtType = false;
        _commentBefore = false;
        _subtype = default;
        SkipBlanks();
        _type = Token();
        if (_at >= raw.Length && Type.IsEmpty)
        {
            Flaw(FieldFlaws.Empty);
            return;
        }

        SkipBlanks();
        if (hasSubtype)
        {
            ParseSubtype();
        }

        CommentAtType = Flaws.HasFlag(FieldFlaws.Comment);
        ParseParameters();
    }

    private void ParseSubtype()
    {
        if (Peek != '/' || Type.IsEmpty)
        {
            Flaw(FieldFlaws.NoSlash);
            return;
        }

        _at++;
        SkipBlanks();
        _subtype = Token();
        if (Subtype.IsEmpty)
        {
            Flaw(FieldFlaws.NoSlash);
        }

        SkipBlanks();
        if (Peek == '/')
        {
            Flaw(FieldFlaws.DoubleSlash);
        }
    }

    private void ParseParameters()
    {
        bool semicolon = false;
        while (_at < Raw.Length)
        {
            if (Peek == ';')
            {
                if (semicolon)
                {
                    Flaw(FieldFlaws.EmptyParameter);
                }

                semicolon = true;
                _at++;
            }
            else if (semicolon)
            {
                semicolon = false;
                ParseParameter();
            }
            else
            {
                Flaw(NameGoesOn() ? FieldFlaws.NameGoesOn : FieldFlaws.Junk);
                SkipToSemicolon();
            }

            int before = _at;
            SkipBlanks();
            _commentBefore = semicolon && Raw.AsSpan(before, Math.Min(_at, Raw.Length) - before).Contains((byte)'(');
        }

        if (semicolon)
        {
            Flaw(FieldFlaws.TrailingSemicolon);
        }
    }

    /// <summary>Blanks in the name of a file that should stand in quotes: what follows up to the semicolon belongs to the name.</summary>
    private bool NameGoesOn()
    {
        if (_count == 0 || _parameters[_count - 1] is not { IsPlain: true, Quoted: false, ValueLength: > 0 } last || !FileName.IsFileName(NameOf(last)))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = Raw.AsSpan(last.ValueStart + last.ValueLength);
        int semicolon = rest.IndexOf((byte)';');
        return (semicolon < 0 ? rest : rest[..semicolon]).IndexOfAny("\"("u8) < 0;
    }

    private void ParseParameter()
    {
        FieldFlaws before = Flaws;
        Flaws = _commentBefore ? FieldFlaws.Comment : FieldFlaws.None;
        MimeParameter parameter = new() { NameStart = _at, Section = -1 };
        Range name = Token();
        parameter.NameLength = Raw.AsSpan(name).Length;
        if (parameter.NameLength == 0)
        {
            Flaw(FieldFlaws.BadToken);
        }

        SplitName(ref parameter);
        int end = _at;
        SkipBlanks();
        if (Peek != '=')
        {
            Flaw(FieldFlaws.MissingEquals);
            SkipToSemicolon();
        }
        else
        {
            _at++;
            int value = _at;
            SkipBlanks();
            if (end != value - 1 || value != _at)
            {
                Flaw(FieldFlaws.BlankAroundEquals);
            }

            ParseValue(ref parameter);
        }

        parameter.Flaws = Flaws;
        Flaws |= before;
        if (_count < MaxParameters)
        {
            _parameters[_count++] = parameter;
        }
        else
        {
            Flaw(FieldFlaws.TooManyParameters);
        }
    }

    private void ParseValue(ref MimeParameter parameter)
    {
        if (Peek == '"')
        {
            parameter.Quoted = true;
            parameter.ValueStart = ++_at;
            while (_at < Raw.Length && Raw[_at] != '"')
            {
                _at += Raw[_at] == '\\' && _at + 1 < Raw.Length ? 2 : 1;
            }

            parameter.ValueLength = _at - parameter.ValueStart;
            if (_at < Raw.Length)
            {
                _at++;
            }
            else
            {
                Flaw(FieldFlaws.UnterminatedQuote);
            }
        }
        else
        {
            parameter.ValueStart = _at;
            while (_at < Raw.Length && !IsBlank(Raw[_at]) && Raw[_at] != ';' && Raw[_at] != '(')
            {
                if (!TokenOctets.Contains(Raw[_at]) && Raw[_at] < 0x80)
                {
                    Flaw(FieldFlaws.UnquotedSpecials);
                }

                _at++;
            }

            parameter.ValueLength = _at - parameter.ValueStart;
            if (parameter.ValueLength == 0)
            {
                Flaw(FieldFlaws.EmptyValue);
            }
        }

        SkipBlanks();
    }

    private void SplitName(ref MimeParameter parameter)
    {
        ReadOnlySpan<byte> name = Raw.AsSpan(parameter.NameStart, parameter.NameLength);
        if (name.EndsWith("*"u8))
        {
            parameter.Extended = true;
            name = name[..^1];
        }

        int star = name.LastIndexOf((byte)'*');
        if (star > 0 && star < name.Length - 1 && name.Length - star < 6 && name[(star + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
        {
            _ = System.Buffers.Text.Utf8Parser.TryParse(name[(star + 1)..], out int section, out _);
            parameter.Section = section;
            name = name[..star];
        }

        parameter.BaseLength = name.Length;
    }

    private int Peek => _at < Raw.Length ? Raw[_at] : -1;

    private Range Token()
    {
        int start = _at;
        while (_at < Raw.Length && TokenOctets.Contains(Raw[_at]))
        {
            _at++;
        }

        return start.._at;
    }

    private void SkipToSemicolon()
    {
        while (_at < Raw.Length && Raw[_at] != ';')
        {
            _at++;
        }
    }

    private void SkipBlanks()
    {
        while (_at < Raw.Length)
        {
            if (IsBlank(Raw[_at]))
            {
                _at++;
            }
            else if (Raw[_at] == '(')
            {
                Flaw(FieldFlaws.Comment);
                SkipComment();
            }
            else
            {
                break;
            }
        }
    }

    private void SkipComment()
    {
        int depth = 0;
        for (; _at < Raw.Length; _at++)
        {
            switch (Raw[_at])
            {
                case (byte)'\\':
                    _at++;
                    break;
                case (byte)'(':
                    depth++;
                    break;
                case (byte)')' when --depth == 0:
                    _at++;
                    return;
            }
        }

        _at = Raw.Length;
        Flaw(FieldFlaws.UnterminatedComment);
    }

    private void Flaw(FieldFlaws flaw) => Flaws |= flaw;

    private static bool IsBlank(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
}
