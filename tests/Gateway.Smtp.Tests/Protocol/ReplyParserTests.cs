using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public class ReplyParserTests
{
    [Theory]
    [InlineData("250 2.0.0 Ok\r\n", "250 2.0.0 Ok")]
    [InlineData("250\r\n", "250 ")]
    [InlineData("250 \r\n", "250 ")]
    [InlineData("354 go on\r\n", "354 go on")]
    [InlineData("250-a.test\r\n250-SIZE 10\r\n250 8BITMIME\r\n", "250 a.test SIZE 10 8BITMIME")]
    [InlineData("550-5.7.1 first\r\n550 5.7.1 second\r\n", "550 5.7.1 first second")]
    [InlineData("250 5.1.1 class does not agree\r\n", "250 5.1.1 class does not agree")]
    [InlineData("550 5.1.1\r\n", "550 5.1.1 ")]
    [InlineData("550 5.1.1x\r\n", "550 5.1.1x")]
    [InlineData("421 4.3.2 \tcaf\xe9\x01\x7f\r\n", "421 4.3.2  caf???")]
    public void Scan_WholeReply_DecodesIt(string wire, string expected)
    {
        ReplyParser parser = default;
        byte[] octets = Encoding.Latin1.GetBytes(wire);

        Assert.Equal(ReplyScan.Complete, parser.Scan(octets, out int length));
        Assert.Equal(octets.Length, length);
        Assert.Equal(expected, ReplyParser.Decode(octets).ToString());
    }

    [Fact]
    public void Decode_ClassDoesNotAgree_LeavesCodeInText()
    {
        SmtpReply reply = ReplyParser.Decode("250 5.1.1 text\r\n"u8);

        Assert.True(reply.Enhanced.IsNone);
        Assert.Equal("5.1.1 text", reply.Text);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("150 informational\r\n")]
    [InlineData("650 beyond\r\n")]
    [InlineData("250_x\r\n")]
    [InlineData("250 bare\nline feed\r\n")]
    [InlineData("250 line feed only\n")]
    [InlineData("250 bare\rcarriage return\r\n")]
    [InlineData("250-one\r\n550 two\r\n")]
    [InlineData("250-one\r\ntwo\r\n")]
    public void Scan_NotAReply_IsMalformed(string wire)
    {
        ReplyParser parser = default;

        Assert.Equal(ReplyScan.Malformed, parser.Scan(Encoding.Latin1.GetBytes(wire), out _));
    }

    [Fact]
    public void Scan_LineWithoutEnd_IsMalformedAtTheLimitAndNotBefore()
    {
        byte[] line = Encoding.ASCII.GetBytes("250 " + new string('x', 5000));
        ReplyParser atLimit = default;
        ReplyParser over = default;

        Assert.Equal(ReplyScan.Incomplete, atLimit.Scan(line.AsSpan(0, ReplyParser.MaxLineOctets - 2), out _));
        Assert.Equal(ReplyScan.Malformed, over.Scan(line.AsSpan(0, ReplyParser.MaxLineOctets - 1), out _));
    }

    [Fact]
    public void Scan_LinesWithoutEnd_IsMalformedAtTheLimit()
    {
        byte[] lines = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("250-more and more\r\n", 4000)));
        ReplyParser parser = default;

        Assert.Equal(ReplyScan.Malformed, parser.Scan(lines, out _));
    }

    [Fact]
    public void Scan_AnySplitOfTwoReplies_FindsTheSameTwo()
    {
        byte[] octets = "250-a\r\n250 b\r\n550 5.1.1 no\r\n"u8.ToArray();
        Gen.Int[1, 5].Array[1, 40].Sample(steps =>
        {
            List<string> found = [];
            ReplyParser parser = default;
            int start = 0;
            int end = 0;
            for (int i = 0; start < octets.Length; i++)
            {
                end = Math.Min(octets.Length, end + steps[i % steps.Length]);
                while (parser.Scan(octets.AsSpan(start, end - start), out int length) == ReplyScan.Complete)
                {
                    found.Add(ReplyParser.Decode(octets.AsSpan(start, length)).ToString());
                    start += length;
                }
            }

            Assert.Equal(["250 a b", "550 5.1.1 no"], found);
        });
    }

    [Fact]
    public void Scan_ArbitraryOctets_NeverThrowsAndDecodesWhatItAccepts()
    {
        Gen<byte> octet = Gen.OneOf(Gen.Byte, Gen.Const((byte)'2'), Gen.Const((byte)'5'), Gen.Const((byte)'0'), Gen.Const((byte)'-'), Gen.Const((byte)' '), Gen.Const((byte)'\r'), Gen.Const((byte)'\n'));
        octet.Array[0, 60].Sample(octets =>
        {
            ReplyParser parser = default;
            if (parser.Scan(octets, out int length) == ReplyScan.Complete)
            {
                string text = ReplyParser.Decode(octets.AsSpan(0, length)).Text;
                Assert.DoesNotContain(text, c => c is < ' ' and not '\n' or > '~');
            }
        });
    }
}
