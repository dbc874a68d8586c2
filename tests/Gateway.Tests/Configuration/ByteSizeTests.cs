using System.ComponentModel;
using CsCheck;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1 << 20)]
    [InlineData("64KiB", 64 << 10)]
    [InlineData("64kb", 64 << 10)]
    [InlineData("64k", 64 << 10)]
    [InlineData("25MB", 25 << 20)]
    [InlineData(" 25 MB ", 25 << 20)]
    [InlineData("1.5GB", 3L << 29)]
    [InlineData("2TiB", 2L << 40)]
    [InlineData("12B", 12)]
    public void Parse_SizeWithUnit_IsPowerOf1024(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text, null).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("25 apples")]
    [InlineData("25Mb/s")]
    [InlineData("1e6")]
    [InlineData("1,000")]
    [InlineData("0.3B")]
    [InlineData("1.2.3MB")]
    [InlineData("9000000000GB")]
    [InlineData("99999999999999999999999999999999999999")]
    [InlineData(null)]
    public void TryParse_NoSize_IsRefused(string? text)
    {
        Assert.False(ByteSize.TryParse(text, null, out ByteSize size));
        Assert.Equal(0, size.Bytes);
    }

    [Fact]
    public void ToString_AnySize_ReadsBackTheSame() =>
        Gen.OneOf(Gen.Long[0, long.MaxValue], Gen.Select(Gen.Long[0, 1023], Gen.Int[0, 4], (count, unit) => count << (10 * unit)))
            .Sample(bytes => ByteSize.Parse(new ByteSize(bytes).ToString(), null).Bytes == bytes);

    [Fact]
    public void ToString_WholeUnits_UsesTheLargest()
    {
        Assert.Equal("50MB", ByteSize.FromMegabytes(50).ToString());
        Assert.Equal("1536KB", new ByteSize(1536 << 10).ToString());
        Assert.Equal("1025", new ByteSize(1025).ToString());
        Assert.Equal("0", default(ByteSize).ToString());
    }

    [Fact]
    public void Converter_Text_MakesSizeOrSaysWhatIsExpected()
    {
        TypeConverter converter = TypeDescriptor.GetConverter(typeof(ByteSize));
        Assert.Equal(ByteSize.FromMegabytes(25), converter.ConvertFromInvariantString("25MB"));
        Assert.Contains("25MB", Assert.Throws<FormatException>(() => converter.ConvertFromInvariantString("much")).Message, StringComparison.Ordinal);
    }
}
