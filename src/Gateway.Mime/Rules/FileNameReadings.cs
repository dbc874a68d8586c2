using System.Text;
using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules;

/// <summary>File names that a scanner and a client read differently.</summary>
/// <remarks>Cost: nothing for a part without file name; readings are cut to 512 octets.</remarks>
internal sealed class FileNameReadings : RuleFamily
{
    private const int LongName = 255;

    private readonly byte[] _first = new byte[FileName.Capacity];
    private int _firstLength;
    private bool _differs;
    private bool _conflict;

    public override RuleMoments Moments => RuleMoments.PartBegin;

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        HeaderBlock block = inspection.Header;
        (_firstLength, _differs, _conflict) = (0, false, false);
        if (block.Disposition is { } disposition && block.DispositionField is { } dispositionField)
        {
            Readings(inspection, disposition, dispositionField, "filename"u8);
        }

        if (block.ContentType is { } type && block.ContentTypeField is { } typeField)
        {
            Readings(inspection, type, typeField, "name"u8);
        }

        if ((block.DispositionField ?? block.ContentTypeField) is { } field)
        {
            if (_conflict)
            {
                inspection.Report(
                    RuleCode.FilenameAmbiguity, RuleAction.Quarantine, field.Offset, field.Length, "two readings of the file name with different endings", field.Line);
            }
            else if (_differs)
            {
                inspection.Report(RuleCode.FilenameAmbiguity, RuleAction.Tag, field.Offset, field.Length, "name and filename differ", field.Line);
            }
        }
    }

    private void Readings(Inspection inspection, MimeField field, in HeaderField header, ReadOnlySpan<byte> name)
    {
        if (field.Find(name) < 0)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        Span<byte> decoded = stackalloc byte[FileName.Capacity];
        bool first = true;
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            if (!parameter.IsPlain || !Ascii.EqualsIgnoreCase(field.NameOf(parameter), name))
            {
                continue;
            }

            ReadOnlySpan<byte> plain = buffer[..field.Unquote(parameter, buffer)];
            Judge(inspection, plain, parameter.ValueLength, shifts: false, header, parameter);
            int words = FileName.DecodeWords(plain, decoded);
            if (words > 0)
            {
                Report(inspection, RuleAction.Tag, header, parameter, "an encoded word as file name");
                Judge(inspection, decoded[..words], words, Shifts(plain), header, parameter);
            }

            Compare(words > 0 ? decoded[..words] : plain, sameField: !first);
            Unquoted(field, parameter, plain);
            first = false;
        }

        int length = FileName.Join(field, name, FileName.Order.UpToGap, buffer);
        if (length > 0)
        {
            ref readonly MimeParameter piece = ref field.Parameters[field.Find(name)];
            Judge(inspection, buffer[..length], length, Shifts(field.RawValueOf(piece)), header, piece);
            Compare(buffer[..length], sameField: !first);
        }
    }

    /// <summary>A value without quotes ends at a blank for one reader and at the semicolon for the next.</summary>
    private void Unquoted(MimeField field, in MimeParameter parameter, ReadOnlySpan<byte> strict)
    {
        int end = parameter.ValueStart + parameter.ValueLength;
        if (parameter.Quoted)
        {
            end = Math.Min(field.Raw.Length, end + 1);
        }

        ReadOnlySpan<byte> rest = field.Raw.AsSpan(end);
        int semicolon = rest.IndexOf((byte)';');
        ReadOnlySpan<byte> junk = (semicolon < 0 ? rest : rest[..semicolon]).TrimEnd(" \t\r\n"u8);
        if (junk.IsEmpty || junk.Contains((byte)'(') || junk.Length > FileName.Capacity / 2 || strict.Length > FileName.Capacity / 2)
        {
            return;
        }

        Span<byte> whole = stackalloc byte[FileName.Capacity];
        strict.CopyTo(whole);
        junk.CopyTo(whole[strict.Length..]);
        Span<byte> extension = stackalloc byte[8];
        bool plainHasEnding = !FileName.Extension(strict, extension).IsEmpty;
        _conflict |= plainHasEnding && FileName.Conflict(strict, whole[..(strict.Length + junk.Length)]);
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

        ReadOnlySpan<byte> first = _first.AsSpan(0, _firstLength);
        if (!first.SequenceEqual(reading))
        {
            _conflict |= FileName.Conflict(first, reading);

            // A plain name beside one in another charset is what RFC 2231 readers and others each take for themselves.
            _differs |= !sameField && first.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0 && reading.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
        }
    }

    private static void Judge(Inspection inspection, ReadOnlySpan<byte> name, int length, bool shifts, in HeaderField header, in MimeParameter parameter)
    {
        if (!shifts && name.IndexOfAnyInRange((byte)0, (byte)0x1F) is var control && (control >= 0 || name.Contains((byte)0x7F)))
        {
            // A fold inside of quotes is read away; only a tab is left of it, which no reader takes for part of the name.
            bool tab = control >= 0 && name[control..].IndexOfAnyExcept((byte)'\t', (byte)' ') is var other && other != 0 && name[control] == '\t';
            Report(inspection, tab ? RuleAction.Tag : RuleAction.Quarantine, header, parameter, tab ? "a tab in a file name" : "a control character in a file name");
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
