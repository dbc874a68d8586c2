using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>What two styles of reader take for the author in a From field that is out of its grammar.</summary>
internal static class AuthorViews
{
    private static readonly SearchValues<byte> AddressEnds = SearchValues.Create(" \t\r\n<>()[],;:\"\\"u8);

    /// <summary>Two that differ; none when these styles come to the same.</summary>
    public static IReadOnlyList<ReaderView> Of(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value.Trim(" \t\r\n"u8);
        ReadOnlySpan<byte> first = FirstAddress(text);
        int angle = text.LastIndexOf((byte)'<');
        ReadOnlySpan<byte> last = angle < 0 ? LastAddress(text) : text[(angle + 1)..].TrimEnd("> \t"u8);
        ReadOnlySpan<byte> words = (angle < 0 ? text : text[..angle]).Trim(" \t\""u8);
        return !first.SequenceEqual(last)
            ? [View("that takes the first address", first), View(angle < 0 ? "that takes the last address" : "that takes what stands in the last angle brackets", last)]
            : !words.SequenceEqual(last) ? [View("that takes the address", last), View("that shows the words in front of it", words)]
            : [];
    }

    private static ReadOnlySpan<byte> FirstAddress(ReadOnlySpan<byte> text) => Around(text, text.IndexOf((byte)'@'));

    private static ReadOnlySpan<byte> LastAddress(ReadOnlySpan<byte> text) => Around(text, text.LastIndexOf((byte)'@'));

    private static ReadOnlySpan<byte> Around(ReadOnlySpan<byte> text, int at)
    {
        if (at < 0)
        {
            return default;
        }

        int start = text[..at].LastIndexOfAny(AddressEnds) + 1;
        int length = text[at..].IndexOfAny(AddressEnds);
        return length < 0 ? text[start..] : text[start..(at + length)];
    }

    private static ReaderView View(string reader, ReadOnlySpan<byte> sees) => new(reader, sees.ToArray());
}
