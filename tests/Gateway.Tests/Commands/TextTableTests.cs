using System.Globalization;
using CsCheck;
using Gateway.Commands;
using Gateway.Logging;
using Xunit;

namespace Gateway.Tests.Commands;

public sealed class TextTableTests
{
    [Fact]
    public void Write_Rows_AreLinedUp()
    {
        TextTable table = new(new("ID"), new("SIZE", ColumnAlignment.Right), new("STATUS"));
        table.Add("4bX", "12", "quarantined");
        table.Add("4bXk2", "123456", null);
        Assert.Equal("ID       SIZE  STATUS\n4bX        12  quarantined\n4bXk2  123456\n", Written(table));
        Assert.Equal("4bX        12  quarantined\n4bXk2  123456\n", Written(table, withTitles: false));
    }

    [Fact]
    public void Write_NoRows_IsTheHead() => Assert.Equal("A  B\n", Written(new TextTable(new TextColumn("A"), new TextColumn("B"))));

    [Fact]
    public void Write_WideAndCombining_CountsCells()
    {
        TextTable table = new(new("SUBJECT"), new("N"));
        table.Add("日本語", "1");
        table.Add("e\u0301a", "2");
        table.Add("😀", "3");
        Assert.Equal("SUBJECT  N\n日本語   1\ne\u0301a       2\n😀       3\n", Written(table));
    }

    [Fact]
    public void Write_Controls_AreShown()
    {
        TextTable table = new(new TextColumn("S"));
        table.Add("a\u001b[2J\r\n\u202eb");
        Assert.Equal("S\na\\x1b[2J\\r\\n\\u202eb\n", Written(table));
    }

    [Theory]
    [InlineData("abcdefgh", 5, "abcd…")]
    [InlineData("abcde", 5, "abcde")]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("abc", 1, "…")]
    public void Write_TextOverTheWidest_IsCut(string text, int widest, string expected)
    {
        TextTable table = new(new TextColumn("S", Widest: widest));
        table.Add(text);
        Assert.Equal(expected + "\n", Written(table, withTitles: false));
    }

    [Fact]
    public void Write_AnyText_StaysInItsLineAndWidth() =>
        Gen.Select(Gen.String, Gen.Int[1, 20]).Sample((text, widest) =>
        {
            TextTable table = new(new TextColumn("S", Widest: widest));
            table.Add(text);
            string line = Written(table, withTitles: false);
            Assert.Equal(-1, VisibleText.IndexOfUnsafe(line.AsSpan(0, line.Length - 1), out _));
            Assert.InRange(DisplayWidth.Of(line[..^1]), 0, widest);
        });

    [Fact]
    public void Add_WrongNumberOfCells_IsABug() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TextTable(new TextColumn("A")).Add("1", "2"));

    private static string Written(TextTable table, bool withTitles = true)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        table.Write(output, withTitles);
        return output.ToString();
    }
}
