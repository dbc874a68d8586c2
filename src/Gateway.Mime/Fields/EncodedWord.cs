using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>One encoded word (RFC 2047) as it stands in a field: the only reader of encoded words.</summary>
/// <remarks>
/// Two readings, because mail readers differ in what they take as a word: see <see cref="Strictness"/>. Any length is taken in both.
/// Threads: immutable.
/// </remarks>
/// <param name="Start">Where it starts.</param>
/// <param name="Length">Octets from <c>=?</c> to <c>?=</c>.</param>
/// <param name="CharsetLength">Octets of the charset.</param>
/// <param name="Encoding">Its encoding in upper case; 0 when that is not one letter.</param>
/// <param name="TextStart">Where the encoded text starts.</param>
/// <param name="TextLength">Octets of the encoded text.</param>
internal readonly partial record struct EncodedWord(int Start, int Length, int CharsetLength, char Encoding, int TextStart, int TextLength)
{
    /// <summary>The length RFC 2047 section 2 allows.</summary>
    public const int LongestAllowed = 75;

    private static readonly SearchValues<byte> PartEnds = SearchValues.Create("? \t\r\n"u8);

    /// <summary>Behind its last octet.</summary>
    public int End => Start + Length;

    /// <summary>Finds the next encoded word at or behind an offset.</summary>
    /// <remarks>Cost: linear over all calls, because no part of a word may hold a question mark.</remarks>
    public static bool TryFind(ReadOnlySpan<byte> value, int from, Strictness strictness, out EncodedWord word)
    {
        // Equals signs are common and question marks are not.
        while (value[from..].IndexOf((byte)'?') is var found and >= 0)
        {
            int start = from + found - 1;
            if (start >= from && value[start] == (byte)'=' && TryRead(value, start, strictness, out word))
            {
                return true;
            }

            from = start + 2;
        }

        word = default;
        return false;
    }

    /// <summary>Decodes into a buffer; what does not fit is left out. Faulty octets are skipped and reported.</summary>
    public int Decode(ReadOnlySpan<byte> value, Span<byte> destination, out bool clean)
    {
        ReadOnlySpan<byte> text = value.Slice(TextStart, TextLength);
        return Encoding switch
        {
            'B' => DecodeBase64(text, destination, out clean),
            'Q' => DecodeQuoted(text, destination, out clean),
            _ => Unknown(out clean),
        };
    }

    /// <summary>The charset names one whose characters are not octets of their own: a decoded NUL is nothing odd there.</summary>
    public bool IsWide(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> charset = value.Slice(Start + 2, CharsetLength);
        return charset.Length >= 6
            && (Ascii.EqualsIgnoreCase(charset[..6], "utf-16"u8) || Ascii.EqualsIgnoreCase(charset[..6], "utf-32"u8));
    }

    private static bool TryRead(ReadOnlySpan<byte> value, int start, Strictness strictness, out EncodedWord word)
    {
        word = default;
        int charset = PartLength(value[(start + 2)..], strictness);
        if (charset <= 0)
        {
            return false;
        }

        int encoding = start + 3 + charset;
        int encodingLength = PartLength(value[encoding..], strictness);
        char letter = encodingLength == 1 ? char.ToUpperInvariant((char)value[encoding]) : '\0';
        if (encodingLength < 0 || (strictness == Strictness.Clients && letter is not ('B' or 'Q')))
        {
            return false;
        }

        int text = encoding + encodingLength + 1;
        int end = value[text..].IndexOf((byte)'?');
        if (end < 0 || text + end + 1 >= value.Length || value[text + end + 1] != '=')
        {
            return false;
        }

        word = new EncodedWord(start, text + end + 2 - start, charset, letter, text, end);
        return true;
    }

    /// <summary>The length up to the next question mark; -1 when none ends the part.</summary>
    private static int PartLength(ReadOnlySpan<byte> rest, Strictness strictness)
    {
        int length = strictness == Strictness.Clients ? rest.IndexOf((byte)'?') : rest.IndexOfAny(PartEnds);
        return length >= 0 && rest[length] == '?' ? length : -1;
    }

    private static int Unknown(out bool clean)
    {
        clean = false;
        return 0;
    }

    private static int DecodeBase64(ReadOnlySpan<byte> text, Span<byte> destination, out bool clean)
    {
        ReadOnlySpan<byte> symbols = text.TrimEnd((byte)'=');
        int whole = Math.Min(symbols.Length / 4, destination.Length / 3) * 4;
        clean = text.Length % 4 == 0 && Base64.IsValid(text);
        OperationStatus status = Base64.DecodeFromUtf8(symbols[..whole], destination, out int consumed, out int written);
        if (status != OperationStatus.Done || consumed < whole || symbols.Length - whole is < 2 or > 3)
        {
            return written;
        }

        Span<byte> last = [(byte)'A', (byte)'A', (byte)'A', (byte)'A'];
        symbols[whole..].CopyTo(last);
        Span<byte> three = stackalloc byte[3];
        _ = Base64.DecodeFromUtf8(last, three, out _, out int tail);
        int count = Math.Min(Math.Min(tail, symbols.Length - whole - 1), destination.Length - written);
        three[..Math.Max(0, count)].CopyTo(destination[written..]);
        return written + Math.Max(0, count);
    }

    private static int DecodeQuoted(ReadOnlySpan<byte> text, Span<byte> destination, out bool clean)
    {
        clean = true;
        int length = 0;
        for (int i = 0; i < text.Length && length < destination.Length; i++)
        {
            byte octet = text[i];
            if (octet == '=')
            {
                if (i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
                {
                    octet = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                    i += 2;
                }
                else
                {
                    clean = false;
                }
            }
            else if (octet == '_')
            {
                octet = (byte)' ';
            }
            else if (octet is <= 0x20 or >= 0x7F)
            {
                clean = false;
            }

            destination[length++] = octet;
        }

        return length;
    }

    /// <summary>The value of a hexadecimal digit.</summary>
    public static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
