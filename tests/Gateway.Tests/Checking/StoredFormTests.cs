using System.Text;
using CsCheck;
using Gateway.Checking;
using Xunit;

namespace Gateway.Tests.Checking;

public sealed class StoredFormTests
{
    // Octets that matter, much more often than chance would bring them.
    private static readonly Gen<byte[]> Messages = Gen.OneOf(Gen.Byte, Gen.Int[0, 2].Select(i => "\n\ra"u8[i])).Array[0, 300];

    [Theory]
    [InlineData("a\nb\n", true)]
    [InlineData("a\nb", true)]
    [InlineData("a\r\nb\n", false)]
    [InlineData("a\r\n", false)]
    [InlineData("a\rb\n", true)]
    [InlineData("a\rb\r", false)]
    [InlineData("abc", false)]
    [InlineData("", false)]
    public void IsStored_LineEnds_AreAllLf(string message, bool expected) => Assert.Equal(expected, StoredForm.IsStored(Encoding.ASCII.GetBytes(message)));

    [Fact]
    public void ToWire_AnyMessage_IsWhatReplacingEveryLfGives() => Messages.Sample(message =>
    {
        string expected = Encoding.Latin1.GetString(message).Replace("\n", "\r\n", StringComparison.Ordinal);
        byte[] wire = new byte[StoredForm.WireLength(message)];
        Assert.Equal(wire.Length, StoredForm.ToWire(message, wire));
        Assert.Equal(expected, Encoding.Latin1.GetString(wire));
    });

    [Fact]
    public void ToWire_StoredMessage_CanBeTurnedBack() => Messages.Where(message => StoredForm.IsStored(message)).Sample(message =>
    {
        byte[] wire = new byte[StoredForm.WireLength(message)];
        StoredForm.ToWire(message, wire);
        Assert.False(StoredForm.IsStored(wire));
        Assert.Equal(Encoding.Latin1.GetString(message), Encoding.Latin1.GetString(wire).Replace("\r\n", "\n", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData("From MAILER-DAEMON  Thu Apr 29 23:34:45 2015", true)]
    [InlineData("From a@example.org Sat Jan  3 01:05:34 1996", true)]
    [InlineData("From a b@example.org Sat Jan  3 01:05 +0100 1996", true)]
    [InlineData("From a@example.org Sat Jan  3 01:05:34 MET DST 1996", true)]
    [InlineData("From a@example.org Sat Jan  3 01:05:34 1996 remote from x", true)]
    [InlineData("From now on, everything is different", false)]
    [InlineData("From a@example.org Sat Jan  3 1996", false)]
    [InlineData("From a@example.org 1996-01-03 01:05:34", false)]
    [InlineData("From: a@example.org Sat Jan  3 01:05:34 1996", false)]
    [InlineData(">From a@example.org Sat Jan  3 01:05:34 1996", false)]
    [InlineData("From ", false)]
    public void IsOne_Line_NeedsAPostmark(string line, bool expected) => Assert.Equal(expected, FromLine.IsOne(Encoding.ASCII.GetBytes(line)));

    [Theory]
    [InlineData(">From a\n", "From a\n")]
    [InlineData(">>From a\n", ">From a\n")]
    [InlineData("x>From a\n>>>From b", "x>From a\n>>From b")]
    [InlineData("> From a\n>From", "> From a\n>From")]
    [InlineData("a\n>From >From b\n>From c", "a\nFrom >From b\nFrom c")]
    [InlineData("", "")]
    public void Unquote_QuotedLines_LoseOneMark(string text, string expected)
    {
        byte[] into = new byte[text.Length];
        Assert.Equal(expected, Encoding.ASCII.GetString(into, 0, MailFileReader.Unquote(Encoding.ASCII.GetBytes(text), into)));
    }
}
