using System.Text;
using CsCheck;
using Gateway.Checking;
using Gateway.Mime;
using Xunit;

namespace Gateway.Tests.Checking;

public sealed class EvidenceLinesTests
{
    [Theory]
    [InlineData("one\r\ntwo three\r\n", 9, 5, "two three\\r\\n", "    ^^^^^")]
    [InlineData("a\0b\r\n", 1, 1, "a\\x00b\\r\\n", " ^^^^")]
    [InlineData("\u001b[2J\tx\\y\r\n", 4, 1, "\\x1b[2J\\tx\\\\y\\r\\n", "       ^^")]
    [InlineData("a\r\nb\r\n", 0, 6, "a\\r\\nb\\r\\n", "^^^^^^^^^^")]
    [InlineData("abc", 3, 0, "abc", "   ^")]
    [InlineData("", 0, 0, "", "^")]
    [InlineData("abc\r\n", 99, 4, "", "^")]
    public void Write_OfEvidence_UnderlinesIt(string message, long offset, int length, string text, string underline)
    {
        string[] lines = Lines(Encoding.Latin1.GetBytes(message), offset, length);

        Assert.Equal([text, underline], lines);
    }

    [Fact]
    public void Write_OfALongLine_IsCutOnBothSidesAndSaysSo()
    {
        string[] lines = Lines(Encoding.Latin1.GetBytes(new string('a', 500) + new string('b', 300) + "\r\n"), 500, 300);

        Assert.Equal("..." + new string('a', 40) + new string('b', 64) + "...", lines[0]);
        Assert.Equal(new string(' ', 43) + new string('^', 64) + " 300 octets", lines[1]);
    }

    [Fact]
    public void Write_OfAnyOctets_IsPlainAndStandsUnderTheEvidence() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 250], Gen.Int[0, 250]).Sample((octets, offset, length) =>
    {
        string[] lines = Lines(octets, offset, length);

        Assert.True(lines.All(line => line.All(c => c is >= ' ' and <= '~')));
        int at = Math.Min(offset, octets.Length);
        string evidence = Finding.Escape(octets.AsSpan(at, Math.Min(Math.Min(length, octets.Length - at), 64)));
        int caret = lines[1].IndexOf('^', StringComparison.Ordinal);
        Assert.Equal(Math.Max(1, evidence.Length), lines[1].Count(c => c == '^'));
        Assert.Equal(evidence, lines[0].Substring(caret, evidence.Length));
    });

    private static string[] Lines(byte[] message, long offset, int length)
    {
        using StringWriter output = new() { NewLine = "\n" };
        EvidenceLines.Write(output, string.Empty, message, offset, length);
        return output.ToString().TrimEnd('\n').Split('\n');
    }
}
