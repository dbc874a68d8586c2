using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>The readings of a file name: plain, in RFC 2231 pieces, and what its end says it is.</summary>
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

    /// <summary>Joins the extended forms of a parameter. Returns the octets written; 0 when it has none.</summary>
    public static int Join(MimeField field, ReadOnlySpan<byte> name, Order order, Span<byte> destination)
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

            length += Decode(field, parameters[at], first: length == 0, destination[length..]);
            last = at;
            next = Math.Max(0, parameters[at].Section) + 1;
        }

        return length;
    }

    /// <summary>The ending that decides with what a file is opened: letters and digits behind the last dot, in lower case; blanks and dots at the end do not count.</summary>
    public static ReadOnlySpan<byte> Extension(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        ReadOnlySpan<byte> end = name.TrimEnd(" .\t"u8);
        int dot = end.LastIndexOf((byte)'.');
        ReadOnlySpan<byte> extension = dot < 0 ? default : end[(dot + 1)..];
        if (extension.Length is 0 or > 8)
        {
            return default;
        }

        for (int i = 0; i < extension.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)extension[i]))
            {
                return default;
            }

            buffer[i] = (byte)char.ToLowerInvariant((char)extension[i]);
        }

        return Canonical(buffer[..extension.Length]);
    }

    /// <summary>True when one of two names could be opened as something else than the other.</summary>
    public static bool Conflict(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> first = stackalloc byte[8];
        Span<byte> second = stackalloc byte[8];
        ReadOnlySpan<byte> a = Extension(left, first);
        ReadOnlySpan<byte> b = Extension(right, second);
        return !a.SequenceEqual(b) && ((!a.IsEmpty && !b.IsEmpty) || IsProgram(a) || IsProgram(b));
    }

    /// <summary>Replaces the encoded words of a plain name by what they mean. Returns the octets written; 0 when there is none to replace.</summary>
    public static int DecodeWords(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        int length = 0;
        int from = 0;
        while (HeaderWord.TryFind(name, from, out HeaderWord word))
        {
            ReadOnlySpan<byte> between = name[from..word.Start].Trim(" \t\r\n"u8);
            between = between[..Math.Min(between.Length, destination.Length - length)];
            between.CopyTo(destination[length..]);
            length += between.Length;
            length += word.Decode(name, destination[length..], out _);
            from = word.Start + word.Length;
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

    private static bool IsPiece(MimeField field, in MimeParameter parameter, ReadOnlySpan<byte> name) =>
        !parameter.IsPlain && Ascii.EqualsIgnoreCase(field.NameOf(parameter), name);

    private static int Decode(MimeField field, in MimeParameter parameter, bool first, Span<byte> destination)
    {
        Span<byte> buffer = stackalloc byte[Capacity];
        ReadOnlySpan<byte> raw = buffer[..field.Unquote(parameter, buffer)];
        if (!parameter.Extended)
        {
            raw = raw[..Math.Min(raw.Length, destination.Length)];
            raw.CopyTo(destination);
            return raw.Length;
        }

        if (first && raw.IndexOf((byte)'\'') is var quote and >= 0 && raw[(quote + 1)..].IndexOf((byte)'\'') is var second and >= 0)
        {
            raw = raw[(quote + second + 2)..];
        }

        int length = 0;
        for (int i = 0; i < raw.Length && length < destination.Length; i++)
        {
            byte octet = raw[i];
            if (octet == '%' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                octet = (byte)((HeaderWord.Hex(raw[i + 1]) << 4) | HeaderWord.Hex(raw[i + 2]));
                i += 2;
            }

            destination[length++] = octet;
        }

        return length;
    }

    /// <summary>Two endings of the same thing are no conflict.</summary>
    private static ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> extension) => extension switch
    {
        _ when extension.SequenceEqual("jpeg"u8) || extension.SequenceEqual("jpe"u8) => "jpg"u8,
        _ when extension.SequenceEqual("html"u8) => "htm"u8,
        _ when extension.SequenceEqual("tiff"u8) => "tif"u8,
        _ when extension.SequenceEqual("mpeg"u8) => "mpg"u8,
        _ when extension.SequenceEqual("text"u8) => "txt"u8,
        _ => extension,
    };

    private static bool IsProgram(ReadOnlySpan<byte> extension)
    {
        if (extension.Length is < 2 or > 4)
        {
            return false;
        }

        foreach (string program in Programs)
        {
            if (Ascii.Equals(extension, program))
            {
                return true;
            }
        }

        return false;
    }

    private static readonly string[] Programs =
    [
        "exe", "com", "scr", "pif", "bat", "cmd", "js", "jse", "vbs", "vbe", "wsf", "wsh", "hta", "lnk", "msi", "jar", "ps1", "cpl", "iso", "img", "dll",
        "reg", "chm", "htm", "svg", "xll", "docm", "xlsm", "one",
    ];
}
