using System.Buffers;
using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>What readers make of one plain file name beside the strict reading: escapes kept, cut where a token ends, run on over blanks and semicolons.</summary>
/// <remarks>Cost: a few searches; nothing is written for a quoted name without escapes and folds.</remarks>
internal static class ValueReadings
{
    /// <summary>What ends a token by RFC 2045 section 5.1 and stands in names all the same.</summary>
    private static readonly SearchValues<byte> Specials = SearchValues.Create("<>@,:\\\"/[]?="u8);

    /// <summary>Adds the readings of a value. Returns true when its syntax is so broken that a reader may well see no name.</summary>
    public static bool Add(MimeField field, in MimeParameter parameter, NameEndings endings)
    {
        if (parameter.Flaws.HasFlag(FieldFlaws.BlankAroundEquals))
        {
            endings.AddNone();
        }

        return parameter.Quoted ? Quoted(field, parameter, endings) : Token(field, parameter, endings);
    }

    /// <summary>Adds what stands behind an equals sign where there is no proper attribute: <c>file(x)name=a.scr</c>, <c>attachment filename=a.scr</c>. Returns false when there is nothing of the kind.</summary>
    public static bool AddHidden(ReadOnlySpan<byte> text, NameEndings endings)
    {
        int semicolon = text.IndexOf((byte)';');
        text = semicolon < 0 ? text : text[..semicolon];
        int equals = text.IndexOf((byte)'=');
        ReadOnlySpan<byte> attribute = equals < 0 ? default : text[..equals].TrimEnd(" \t\r\n*0\""u8);
        if (attribute.Length < 4 || !Ascii.EqualsIgnoreCase(attribute[^4..], "name"u8))
        {
            return false;
        }

        endings.AddNone();
        endings.AddWhole(text[(equals + 1)..].Trim(" \t\r\n\""u8), NameStyle.Elsewhere);
        return true;
    }

    private static bool Quoted(MimeField field, in MimeParameter parameter, NameEndings endings)
    {
        ReadOnlySpan<byte> raw = Cut(field.RawValueOf(parameter));
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        if (raw.Contains((byte)'\\'))
        {
            endings.AddWhole(buffer[..Squeeze(raw, "\r\n"u8, buffer)], NameStyle.KeepingEscapes);
            int quote = raw.IndexOf("\\\""u8);
            endings.AddIfEnds(quote < 0 ? default : raw[..quote], NameStyle.AtSpecial);
        }

        int fold = raw.IndexOf((byte)'\n');
        if (fold >= 0)
        {
            endings.AddIfEnds(raw[..fold], NameStyle.AtFold);
            endings.AddWhole(buffer[..Squeeze(raw, " \t\r\n"u8, buffer)], NameStyle.Unfolded);
        }

        if (parameter.Flaws.HasFlag(FieldFlaws.UnterminatedQuote))
        {
            int end = raw.IndexOfAny(" \t\r\n;"u8);
            endings.AddWhole(end < 0 ? raw : raw[..end], NameStyle.AtSpecial);
            endings.AddNone();
            return true;
        }

        AddJunk(field, parameter, raw, endings);
        return false;
    }

    private static bool Token(MimeField field, in MimeParameter parameter, NameEndings endings)
    {
        ReadOnlySpan<byte> raw = Cut(field.RawValueOf(parameter));
        bool broken = false;
        if (raw.IndexOfAny(Specials) is var special and >= 0 && !raw.StartsWith("=?"u8))
        {
            Span<byte> clean = stackalloc byte[FileName.Capacity];
            endings.AddWhole(raw[..special], NameStyle.AtSpecial);
            endings.AddWhole(clean[..Squeeze(raw, "\\\""u8, clean)], NameStyle.Unmarked);
            int escape = raw.IndexOf((byte)'\\');
            broken = raw.Contains((byte)'"') || (escape >= 0 && (escape + 1 == raw.Length || !char.IsAsciiLetterOrDigit((char)raw[escape + 1])));
        }

        AddJunk(field, parameter, raw, endings);
        return AddSegments(field.Raw.AsSpan(parameter.ValueStart), endings) || broken;
    }

    /// <summary>A value ends at a blank for one reader and at the semicolon for the next.</summary>
    private static void AddJunk(MimeField field, in MimeParameter parameter, ReadOnlySpan<byte> value, NameEndings endings)
    {
        int end = Math.Min(field.Raw.Length, parameter.ValueStart + parameter.ValueLength + (parameter.Quoted ? 1 : 0));
        ReadOnlySpan<byte> rest = Cut(field.Raw.AsSpan(end));
        int semicolon = rest.IndexOf((byte)';');
        ReadOnlySpan<byte> junk = (semicolon < 0 ? rest : rest[..semicolon]).TrimEnd(" \t\r\n"u8);
        if (junk.IsEmpty || junk.Contains((byte)'('))
        {
            // What comments do to a name is for comment-in-content-field.
            return;
        }

        Span<byte> whole = stackalloc byte[FileName.Capacity * 2];
        value.CopyTo(whole);
        int length = value.Length + Squeeze(junk, "\r\n"u8, whole[value.Length..]);
        endings.AddWhole(whole[..length], NameStyle.ToSemicolon);
        int fold = junk.IndexOf((byte)'\n');
        if (fold > 0)
        {
            length = value.Length + Squeeze(junk[..fold], "\r\n"u8, whole[value.Length..]);
            endings.AddIfEnds(whole[..length], NameStyle.AtFold);
        }
    }

    /// <summary>What stands behind a semicolon and is no parameter may be the rest of the name: <c>a.pdf;.scr</c>.</summary>
    private static bool AddSegments(ReadOnlySpan<byte> rest, NameEndings endings)
    {
        rest = Cut(rest);
        bool dotted = false;
        int end = rest.IndexOf((byte)';');
        while (end >= 0 && end + 1 < rest.Length)
        {
            int next = rest[(end + 1)..].IndexOf((byte)';');
            ReadOnlySpan<byte> segment = (next < 0 ? rest[(end + 1)..] : rest.Slice(end + 1, next)).Trim(" \t\r\n"u8);
            if (segment.IsEmpty || segment.Contains((byte)'='))
            {
                break;
            }

            end = next < 0 ? rest.Length : end + 1 + next;
            endings.AddWhole(rest[..end].TrimEnd(" \t\r\n"u8), NameStyle.OverSemicolon);
            dotted |= segment.Contains((byte)'.');
        }

        return dotted;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text) => text[..Math.Min(text.Length, FileName.Capacity)];

    /// <summary>Copies all octets but some. Returns the octets written.</summary>
    private static int Squeeze(ReadOnlySpan<byte> text, ReadOnlySpan<byte> without, Span<byte> destination)
    {
        int length = 0;
        foreach (byte octet in text)
        {
            if (!without.Contains(octet))
            {
                destination[length++] = octet;
            }
        }

        return length;
    }
}
