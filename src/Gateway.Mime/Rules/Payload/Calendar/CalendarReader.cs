using System.Text;

namespace Gateway.Mime.Rules.Payload.Calendar;

/// <summary>Reads a calendar object as far as its form goes: components, folded lines, dates and recurrences.</summary>
/// <remarks>
/// Promises: one pass, fixed memory, never throws. Source: RFC 5545 3.1, 3.3.5, 3.3.10, 3.4.
/// </remarks>
internal sealed class CalendarReader
{
    private const int MaxDepth = 10;
    private const int MaxProperty = 64 * 1024;
    private const int MaxName = 64;

    private readonly byte[] _line = new byte[1024];
    private readonly byte[][] _names = [.. Enumerable.Range(0, MaxDepth).Select(_ => new byte[MaxName])];
    private readonly int[] _nameLengths = new int[MaxDepth];
    private int _length;
    private int _depth;
    private int _objects;
    private int _modProps;
    private bool _atLineStart;
    private bool _carriage;
    private bool _any;

    /// <summary>What makes the object one to be quarantined; null when nothing does.</summary>
    public string? Damage { get; private set; }

    /// <summary>What is wrong with it otherwise.</summary>
    public string? Oddity { get; private set; }

    public void Begin()
    {
        (Damage, Oddity) = (null, null);
        (_length, _depth, _objects, _modProps, _atLineStart, _carriage) = (0, 0, 0, 0, false, false);
        _any = false;
    }

    /// <summary>Reads on; a line is known to be complete when the next does not continue it.</summary>
    public void Read(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && Damage is null)
        {
            if (_atLineStart)
            {
                _atLineStart = false;
                if (octets[0] is (byte)' ' or (byte)'\t')
                {
                    octets = octets[1..];
                    continue;
                }

                Property();
                continue;
            }

            int end = octets.IndexOfAny((byte)'\r', (byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? octets : octets[..end];
            if (_carriage && end != 0)
            {
                Oddity ??= "CR without LF";
            }

            _carriage = false;
            Append(piece);
            if (end < 0)
            {
                return;
            }

            _carriage = octets[end] == '\r';
            _atLineStart = octets[end] == '\n';
            octets = octets[(end + 1)..];
        }
    }

    /// <summary>The body is over.</summary>
    public void End()
    {
        if (Damage is not null)
        {
            return;
        }

        Property();
        if (_depth > 0)
        {
            Damage ??= "a component that does not end";
        }
        else if (_objects == 0)
        {
            // Nothing at all breaks nobody; text that is no calendar is read as one by who trusts the type.
            (Damage, Oddity) = _any ? ("no calendar object", Oddity) : (null, "an empty calendar part");
        }
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        if (_length < _line.Length)
        {
            piece[..Math.Min(piece.Length, _line.Length - _length)].CopyTo(_line.AsSpan(_length));
        }

        _length = (int)Math.Min((long)_length + piece.Length, int.MaxValue);
        if (_length > MaxProperty && !IsBinary())
        {
            Damage ??= "a property of more than 64 KB";
        }
    }

    /// <summary>Attachments within a calendar are large and nobody parses them.</summary>
    private bool IsBinary() => Ascii.EqualsIgnoreCase(_line.AsSpan(0, 6), "ATTACH"u8);

    private void Property()
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, Math.Min(_length, _line.Length));
        _length = 0;
        if (line.Trim(" \t"u8).IsEmpty)
        {
            return;
        }

        _any = true;
        int end = line.IndexOfAny((byte)':', (byte)';');
        ReadOnlySpan<byte> name = end < 0 ? line : line[..end];
        int colon = ValueStart(line);
        ReadOnlySpan<byte> value = colon < 0 ? default : line[colon..];
        if (Is(name, "BEGIN"u8))
        {
            Open(value.TrimEnd(" \t"u8));
        }
        else if (Is(name, "END"u8))
        {
            Close(value.TrimEnd(" \t"u8));
        }
        else if (_depth == 0)
        {
            Oddity ??= "text outside of the calendar object";
        }
        else if (colon < 0)
        {
            Oddity ??= "a property without value";
        }
        else
        {
            Value(name, value);
        }
    }

    /// <summary>Where the value begins: behind the first colon outside of quotes.</summary>
    private static int ValueStart(ReadOnlySpan<byte> line)
    {
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ':' && !quoted)
            {
                return i + 1;
            }
        }

        return -1;
    }

    private void Open(ReadOnlySpan<byte> name)
    {
        if (_depth == MaxDepth)
        {
            Damage ??= "components nested more than ten deep";
            return;
        }

        if (_depth == 0 && !Is(name, "VCALENDAR"u8))
        {
            Damage ??= "a component outside of VCALENDAR";
            return;
        }

        name = name[..Math.Min(name.Length, MaxName)];
        name.CopyTo(_names[_depth]);
        _nameLengths[_depth++] = name.Length;
        _objects += _depth == 1 ? 1 : 0;
        _modProps = 0;
    }

    private void Close(ReadOnlySpan<byte> name)
    {
        name = name[..Math.Min(name.Length, MaxName)];
        if (_depth == 0 || !Ascii.EqualsIgnoreCase(name, _names[_depth - 1].AsSpan(0, _nameLengths[_depth - 1])))
        {
            Damage ??= "an END that closes another component than is open";
            return;
        }

        _depth--;
    }

    private void Value(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Is(name, "RRULE"u8) || Is(name, "EXRULE"u8))
        {
            Recurrence(value);
        }
        else if (Is(name, "X-MICROSOFT-CDO-MODPROPS"u8) && ++_modProps > 1)
        {
            Damage ??= "MODPROPS twice in one component";
        }
        else if ((Is(name, "DTSTART"u8) || Is(name, "DTEND"u8) || Is(name, "DTSTAMP"u8) || Is(name, "DUE"u8) || Is(name, "RECURRENCE-ID"u8)) && !IsDate(value))
        {
            Oddity ??= "a date that is none";
        }
    }

    /// <summary>A rule that never moves on, or fires each second or minute for ever, expands without bound.</summary>
    private void Recurrence(ReadOnlySpan<byte> rule)
    {
        bool bounded = false;
        bool rapid = false;
        while (!rule.IsEmpty)
        {
            int end = rule.IndexOf((byte)';');
            ReadOnlySpan<byte> part = end < 0 ? rule : rule[..end];
            rule = end < 0 ? default : rule[(end + 1)..];
            int equals = part.IndexOf((byte)'=');
            ReadOnlySpan<byte> name = equals < 0 ? part : part[..equals];
            ReadOnlySpan<byte> value = equals < 0 ? default : part[(equals + 1)..].Trim(" \t"u8);
            if (Is(name, "INTERVAL"u8) && value.Trim((byte)'0').IsEmpty)
            {
                Damage ??= "a recurrence with interval zero";
            }
            else if (Is(name, "INTERVAL"u8) || Is(name, "COUNT"u8))
            {
                bool number = value.Length is > 0 and < 10 && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
                bounded |= number && Is(name, "COUNT"u8);
                Oddity ??= number ? null : "a recurrence with a number that is none";
            }
            else if (Is(name, "UNTIL"u8))
            {
                bounded = true;
                Oddity ??= IsDate(value) ? null : "a date that is none";
            }
            else if (Is(name, "FREQ"u8))
            {
                rapid = Is(value, "SECONDLY"u8) || Is(value, "MINUTELY"u8);
            }
        }

        if (rapid && !bounded)
        {
            Damage ??= "a recurrence each second or minute without end";
        }
    }

    /// <summary><c>20260302</c>, <c>20260302T100000</c>, with or without Z.</summary>
    private static bool IsDate(ReadOnlySpan<byte> value)
    {
        value = value.TrimEnd(" \tZ"u8);
        if (value.Length is not (8 or 15) || value[..8].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            return false;
        }

        int month = Two(value[4..]);
        int day = Two(value[6..]);
        if (month is < 1 or > 12 || day is < 1 or > 31)
        {
            return false;
        }

        return value.Length == 8
            || (value[8] == 'T' && value[9..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
                && Two(value[9..]) <= 23 && Two(value[11..]) <= 59 && Two(value[13..]) <= 60);
    }

    private static int Two(ReadOnlySpan<byte> digits) => ((digits[0] - '0') * 10) + digits[1] - '0';

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);
}
