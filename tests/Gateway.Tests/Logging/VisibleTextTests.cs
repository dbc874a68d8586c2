using System.Text;
using Gateway.Logging;
using Gateway.Relay.Telemetry;
using Xunit;

namespace Gateway.Tests.Logging;

/// <summary>What is shown instead of characters that a person would not see, or would see as another.</summary>
public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("grüße 日本語 😀", "grüße 日本語 😀")]
    [InlineData("a\nb\tc\u001b[2J", "a\\nb\\tc\\x1b[2J")]
    [InlineData("ada\u3164@example.org", "ada\\u3164@example.org")]
    [InlineData("a\u115f\u1160\u17b4\u180b\u2800\u034f\uffa0", "a\\u115f\\u1160\\u17b4\\u180b\\u2800\\u034f\\uffa0")]
    [InlineData("a\u200bb\u2060\ufeff\u00ad", "a\\u200bb\\u2060\\ufeff\\xad")]
    [InlineData("a\u00a0b\u3000", "a\\xa0b\\u3000")]
    [InlineData("fdp.\u202excod", "fdp.\\u202excod")]
    [InlineData("heart \u2764\ufe0f", "heart \u2764\\ufe0f")]
    [InlineData("tag \U000E0041 variation \U000E0100", "tag \\ue0041 variation \\ue0100")]
    [InlineData("a\ud800b", "a\ud800b")]
    public void Escape_ShowsWhatIsNotSeen(string text, string expected) => Assert.Equal(expected, VisibleText.Escape(text));

    [Fact]
    public void EveryCharacter_IsJudgedAsInLogs_AndJsonEscapesQuotesToo()
    {
        for (int code = 0; code <= 0x10FFFF; code++)
        {
            if (!Rune.TryCreate(code, out Rune rune))
            {
                continue;
            }

            string text = "x" + rune;
            bool safe = VisibleText.IndexOfUnsafe(text, out int length) < 0;
            Assert.Equal(LogText.IsVisible(rune), safe);
            Assert.Equal(safe ? 0 : rune.Utf16SequenceLength, length);
            Assert.Equal(safe && code is not ('"' or '\\'), VisibleText.IndexOfUnsafeInJson(text, out _) < 0);
        }
    }
}
