namespace Gateway.Mime.Fields;

/// <summary>What readers make of the RFC 2231 pieces of a file name that do not fit together.</summary>
/// <remarks>Cost: at most 64 pieces, each decoded a few times; only for names with a flaw.</remarks>
internal static class PieceReadings
{
    /// <summary>Adds every reading that pieces with a fault have: up to the gap, sorted, as written, and, where that is asked for, each alone, the plain value beside them, and none.</summary>
    public static void OfFaulty(MimeField field, ReadOnlySpan<byte> name, NameEndings endings, bool alone)
    {
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        foreach (FileName.Order order in (ReadOnlySpan<FileName.Order>)[FileName.Order.UpToGap, FileName.Order.Sorted, FileName.Order.AsWritten])
        {
            NameStyle style = order switch { FileName.Order.UpToGap => NameStyle.UpToGap, FileName.Order.Sorted => NameStyle.Sorted, _ => NameStyle.AsWritten };
            endings.Add(buffer[..FileName.Join(field, name, order, buffer)], style);
            endings.Add(buffer[..FileName.Join(field, name, order, buffer, anyCharset: true)], style);
        }

        if (alone)
        {
            endings.AddNone();
            Alone(field, name, endings, buffer);
        }
    }

    /// <summary>Adds the readings of complete pieces in another order: by number, which is right, and as written where that gives the name an ending.</summary>
    public static void OfUnordered(MimeField field, ReadOnlySpan<byte> name, NameEndings endings)
    {
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        endings.Add(buffer[..FileName.Join(field, name, FileName.Order.Sorted, buffer)], NameStyle.Sorted);
        endings.Add(buffer[..FileName.Join(field, name, FileName.Order.AsWritten, buffer)], NameStyle.AsWritten);
    }

    /// <summary>Tells whether pieces read as they stand get an ending that they do not have by their numbers.</summary>
    public static bool OrderGivesEnding(MimeField field, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        Span<byte> first = stackalloc byte[NameEnding.Longest];
        Span<byte> second = stackalloc byte[NameEnding.Longest];
        ReadOnlySpan<byte> byNumber = NameEnding.Of(buffer[..FileName.Join(field, name, FileName.Order.Sorted, buffer)], first);
        ReadOnlySpan<byte> asWritten = NameEnding.Of(buffer[..FileName.Join(field, name, FileName.Order.AsWritten, buffer)], second);
        return !asWritten.IsEmpty && !asWritten.SequenceEqual(byNumber);
    }

    /// <summary>Adds the readings of an encoded value whose charset or percent signs are wrong: decoded, as it stands, cut, without the signs, and none.</summary>
    public static void OfMisencoded(MimeField field, ReadOnlySpan<byte> name, NameEndings endings)
    {
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        endings.Add(buffer[..FileName.Join(field, name, FileName.Order.UpToGap, buffer)], NameStyle.UpToGap);
        endings.AddNone();
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            if (!FileName.IsPiece(field, parameter, name))
            {
                continue;
            }

            ReadOnlySpan<byte> raw = buffer[..field.Unquote(parameter, buffer)];
            endings.AddIfEnds(raw, NameStyle.Repaired);
            int percent = raw.IndexOf((byte)'%');
            if (percent >= 0)
            {
                endings.AddIfEnds(raw[..percent], NameStyle.Repaired);
                endings.AddIfEnds(buffer[..Without(buffer[..raw.Length], (byte)'%')], NameStyle.Repaired);
            }
        }
    }

    private static void Alone(MimeField field, ReadOnlySpan<byte> name, NameEndings endings, Span<byte> buffer)
    {
        foreach (ref readonly MimeParameter parameter in field.Parameters)
        {
            ReadOnlySpan<byte> given = field.NameOf(parameter);
            int star = given.IndexOf((byte)'*');
            if (System.Text.Ascii.EqualsIgnoreCase(star < 0 ? given : given[..star], name))
            {
                endings.Add(buffer[..FileName.Decode(field, parameter, hasCharset: true, buffer)], NameStyle.OnePiece);
            }
        }
    }

    private static int Without(Span<byte> octets, byte what)
    {
        int length = 0;
        foreach (byte octet in octets)
        {
            if (octet != what)
            {
                octets[length++] = octet;
            }
        }

        return length;
    }
}
