using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>The forms of a file name: with encoded words, and in RFC 2231 pieces.</summary>
internal static class FileName
{
    /// <summary>Octets a reading is cut to; no file system takes more than half of it.</summary>
    public const int Capacity = 512;

    /// <summary>How pieces of an RFC 2231 value are put together.</summary>
    public enum Order
    {
        /// <summary>By their numbers, up to the first that is missing: what the RFC says.</summary>
        UpToGap,

        /// <summary>By their numbers, whatever is missing.</summary>
        Sorted,

        /// <summary>As they stand.</summary>
        AsWritten,
    }

    /// <summary>True for the parameters that name a file.</summary>
    public static bool IsFileName(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "filename"u8) || Ascii.EqualsIgnoreCase(name, "name"u8);

    /// <summary>Joins the extended forms of a parameter. Returns the octets written; 0 when it has none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="name">The name of the parameter without its marks.</param>
    /// <param name="order">Which pieces, and in which order.</param>
    /// <param name="destination">Where to write.</param>
    /// <param name="anyCharset">Also a later piece may begin with a charset, as some readers have it.</param>
    public static int Join(MimeField field, ReadOnlySpan<byte> name, Order order, Span<byte> destination, bool anyCharset = false)
    {
        int length = 0;
        int next = 0;
        int last = -1;
        ReadOnlySpan<MimeParameter> parameters = field.Parameters;
        for (int round = 0; round < parameters.Length; round++)
        {
            int at = order == Order.AsWritten ? NextWritten(field, name, last) : NextNumbered(field, name, next);
            if (at < 0 || (order == Order.UpToGap && parameters[at].Section > next && parameters[at].Section > 0))
            {
                break;
            }

            length += Decode(field, parameters[at], hasCharset: anyCharset || length == 0, destination[length..]);
            last = at;
            next = Math.Max(0, parameters[at].Section) + 1;
        }

        return length;
    }

    /// <summary>Replaces the encoded words of a plain name by what they mean. Returns the octets written; 0 when there is none to replace.</summary>
    public static int DecodeWords(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        int length = 0;
        int from = 0;
        while (EncodedWord.TryFind(name, from, Strictness.Grammar, out EncodedWord word))
        {
            ReadOnlySpan<byte> between = name[from..word.Start].Trim(" \t\r\n"u8);
            between = between[..Math.Min(between.Length, destination.Length - length)];
            between.CopyTo(destination[length..]);
            length += between.Length;
            length += word.Decode(name, destination[length..], out _);
            from = word.End;
        }

        if (from == 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = name[from..][..Math.Min(name.Length - from, destination.Length - length)];
        rest.CopyTo(destination[length..]);
        return length + rest.Length;
    }

    private static int NextWritten(MimeField field, ReadOnlySpan<byte> name, int after)
    {
        for (int i = after + 1; i < field.Parameters.Length; i++)
        {
            if (IsPiece(field, field.Parameters[i], name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The piece with the smallest number that is not below one; at most 64 pieces are kept, so this is cheap.</summary>
    private static int NextNumbered(MimeField field, ReadOnlySpan<byte> name, int number)
    {
        int best = -1;
        for (int i = 0; i < field.Parameters.Length; i++)
        {
            ref readonly MimeParameter parameter = ref field.Parameters[i];
            if (IsPiece(field, parameter, name) && Math.Max(0, parameter.Section) >= number
                && (best < 0 || parameter.Section < field.Parameters[best].Section))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>True for an extended form of the parameter.</summary>
    public static bool IsPiece(MimeField field, in MimeParameter parameter, ReadOnlySpan<byte> name) =>
        !parameter.IsPlain && Ascii.EqualsIgnoreCase(field.NameOf(parameter), name);

    /// <summary>Decodes one piece. Returns the octets written.</summary>
    public static int Decode(MimeField field, in MimeParameter parameter, bool hasCharset, Span<byte> destination)
    {
        Span<byte> buffer = stackalloc byte[Capacity];
        ReadOnlySpan<byte> raw = buffer[..field.Unquote(parameter, buffer)];
        if (!parameter.Extended)
        {
            raw = raw[..Math.Min(raw.Length, destination.Length)];
            raw.CopyTo(destination);
            return raw.Length;
        }

        if (hasCharset && raw.IndexOf((byte)'\'') is var quote and >= 0 && raw[(quote + 1)..].IndexOf((byte)'\'') is var second and >= 0)
        {
            raw = raw[(quote + second + 2)..];
        }

        int length = 0;
        for (int i = 0; i < raw.Length && length < destination.Length; i++)
        {
            byte octet = raw[i];
            if (octet == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                octet = (byte)((EncodedWord.Hex(raw[i + 1]) << 4) | EncodedWord.Hex(raw[i + 2]));
                i += 2;
            }

            destination[length++] = octet;
        }

        return length;
    }
}
