using System.Text;

namespace Gateway.Mime.Tests;

public sealed class HeaderSearchTests
{
    [Theory]
    [InlineData("Subject: Buy Pills\r\n", "subject", "buy pills", true)]
    [InlineData("Subject : Buy\r\n Pills\r\n", "SUBJECT", "buy pills", true)]
    [InlineData("Subject: =?utf-8?b?YnV5IHBpbGxz?=\r\n", "Subject", "buy pills", true)]
    [InlineData("Subject: =?utf-8?q?buy?=\r\n =?utf-8?q?_pills?=\r\n", "Subject", "buy pills", true)]
    [InlineData("Subject: Grüße\r\n", "Subject", "GRÜSSE", false)]
    [InlineData("Subject: Grüße\r\n", "Subject", "grüße", true)]
    [InlineData("X-Subject: buy pills\r\n", "Subject", "buy pills", false)]
    [InlineData("A: 1\nSubject: buy pills", "Subject", "buy pills", true)]
    [InlineData("Subject: one\r\nSubject: buy pills\r\n\r\n", "Subject", "buy pills", true)]
    [InlineData("To: x\r\n\tSubject: buy pills\r\n", "Subject", "buy pills", false)]
    [InlineData("Subject buy pills\r\n", "Subject", "buy pills", false)]
    [InlineData(":\r\n\r\n", "Subject", "buy pills", false)]
    [InlineData("", "Subject", "buy pills", false)]
    public void Contains_ReadsWhatAPersonSees(string header, string field, string text, bool found) =>
        Assert.Equal(found, HeaderSearch.Contains(Encoding.UTF8.GetBytes(header), field, text));

    [Fact]
    public void Contains_OfRandomOctets_NeverThrows()
    {
        Random random = new(16);
        for (int i = 0; i < 2000; i++)
        {
            byte[] octets = new byte[random.Next(200)];
            random.NextBytes(octets);
            "Subject: =?"u8.CopyTo(octets.Length > 20 ? octets : new byte[20]);
            HeaderSearch.Contains(octets, "Subject", "nothing like it");
        }
    }
}
