using System.Numerics;
using System.Runtime.Intrinsics;

namespace Gateway.Mime.Wire;

/// <summary>Vectorised searches for lines by how they begin.</summary>
/// <remarks>Promises: a place where the octets end within the beginning of a line is not found. Cost: 32 octets a step.</remarks>
internal static class LineSearch
{
    /// <summary>Where the first line begins that starts with <c>c</c> or <c>C</c>, CR, LF or a hyphen; -1 for none. The start of the octets is no start of a line.</summary>
    /// <remarks>In a header: the fields that Content-Type and Content-Transfer-Encoding are among, the end of the block, and delimiters.</remarks>
    public static int HeaderMark(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        for (; octets.Length - at > Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            Vector256<byte> feeds = Vector256.Equals(Vector256.Create(octets[at..]), Vector256.Create((byte)'\n'));
            if (feeds == Vector256<byte>.Zero)
            {
                continue;
            }

            Vector256<byte> next = Vector256.Create(octets[(at + 1)..]);
            Vector256<byte> marks = Vector256.Equals(next | Vector256.Create((byte)0x20), Vector256.Create((byte)'c'))
                | Vector256.Equals(next, Vector256.Create((byte)'\r')) | Vector256.Equals(next, Vector256.Create((byte)'\n'))
                | Vector256.Equals(next, Vector256.Create((byte)'-'));
            uint found = (feeds & marks).ExtractMostSignificantBits();
            if (found != 0)
            {
                return at + BitOperations.TrailingZeroCount(found) + 1;
            }
        }

        for (; at < octets.Length - 1; at++)
        {
            if (octets[at] == (byte)'\n' && IsHeaderMark(octets[at + 1]))
            {
                return at + 1;
            }
        }

        return -1;
    }

    /// <summary>Tells whether <see cref="HeaderMark"/> finds a line that begins with an octet.</summary>
    public static bool IsHeaderMark(byte first) => first is (byte)'c' or (byte)'C' or (byte)'\r' or (byte)'\n' or (byte)'-';

    /// <summary>Where the first LF is that <c>be</c>, <c>=y</c> or <c>(T</c> follows; -1 for none.</summary>
    /// <remarks>How data begins that was encoded before MIME: uuencode, yEnc, BinHex.</remarks>
    public static int EncodedData(ReadOnlySpan<byte> octets)
    {
        int at = 0;
        for (; octets.Length - at > Vector256<byte>.Count + 1; at += Vector256<byte>.Count)
        {
            Vector256<byte> feeds = Vector256.Equals(Vector256.Create(octets[at..]), Vector256.Create((byte)'\n'));
            if (feeds == Vector256<byte>.Zero)
            {
                continue;
            }

            Vector256<byte> first = Vector256.Create(octets[(at + 1)..]);
            Vector256<byte> second = Vector256.Create(octets[(at + 2)..]);
            Vector256<byte> pairs = (Vector256.Equals(first, Vector256.Create((byte)'b')) & Vector256.Equals(second, Vector256.Create((byte)'e')))
                | (Vector256.Equals(first, Vector256.Create((byte)'=')) & Vector256.Equals(second, Vector256.Create((byte)'y')))
                | (Vector256.Equals(first, Vector256.Create((byte)'(')) & Vector256.Equals(second, Vector256.Create((byte)'T')));
            uint found = (feeds & pairs).ExtractMostSignificantBits();
            if (found != 0)
            {
                return at + BitOperations.TrailingZeroCount(found);
            }
        }

        for (; at < octets.Length - 2; at++)
        {
            if (octets[at] == (byte)'\n' && ((octets[at + 1], octets[at + 2]) is ((byte)'b', (byte)'e') or ((byte)'=', (byte)'y') or ((byte)'(', (byte)'T')))
            {
                return at;
            }
        }

        return -1;
    }
}
