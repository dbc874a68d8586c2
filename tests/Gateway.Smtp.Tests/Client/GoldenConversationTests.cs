using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>The kit that all conversations rely on says what is wrong, and only then.</summary>
public class GoldenConversationTests
{
    [Fact]
    public async Task RunAsync_ServerAnswersAsWritten_Passes()
    {
        await using ScriptedSmtpServer server = new() { Capabilities = ["SIZE 10"] };
        await GoldenConversation.Parse("ok.smtp", """
            # pipelined, with raw octets and a variable
            S: 220 scripted...
            C: EHLO {name}
            S: 250-*
            S: 250 SIZE 10
            C: MAIL FROM:<a@b.test>
            C: RCPT TO:<c@d.test>
            C: DATA
            S~ 250
            S~ 250 2.1.5
            S: 354*
            C! .\x2e\r\n\0\\
            C! \r\n.\r\n
            S: 250 2.0.0 Ok: queued as *
            C: QUIT
            S~ 221
            S!
            """).RunAsync(server.EndPoint, new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = "x.test" }, ClientTesting.Stop);

        Assert.Equal(".\r\n\0\\\r\n", Assert.Single(server.Messages).Text);
        Assert.Contains("C: EHLO x.test", server.Transcript(1));
    }

    [Fact]
    public async Task RunAsync_ServerAnswersOtherwise_ShowsWhereAndWhat()
    {
        await using ScriptedSmtpServer server = new();
        GoldenConversation conversation = GoldenConversation.Parse("bad.smtp", "S: 220...\nC: NOOP\nS: 250 2.0.0 Fine\n");

        ConversationMismatchException e = await Assert.ThrowsAsync<ConversationMismatchException>(
            () => conversation.RunAsync(server.EndPoint, null, ClientTesting.Stop));

        Assert.Contains("bad.smtp:3", e.Message, StringComparison.Ordinal);
        Assert.Contains("   C: NOOP", e.Message, StringComparison.Ordinal);
        Assert.Contains(" - S: 250 2.0.0 Fine", e.Message, StringComparison.Ordinal);
        Assert.Contains(" + S: 250 2.0.0 Ok", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250 Ok", "250 Ok", true)]
    [InlineData("250 Ok", "250 Ok ", false)]
    [InlineData("250 *", "250 ", true)]
    [InlineData("250...", "250-x", true)]
    [InlineData("*a*b*", "xaxbx", true)]
    [InlineData("*a*b*", "xbxax", false)]
    [InlineData("ab*ba", "aba", false)]
    public void Matches_Pattern_DecidesIt(string pattern, string text, bool expected) =>
        Assert.Equal(expected, GoldenConversation.Matches(pattern, text));

    [Theory]
    [InlineData("X: what")]
    [InlineData("S:220")]
    public void Parse_NoInstruction_NamesTheLine(string line) =>
        Assert.Contains("x.smtp:1", Assert.Throws<FormatException>(() => GoldenConversation.Parse("x.smtp", line)).Message, StringComparison.Ordinal);
}
