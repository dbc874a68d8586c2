using System.Reflection;
using System.Text;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public sealed class SmtpReplyTests
{
    public static TheoryData<string> Catalogue =>
        [.. typeof(Replies).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(p => p.PropertyType == typeof(SmtpReply)).Select(p => p.Name)];

    [Fact]
    public void Catalogue_IsNotEmpty() => Assert.InRange(Catalogue.Count, 30, 100);

    [Theory]
    [MemberData(nameof(Catalogue))]
    public void Catalogue_EveryReply_IsWellFormed(string name)
    {
        SmtpReply reply = (SmtpReply)typeof(Replies).GetProperty(name)!.GetValue(null)!;

        // RFC 2034 section 4: 2xx, 4xx and 5xx carry an enhanced code of their class; 3xx has none to carry.
        Assert.Equal(reply.IsIntermediate ? 0 : reply.Code / 100, reply.Enhanced.Class);
        Assert.DoesNotContain(reply.Text, c => c is < ' ' or > '~');
        Assert.NotEmpty(reply.Text);
        string wire = Encoding.Latin1.GetString(reply.Wire.Span);
        Assert.Equal(reply + "\r\n", wire);
        // RFC 5321 section 4.5.3.1.5.
        Assert.InRange(wire.Length, 8, 512);
    }

    [Fact]
    public void Catalogue_FaultsOfOurs_AreTransient()
    {
        foreach (SmtpReply reply in (SmtpReply[])
            [Replies.LocalError, Replies.InternalFault, Replies.InsufficientStorage, Replies.ServiceUnavailable, Replies.ShuttingDown, Replies.TooManyConnections])
        {
            Assert.True(reply.IsTransient, reply.ToString());
        }
    }

    [Fact]
    public void Wire_SeveralLines_RepeatsCodesAndMarksTheLast()
    {
        SmtpReply reply = new(550, new EnhancedCode(5, 6, 0), "first\n\nthird");
        Assert.Equal("550-5.6.0 first\r\n550-5.6.0 \r\n550 5.6.0 third\r\n", Encoding.ASCII.GetString(reply.Wire.Span));
        Assert.Equal("550 5.6.0 first  third", reply.ToString());
    }

    [Fact]
    public void Wire_NoEnhancedCode_HasNone() =>
        Assert.Equal("250-a\r\n250 b\r\n", Encoding.ASCII.GetString(new SmtpReply(250, default, "a\nb").Wire.Span));

    [Fact]
    public void Wire_ControlCharactersOfAPeer_CannotForgeAReply()
    {
        SmtpReply reply = new(550, new EnhancedCode(5, 1, 1), "no\r250 Ok\0\u0085\u001b[2J \u00e4");
        Assert.Equal("550 5.1.1 no?250 Ok???[2J ?\r\n", Encoding.ASCII.GetString(reply.Wire.Span));
    }

    [Fact]
    public void WithText_KeepsCodes()
    {
        SmtpReply reply = Replies.LocalError.WithText("Other");
        Assert.Equal("451 4.3.0 Other", reply.ToString());
        Assert.Equal("250 2.0.0 Ok: queued as 4bXk", Replies.Queued("4bXk").ToString());
    }

    [Theory]
    [InlineData(199)]
    [InlineData(600)]
    public void New_CodeOutsideOfTheReplies_Throws(int code) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpReply(code, default, "x"));

    [Theory]
    [InlineData("2.1.5", 2, 1, 5, 5)]
    [InlineData("4.4.2 text", 4, 4, 2, 5)]
    [InlineData("5.999.999 x", 5, 999, 999, 9)]
    [InlineData("5.0.0", 5, 0, 0, 5)]
    public void EnhancedCode_GoodText_IsRead(string text, int kind, int subject, int detail, int length)
    {
        Assert.True(EnhancedCode.TryParse(text, out EnhancedCode code, out int taken));
        Assert.Equal(new EnhancedCode(kind, subject, detail), code);
        Assert.Equal(length, taken);
        Assert.Equal(text[..length], code.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("2.1")]
    [InlineData("2.1.")]
    [InlineData("2..5")]
    [InlineData("3.1.5")]
    [InlineData("22.1.5")]
    [InlineData("2.1.5x")]
    [InlineData("2.1.5.1")]
    [InlineData("2.1000.5")]
    [InlineData("2.1.1000")]
    [InlineData(" 2.1.5")]
    [InlineData("2.-1.5")]
    [InlineData("\u0662.1.5")]
    public void EnhancedCode_BadText_IsNone(string text)
    {
        Assert.False(EnhancedCode.TryParse(text, out EnhancedCode code, out int taken));
        Assert.True(code.IsNone);
        Assert.Equal(0, taken);
        Assert.Equal(string.Empty, code.ToString());
    }
}
