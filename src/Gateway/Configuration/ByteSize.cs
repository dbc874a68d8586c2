using System.Buffers;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Gateway.Configuration;

/// <summary>An amount of octets as an administrator writes it: <c>25MB</c>, <c>64KiB</c>, <c>1048576</c>.</summary>
/// <remarks>
/// Promises: a unit is a power of 1024 with and without the <c>i</c>, as every mail server counts its limits; never negative; what
/// <see cref="ToString"/> writes is read back as the same amount.
/// </remarks>
/// <param name="Bytes">The amount in octets.</param>
[TypeConverter(typeof(ParsableConverter<ByteSize>))]
internal readonly record struct ByteSize(long Bytes) : IParsable<ByteSize>, IComparable<ByteSize>
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, long Factor)[] Units =
        [("TB", 1L << 40), ("GB", 1L << 30), ("MB", 1L << 20), ("KB", 1L << 10)];

    /// <summary>An amount of mebioctets.</summary>
    public static ByteSize FromMegabytes(long count) => new(checked(count << 20));

    /// <summary>Compares two sizes.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>Compares two sizes.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>Compares two sizes.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>Compares two sizes.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;

    /// <inheritdoc/>
    public static ByteSize Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out ByteSize size) ? size : throw new FormatException($"\"{s}\" is not a size such as 25MB or 64KiB");

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ByteSize result)
    {
        result = default;
        ReadOnlySpan<char> text = s.AsSpan().Trim();
        int digits = text.IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = digits < 0 ? text : text[..digits];
        ReadOnlySpan<char> unit = digits < 0 ? [] : text[digits..].TrimStart();
        if (Factor(unit) is not { } factor
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            || value > long.MaxValue / factor)
        {
            return false;
        }

        decimal bytes = value * factor;
        result = new ByteSize((long)bytes);
        return bytes == result.Bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>The amount in the largest unit that holds it without a fraction.</summary>
    public override string ToString()
    {
        foreach ((string unit, long factor) in Units)
        {
            if (Bytes != 0 && Bytes % factor == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{Bytes / factor}{unit}");
            }
        }

        return Bytes.ToString(CultureInfo.InvariantCulture);
    }

    private static long? Factor(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        foreach ((string name, long factor) in Units)
        {
            if (char.ToUpperInvariant(unit[0]) == name[0])
            {
                ReadOnlySpan<char> rest = unit[1..];
                return rest.IsEmpty || rest.Equals("B", StringComparison.OrdinalIgnoreCase) || rest.Equals("iB", StringComparison.OrdinalIgnoreCase)
                    ? factor
                    : null;
            }
        }

        return null;
    }
}
