using System.Buffers;
using System.Numerics;

namespace Gateway.Mime.Fields;

/// <summary>Our own reading of an address list: how many addresses, how deep its comments, and what is wrong with it.</summary>
/// <remarks>
/// Promises: one pass without going back, never throws, keeps no text. Folds count as blanks, obsolete syntax is read.
/// Source: RFC 5322 3.4 and 4.4, RFC 7103 7.1.
/// </remarks>
internal sealed partial class AddressScan
{
    private static readonly SearchValues<byte> Specials = SearchValues.Create(" \t\r\n()<>[]:;@\\,\""u8);

    private readonly int[] _places = new int[16];
    private int _at;
    private bool _inAngle;
    private bool _touching;
    private bool _inGroup;
    private int _commas;
    private Element _element;

    /// <summary>Addresses, well-formed or not.</summary>
    public int Addresses { get; private set; }

    /// <summary>The deepest nesting of comments, and where it begins.</summary>
    public int CommentDepth { get; private set; }

    public int CommentAt { get; private set; }

    /// <summary>The most commas with nothing between them.</summary>
    public int CommaRun { get; private set; }

    public int CommaRunAt { get; private set; }

    public AddressFlaws Flaws { get; private set; }

    /// <summary>Where the first of these flaws was seen.</summary>
    public int PlaceOf(AddressFlaws flaw) => _places[BitOperations.TrailingZeroCount((uint)flaw)];

    /// <summary>Reads a field's value, folds and line end included.</summary>
    /// <param name="value">The value.</param>
    /// <param name="mayHoldWords">False when it is known to have no beginning of an encoded word.</param>
    public void Read(ReadOnlySpan<byte> value, bool mayHoldWords)
    {
        (_at, _commas, _inAngle, _inGroup, _touching) = (0, 0, false, false, false);
        (Addresses, CommentDepth, CommaRun, Flaws, _element) = (0, 0, 0, AddressFlaws.None, default);
        if (!mayHoldWords && PlainMailbox.Is(value))
        {
            // An encoded word where the address stands would be a flaw.
            Addresses = 1;
            return;
        }

        while (_at < value.Length)
        {
            Step(value);
        }

        if (_inAngle)
        {
            Flaw(AddressFlaws.UnbalancedAngle, _element.AngleAt);
            _element.Angles++;
        }

        EndElement();
        if (_inGroup)
        {
            Flaw(AddressFlaws.BadGroup, value.Length);
        }
    }

    private void Step(ReadOnlySpan<byte> value)
    {
        switch (value[_at])
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                _touching = false;
                _at++;
                break;
            case (byte)'(':
                Comment(value);
                break;
            case (byte)'"':
                Word(_at);
                Quoted(value);
                break;
            case (byte)'[':
                NameSpecial();
                Word(_at);
                Literal(value);
                break;
            case (byte)'<':
                OpenAngle();
                break;
            case (byte)'>':
                CloseAngle();
                break;
            case (byte)'@':
                AtSign();
                break;
            case (byte)',':
                Comma();
                break;
            case (byte)':':
                Colon();
                break;
            case (byte)';':
                Semicolon();
                break;
            case (byte)')':
                Flaw(AddressFlaws.OpenComment, _at++);
                break;
            case (byte)']' or (byte)'\\':
                NameSpecial();
                Word(_at);
                Flaw(AddressFlaws.StrayText, _at++);
                break;
            default:
                Atom(value);
                break;
        }
    }

    private void NameSpecial()
    {
        if (!_inAngle && _element.Ats == 0)
        {
            Flaw(AddressFlaws.NameSpecials, _at);
        }
    }

    private void Something(int at)
    {
        if (!_element.Any)
        {
            (_element.Any, _element.StartAt) = (true, at);
        }

        _commas = 0;
    }

    private void OpenAngle()
    {
        if (_inAngle)
        {
            Flaw(AddressFlaws.UnbalancedAngle, _at);
        }
        else if (_element.Angles > 0)
        {
            Flaw(AddressFlaws.MissingComma, _at);
            Addresses++;
        }

        Something(_at);
        (_inAngle, _touching) = (true, false);
        (_element.AngleAt, _element.AngleText, _element.AngleWords, _element.AngleAts, _element.LeadingAt) = (_at, false, 0, 0, false);
        _at++;
    }

    private void CloseAngle()
    {
        if (!_inAngle)
        {
            Flaw(AddressFlaws.UnbalancedAngle, _at++);
            return;
        }

        AddressFlaws flaw = (_element.AngleAts, _element.AngleText) switch
        {
            (0, false) => AddressFlaws.Empty,
            (0, true) => AddressFlaws.NoDomain,
            _ when _element.LeadingAt => AddressFlaws.HostOnly,
            ( > 1, _) => AddressFlaws.TwoAts,
            _ => AddressFlaws.None,
        };
        Flaw(flaw, _element.AngleAt);
        if (_element.AngleWords > 1)
        {
            Flaw(AddressFlaws.StrayText, _element.AngleAt);
        }

        (_inAngle, _touching) = (false, false);
        _element.Angles++;
        _at++;
    }

    private void AtSign()
    {
        Something(_at);
        if (_inAngle)
        {
            _element.LeadingAt |= _element.AngleAts == 0 && !_element.AngleText;
            _element.AngleAts++;
        }
        else
        {
            _element.LeadingAt |= _element.Ats == 0 && _element.Words == 0;
            _element.Ats++;
        }

        _touching = true;
        _at++;
    }

    private void Comma()
    {
        if (_inAngle && _element.LeadingAt)
        {
            // The list of hosts of a source route.
            _touching = false;
            _at++;
            return;
        }

        if (_inAngle)
        {
            Flaw(AddressFlaws.UnbalancedAngle, _element.AngleAt);
            _inAngle = false;
            _element.Angles++;
        }

        EndElement();
        if (++_commas > CommaRun)
        {
            (CommaRun, CommaRunAt) = (_commas, _at);
        }

        _at++;
    }

    private void Colon()
    {
        if (_inAngle ? _element.LeadingAt : _element.LeadingAt && _element.Ats > 0)
        {
            Flaw(AddressFlaws.Route, _inAngle ? _element.AngleAt : _at);
            (_element.LeadingAt, _element.AngleAts, _element.Ats, _element.AngleText, _element.AngleWords, _element.Words) = (false, 0, 0, false, 0, 0);
        }
        else if (_inAngle)
        {
            Flaw(AddressFlaws.StrayText, _at);
        }
        else
        {
            if (_inGroup)
            {
                Flaw(AddressFlaws.BadGroup, _at);
            }

            _inGroup = true;
            _element = default;
        }

        _touching = false;
        _at++;
    }

    private void Semicolon()
    {
        if (_inAngle)
        {
            Flaw(AddressFlaws.UnbalancedAngle, _element.AngleAt);
            _inAngle = false;
            _element.Angles++;
        }

        if (!_inGroup && _element.Any)
        {
            Flaw(AddressFlaws.MissingComma, _at);
        }

        EndElement();
        _inGroup = false;
        _commas = 0;
        _at++;
    }

    private void EndElement()
    {
        if (_element.Any)
        {
            Addresses++;
            if (_element.Angles == 0)
            {
                Bare();
            }
            else if (_element.Ats > 0)
            {
                // Words with an at sign beside the brackets: which of the two is the address?
                Flaw(AddressFlaws.TwoAts, _element.AngleAt);
            }
        }

        _element = default;
        _touching = false;
    }

    /// <summary>An address without angle brackets.</summary>
    private void Bare()
    {
        int place = _element.StartAt;
        if (_element.EncodedAt > 0 && (_element.Ats > 0 || _element.Words == 1))
        {
            Flaw(AddressFlaws.EncodedWord, _element.EncodedAt - 1);
        }

        if (_element.EightBitAt > 0 && _element.Ats > 0)
        {
            Flaw(AddressFlaws.EightBit, _element.EightBitAt);
        }

        AddressFlaws flaw = (_element.Ats, _element.Words) switch
        {
            (0, _) => AddressFlaws.NoDomain,
            _ when _element.LeadingAt => AddressFlaws.HostOnly,
            ( > 1, > 1) => AddressFlaws.MissingComma,
            ( > 1, _) => AddressFlaws.TwoAts,
            (_, > 1) => AddressFlaws.StrayText,
            _ => AddressFlaws.None,
        };
        Flaw(flaw, place);
    }

    private void Flaw(AddressFlaws flaw, int at)
    {
        if (flaw != AddressFlaws.None && !Flaws.HasFlag(flaw))
        {
            Flaws |= flaw;
            _places[BitOperations.TrailingZeroCount((uint)flaw)] = at;
        }
    }

    /// <summary>What was seen between two commas.</summary>
    private struct Element
    {
        public bool Any;
        public int StartAt;
        public int Words;
        public int Ats;
        public int Angles;
        public int AngleAt;
        public int AngleWords;
        public int AngleAts;
        public bool AngleText;
        public bool LeadingAt;
        public int EightBitAt;
        public int EncodedAt;
    }
}
