using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>File names that a scanner and a client read differently.</summary>
/// <remarks>Cost: nothing for a part without file name; readings are cut to 512 octets.</remarks>
internal sealed class FileNameReadings : RuleFamily
{
    private const int LongName = 255;

    private readonly NameEndings _endings = new();
    private readonly byte[] _first = new byte[FileName.Capacity];
    private int _firstLength;
    private bool _differs;
    private bool _broken;
    private NameStyle _strict;

    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        _strict = NameStyle.Strict;
        (_firstLength, _differs, _broken) = (0, false, false);
        _endings.Clear();
        if (block.Disposition is { } disposition && block.DispositionField is { } dispositionField)
        {
            Readings(inspection, disposition, dispositionField, "filename"u8, "name"u8);
            Hidden(disposition);
        }

        if (block.ContentType is { } type && block.ContentTypeField is { } typeField)
        {
            _strict = NameStyle.InType;
            Readings(inspection, type, typeField, "name"u8, "filename"u8);
        }

        if ((block.DispositionField ?? block.ContentTypeField) is { } field)
        {
            if (_endings.Conflict || (_broken && _endings.Differ))
            {
                inspection.Report(
                    RuleCode.FilenameAmbiguity, RuleAction.Quarantine, field.Offset, field.Length, "two readings of the file name with different endings", field.Line,
                    readings: _endings.Views());
            }
            else if (_differs)
            {
                inspection.Report(RuleCode.FilenameAmbiguity, RuleAction.Tag, field.Offset, field.Length, "name and filename differ", field.Line);
            }
        }
    }

    private void Readings(Inspection inspection, MimeField field, in HeaderField header, ReadOnlySpan<byte> name, ReadOnlySpan<byte> stray)
    {
        Strays(field, stray);
        int at = field.Find(name);
        if (at < 0)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        bool first = true;
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            if (parameter.IsPlain && Ascii.EqualsIgnoreCase(field.NameOf(parameter), name))
            {
                Plain(inspection, field, header, parameter, sameField: !first);
                first = false;
            }
        }

        int length = FileName.Join(field, name, FileName.Order.UpToGap, buffer);
        ref readonly MimeParameter piece = ref field.Parameters[at];
        if (length > 0)
        {
            bool shifts = Shifts(field.RawValueOf(piece));
            Judge(inspection, buffer[..length], length, shifts, header, piece);
            Compare(buffer[..length], sameField: !first);
            Enter(buffer[..length], shifts, _strict);
        }

        Faulty(field, at, name);
    }

    private void Plain(Inspection inspection, MimeField field, in HeaderField header, in MimeParameter parameter, bool sameField)
    {
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        Span<byte> decoded = stackalloc byte[FileName.Capacity];
        ReadOnlySpan<byte> plain = buffer[..field.Unquote(parameter, buffer)];
        Judge(inspection, plain, parameter.ValueLength, shifts: false, header, parameter);
        int words = FileName.DecodeWords(plain, decoded);
        if (words > 0)
        {
            bool shifts = Shifts(plain);
            Report(inspection, RuleAction.Tag, header, parameter, "an encoded word as file name");
            Judge(inspection, decoded[..words], words, shifts, header, parameter);
            Enter(decoded[..words], shifts, NameStyle.Words);
            _endings.AddIfEnds(plain, _strict);
        }
        else
        {
            Enter(plain, shifts: false, _strict);
        }

        Compare(words > 0 ? decoded[..words] : plain, sameField);
        _broken |= ValueReadings.Add(field, parameter, _endings);
    }

    /// <summary>The pieces of a name that do not fit together: whatever stands beside them is compared with each way to join them.</summary>
    private void Faulty(MimeField field, int at, ReadOnlySpan<byte> name)
    {
        for (int i = at; i < field.Parameters.Length; i++)
        {
            if (FileName.IsPiece(field, field.Parameters[i], name))
            {
                if (Continuations.Flaw(field, i) is { Kind: PieceFlaw.Faulty })
                {
                    PieceReadings.OfFaulty(field, name, _endings, alone: true);
                    _broken = true;
                }

                return;
            }
        }
    }

    /// <summary>The parameter of the other field, which some readers take where the proper one is missing or comes later.</summary>
    private void Strays(MimeField field, ReadOnlySpan<byte> name)
    {
        if (field.IsType("form-data"u8))
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            if (parameter.IsPlain && Ascii.EqualsIgnoreCase(field.NameOf(parameter), name))
            {
                _endings.AddIfEnds(buffer[..field.Unquote(parameter, buffer)], NameStyle.Elsewhere);
            }
        }
    }

    /// <summary>Names that stand where the grammar of Content-Disposition knows none.</summary>
    private void Hidden(MimeField disposition)
    {
        if ((disposition.Flaws & (FieldFlaws.Junk | FieldFlaws.MissingEquals)) == FieldFlaws.None)
        {
            return;
        }

        _ = ValueReadings.AddHidden(disposition.Raw, _endings);
        foreach (ref readonly MimeParameter parameter in disposition.Parameters)
        {
            _broken |= parameter.Flaws.HasFlag(FieldFlaws.MissingEquals) && ValueReadings.AddHidden(disposition.Raw.AsSpan(parameter.NameStart), _endings);
        }
    }

    private void Enter(ReadOnlySpan<byte> reading, bool shifts, NameStyle style)
    {
        if (shifts)
        {
            _endings.AddWhole(reading, style);
        }
        else
        {
            _endings.Add(reading, style);
        }
    }

    /// <summary>Compares a reading with the first one; readings of one parameter in two forms may differ in all but the ending.</summary>
    private void Compare(ReadOnlySpan<byte> reading, bool sameField)
    {
        if (reading.IsEmpty)
        {
            return;
        }

        if (_firstLength == 0)
        {
            reading.CopyTo(_first);
            _firstLength = reading.Length;
            return;
        }

        // A plain name beside one in another charset is what RFC 2231 readers and others each take for themselves.
        ReadOnlySpan<byte> first = _first.AsSpan(0, _firstLength);
        _differs |= !sameField && !first.SequenceEqual(reading)
            && first.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0 && reading.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
    }

    private static void Judge(Inspection inspection, ReadOnlySpan<byte> name, int length, bool shifts, in HeaderField header, in MimeParameter parameter)
    {
        if (!shifts && (name.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || name.Contains((byte)0x7F)))
        {
            // Readers cut a name at NUL; clients leave line ends in the names of pictures. What else a control may do shows in the endings.
            bool cut = name.Contains((byte)0);
            Report(inspection, cut ? RuleAction.Quarantine : RuleAction.Tag, header, parameter, cut ? "NUL in a file name" : "a control character in a file name");
        }

        if (HasBidirectional(name))
        {
            Report(inspection, RuleAction.Quarantine, header, parameter, "a character that turns the direction of text in a file name");
        }

        if (name.IndexOfAny((byte)'/', (byte)'\\') >= 0)
        {
            Report(inspection, RuleAction.Tag, header, parameter, "a path separator in a file name");
        }

        if (name.Length > 0 && name[^1] is (byte)'.' or (byte)' ')
        {
            Report(inspection, RuleAction.Tag, header, parameter, "a dot or blank at the end of a file name");
        }

        if (length > LongName)
        {
            Report(inspection, RuleAction.Tag, header, parameter, $"a file name of {length} octets");
        }
    }

    /// <summary>Charsets of the ISO 2022 family are made of escape sequences: a control in them is no character of the name.</summary>
    private static bool Shifts(ReadOnlySpan<byte> encoded)
    {
        int at = encoded.IndexOf("-2022-"u8);
        return at is >= 3 and <= 8 && Ascii.EqualsIgnoreCase(encoded[(at - 3)..at], "iso"u8);
    }

    /// <summary>U+202A to U+202E and U+2066 to U+2069 in UTF-8: they make <c>fdp.exe</c> read <c>exe.pdf</c>.</summary>
    private static bool HasBidirectional(ReadOnlySpan<byte> name)
    {
        for (int at = 0; name[at..].IndexOf((byte)0xE2) is var next and >= 0;)
        {
            at += next;
            if (at + 2 < name.Length
                && ((name[at + 1] == 0x80 && name[at + 2] is >= 0xAA and <= 0xAE) || (name[at + 1] == 0x81 && name[at + 2] is >= 0xA6 and <= 0xA9)))
            {
                return true;
            }

            at++;
        }

        return false;
    }

    private static void Report(Inspection inspection, RuleAction grade, in HeaderField header, in MimeParameter parameter, string detail) =>
        inspection.Report(RuleCode.FilenameAmbiguity, grade, header.ValueOffset + parameter.ValueStart, parameter.ValueLength, detail);
}
