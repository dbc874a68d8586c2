using System.Globalization;

namespace Gateway.Spool.Format;

/// <summary>The file name of a segment: its number, which orders the log, and its stamp, which its records carry.</summary>
/// <remarks>The name, not the first page, is what recovery believes: a damaged first page costs no message.</remarks>
internal readonly record struct SegmentName(ulong Number, ulong Stamp)
{
    public const string Extension = ".seg";
    public const string SparePrefix = "spare-";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number:x16}-{Stamp:x16}{Extension}");

    public static bool TryParse(string fileName, out SegmentName name)
    {
        name = default;
        if (fileName.Length != 16 + 1 + 16 + Extension.Length || fileName[16] != '-' || !fileName.EndsWith(Extension, StringComparison.Ordinal)
            || !TryHex(fileName.AsSpan(0, 16), out ulong number) || !TryHex(fileName.AsSpan(17, 16), out ulong stamp))
        {
            return false;
        }

        name = new SegmentName(number, stamp);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<char> text, out ulong value)
        => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
