using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Body;

/// <summary>Quoted-printable bodies that decoders read differently, or that break its form.</summary>
/// <remarks>
/// <c>==41</c> has five readings among the thirteen parsers of the differential lab (docs/lab.md): what escapes nothing is quarantined, but for few equals signs in
/// a text to read, outside of tags. A run of equals signs up to the end of a line is tagged: people underline headings so, and honest mail has it.
/// Cost: one vectorised search from line end or escape to the next. One finding of each kind for each part: the first.
/// </remarks>
internal sealed class QuotedPrintableBody : RuleFamily
{
    private const int LongestLine = 76;
    private const int FewBad = 3;

    private bool _active;
    private bool _isText;
    private bool _isHtml;
    private bool _blanks;
    private int _bad;
    private long _begin;
    private Escape _escape;
    private Kind _seen;
    private long _lineStart;
    private long _equals;
    private bool _soft;
    private byte _last;
    private byte _beforeLast;

    private enum Escape
    {
        None,
        First,
        Second,
        Blanks,
        LineEnd,

        /// <summary>Behind two equals signs or more, and blanks.</summary>
        Run,
    }

    [Flags]
    private enum Kind
    {
        None = 0,
        Illegal = 1,
        Lower = 2,
        Long = 4,
        EightBit = 8,
        Blank = 16,
        Underline = 32,
        Few = 64,
        SoftBlank = 128,
    }

    public override RuleMoments Moments => RuleMoments.PartBegin | RuleMoments.Content | RuleMoments.PartEnd;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _active = part is { Kind: PartKind.Leaf, Encoding: BodyEncoding.QuotedPrintable };
        if (!_active)
        {
            return;
        }

        _isText = part.ContentType.IsMimeType("text", "*") && inspection.Header.Disposition?.IsType("attachment"u8) != true;
        _isHtml = part.ContentType.IsMimeType("text", "html");
        (_soft, _blanks, _bad, _equals, _begin) = (false, false, 0, -1, part.BodyBegin);
        (_escape, _seen, _lineStart, _last, _beforeLast) = (Escape.None, Kind.None, part.BodyBegin, 0, 0);
    }

    public override void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
        if (!_active)
        {
            return;
        }

        if (inspection.Wire.FirstEightBit >= 0 && !_seen.HasFlag(Kind.EightBit) && octets.IndexOfAnyInRange((byte)0x80, (byte)0xFF) is var high and >= 0)
        {
            Found(inspection, Kind.EightBit, RuleAction.Allow, offset + high, 1, "an 8-bit character in quoted-printable");
        }

        int at = 0;
        while (at < octets.Length)
        {
            if (_escape != Escape.None)
            {
                InEscape(inspection, octets[at], offset + at);
                if (_escape == Escape.None && octets[at] is (byte)'\n' or (byte)'=')
                {
                    // The octet that ended a broken escape is looked at again below, as what it is.
                    continue;
                }

                Remember(octets[at]);
                at++;
                continue;
            }

            int next = octets[at] is (byte)'=' or (byte)'\n' ? 0 : octets[at..].IndexOfAny((byte)'=', (byte)'\n');
            int stop = next < 0 ? octets.Length : at + next;
            if (stop - at >= 2)
            {
                (_beforeLast, _last) = (octets[stop - 2], octets[stop - 1]);
            }
            else if (stop > at)
            {
                Remember(octets[at]);
            }

            if (next < 0)
            {
                return;
            }

            if (octets[stop] == '=')
            {
                _equals = offset + stop;
                if (octets.Length - stop > 2 && Usual(inspection, octets[stop + 1], octets[stop + 2]))
                {
                    at = stop + 3;
                    at += octets[stop + 2] == '\n' ? SoftBreaks(octets[at..]) : 0;
                    continue;
                }

                _escape = Escape.First;
            }
            else
            {
                EndLine(inspection, offset + stop);
            }

            Remember(octets[stop]);
            at = stop + 1;
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        // The line end before a delimiter is none of the body's, so an equals sign in front of it breaks no line.
        if (_active && inspection.Open.Length > 1 && (_escape is Escape.First or Escape.Second or Escape.Blanks || _equals == end - 1))
        {
            Found(inspection, Kind.Illegal, RuleAction.Quarantine, _equals, end - _equals, "an escape that is cut off by the end of the part");
        }

        _active = false;
    }

    private void Remember(byte octet) => (_beforeLast, _last) = (_last, octet);

    /// <summary>An escape that is all here and as it should be: two digits, or the end of the line.</summary>
    private bool Usual(Inspection inspection, byte first, byte second)
    {
        if (char.IsAsciiHexDigit((char)first) && char.IsAsciiHexDigit((char)second))
        {
            Lower(inspection, first, _equals + 1);
            Lower(inspection, second, _equals + 2);
            (_beforeLast, _last) = (first, second);
            return true;
        }

        if (first != '\r' || second != '\n')
        {
            return false;
        }

        // The end of a line, but no blank can stand at it.
        Length(inspection, _equals + 1 - _lineStart);
        _lineStart = _equals + 3;
        (_beforeLast, _last) = (first, second);
        return true;
    }

    /// <summary>Octets of the lines that follow a soft line break and hold nothing but another: too short to be looked at.</summary>
    private int SoftBreaks(ReadOnlySpan<byte> octets)
    {
        if (!octets.StartsWith("=\r\n"u8))
        {
            return 0;
        }

        // What repeats itself every three octets.
        int length = (octets.CommonPrefixLength(octets[3..]) / 3 * 3) + 3;
        _lineStart += length;
        _equals = _lineStart - 3;
        return length;
    }

    private void InEscape(Inspection inspection, byte octet, long offset)
    {
        bool hex = char.IsAsciiHexDigit((char)octet);
        switch (_escape)
        {
            case Escape.First when hex:
                Lower(inspection, octet, offset);
                _escape = Escape.Second;
                return;
            case Escape.Second when hex:
                Lower(inspection, octet, offset);
                _escape = Escape.None;
                return;
            case Escape.First or Escape.Blanks when octet is (byte)' ' or (byte)'\t':
                (_escape, _blanks) = (Escape.Blanks, true);
                return;
            case Escape.First or Escape.Blanks when octet == '\r':
                _escape = Escape.LineEnd;
                return;
            case Escape.First or Escape.Blanks or Escape.LineEnd when octet == '\n':
                _escape = Escape.None;
                _soft = true;
                SoftBlank(inspection, offset);
                return;
            case Escape.First or Escape.Run when octet == '=':
            case Escape.Run when octet is (byte)' ' or (byte)'\t' or (byte)'\r':
                _escape = Escape.Run;
                return;
            case Escape.Run when octet == '\n':
                _escape = Escape.None;
                _soft = true;
                Found(inspection, Kind.Underline, RuleAction.Tag, offset - 1, 2, "a run of equals signs at the end of a line");
                return;
            default:
                Illegal(inspection, octet, offset);
                (_escape, _blanks) = (Escape.None, false);
                return;
        }
    }

    /// <summary>Receivers must take blanks behind the equals sign away (RFC 2045 6.7 rule 3); among thirteen readers there are four contents and a refusal.</summary>
    private void SoftBlank(Inspection inspection, long offset)
    {
        if (_blanks)
        {
            _blanks = false;
            Found(inspection, Kind.SoftBlank, RuleAction.Quarantine, _equals, offset - _equals, "blanks between an equals sign and the end of its line");
        }
    }

    /// <summary>An equals sign that escapes nothing. In a text to read people see that it is one, as long as there are few and none decides where a link leads.</summary>
    private void Illegal(Inspection inspection, byte octet, long offset)
    {
        bool literal = _escape != Escape.Run && octet is >= (byte)' ' and not ((byte)'=' or 0x7F) && ++_bad <= FewBad;
        if (_isText && literal && !(_isHtml && IsInTag(inspection.Content)))
        {
            Found(inspection, Kind.Few, RuleAction.Tag, _equals, 2, "an equals sign in a text that escapes nothing");
        }
        else
        {
            Found(inspection, Kind.Illegal, RuleAction.Quarantine, offset - 1, 2, "an equals sign without two hexadecimal digits or a line end");
        }
    }

    /// <summary>Tells whether the equals sign stands within a tag; also when the start of the text is too far away to know.</summary>
    private bool IsInTag(MessageBytes content)
    {
        const int Far = 1024;
        Span<byte> before = stackalloc byte[Far];
        long from = Math.Max(_begin, _equals - Far);
        before = before[..content.Read(from, before[..(int)(_equals - from)])];
        int open = Math.Max(before.LastIndexOf((byte)'<'), before.LastIndexOf("=3C"u8));
        int close = Math.Max(before.LastIndexOf((byte)'>'), before.LastIndexOf("=3E"u8));
        return open > close || (open < 0 && close < 0 && from > _begin);
    }

    private void Lower(Inspection inspection, byte digit, long offset)
    {
        if (digit >= 'a')
        {
            Found(inspection, Kind.Lower, RuleAction.Allow, offset, 1, "lower-case hexadecimal digits");
        }
    }

    private void EndLine(Inspection inspection, long feed)
    {
        byte end = _last == '\r' ? _beforeLast : _last;
        long length = feed - _lineStart - (_last == '\r' ? 1 : 0);
        Length(inspection, length);
        if (length > 0 && !_soft && end is (byte)' ' or (byte)'\t')
        {
            Found(inspection, Kind.Blank, RuleAction.Allow, feed, 1, "a blank at the end of a quoted-printable line");
        }

        _soft = false;
        _lineStart = feed + 1;
    }

    private void Length(Inspection inspection, long length)
    {
        if (length > LongestLine)
        {
            Found(inspection, Kind.Long, RuleAction.Allow, _lineStart, length, $"a quoted-printable line of {length} octets");
        }
    }

    private void Found(Inspection inspection, Kind kind, RuleAction grade, long offset, long length, string detail)
    {
        if (!_seen.HasFlag(kind))
        {
            _seen |= kind;
            inspection.Report(RuleCode.MalformedQuotedPrintable, grade, offset, length, detail);
        }
    }
}
