using CsCheck;
using Gateway.Relay.Telemetry;
using Xunit;

namespace Gateway.Relay.Tests;

public sealed class LogTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain <a@b> 100%", "plain <a@b> 100%")]
    [InlineData("gr\u00fc\u00df dich", "gr\u00fc\u00df dich")]
    [InlineData("a\r\nb", "a\\u000d\\u000ab")]
    [InlineData("a\u001b[31m", "a\\u001b[31m")]
    [InlineData("back\\slash", "back\\\\slash")]
    [InlineData("\u202eevil", "\\u202eevil")]
    [InlineData("zero\u200bwidth", "zero\\u200bwidth")]
    [InlineData("line\u2028sep", "line\\u2028sep")]
    [InlineData("nbsp\u00a0", "nbsp\\u00a0")]
    [InlineData("\u0085", "\\u0085")]
    [InlineData("ada\u3164", "ada\\u3164")]
    [InlineData("ada\u2800", "ada\\u2800")]
    [InlineData("ada\ufe0f\uffa0", "ada\\ufe0f\\uffa0")]
    [InlineData("ada\U000e0100", "ada\\ue0100")]
    [InlineData("\u034f\u115f\u1160\u17b4\u180b", "\\u034f\\u115f\\u1160\\u17b4\\u180b")]
    [InlineData("\u3163\u2801\u1161\uffa1", "\u3163\u2801\u1161\uffa1")]
    public void Escape_Text_IsSafe(string? text, string expected) => Assert.Equal(expected, LogText.Escape(text));

    [Theory]
    [InlineData("ada@example.org", "ada@example.org")]
    [InlineData("\"x>, relay=mx, status=sent (\"@example.org", "\"x\\u003e, relay=mx, status=sent (\"@example.org")]
    [InlineData("\"a<b\"@example.org", "\"a\\u003cb\"@example.org")]
    [InlineData(null, "")]
    public void InBrackets_Text_CannotEndItsBrackets(string? text, string expected) => Assert.Equal(expected, LogText.InBrackets(text));

    [Theory]
    [InlineData("<1@example.org>", "<1@example.org>")]
    [InlineData("1@example.org", "<1@example.org>")]
    [InlineData("<x>, status=sent (250 ok), to=<fake@example.org>", "<x\\u003e, status=sent (250 ok), to=\\u003cfake@example.org>")]
    [InlineData("x, verdict=reject", "<x, verdict=reject>")]
    [InlineData("<", "<\\u003c>")]
    [InlineData("<a\u202e>", "<a\\u202e>")]
    public void MessageId_HasOnePairOfBrackets(string text, string expected) => Assert.Equal(expected, LogText.MessageId(text));

    [Fact]
    public void MessageId_AnyText_EndsWhereItsBracketsEnd() => Gen.String.Sample(text =>
    {
        string logged = LogText.MessageId(text);
        Assert.Equal(0, logged.LastIndexOf('<'));
        Assert.Equal(logged.Length - 1, logged.IndexOf('>', StringComparison.Ordinal));
    });

    [Fact]
    public void Escape_AnyText_HoldsNoControlCharacterAndIsBounded() => Gen.String.Sample(text =>
    {
        string safe = LogText.Escape(text, 40);
        Assert.DoesNotContain(safe, c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e');
        Assert.True(safe.Length <= (40 * 6) + LogText.CutMark.Length);
    });

    [Fact]
    public void Escape_LoneSurrogate_IsReplaced() => Assert.Equal("lone\ufffd", LogText.Escape("lone\ud800"));

    [Fact]
    public void Escape_LongText_IsCutWithAMark() => Assert.Equal($"{new string('a', 10)}...", LogText.Escape(new string('a', 11), 10));

    [Fact]
    public void Escape_CutInTheMiddleOfASurrogatePair_MakesNoLoneHalf() => Assert.Equal("a\ufffd...", LogText.Escape("a\ud83d\ude00b", 2));
}
