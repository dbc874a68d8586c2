using Gateway.Smtp.Client;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

public class DownstreamHostTests
{
    [Theory]
    [InlineData("mx.a.test:2525", "mx.a.test", 2525)]
    [InlineData("MX.A.test", "mx.a.test", 25)]
    [InlineData(" 192.0.2.7:25 ", "192.0.2.7", 25)]
    [InlineData("[2001:db8::7]:2525", "2001:db8::7", 2525)]
    [InlineData("[2001:DB8::7]", "2001:db8::7", 25)]
    public void Parse_Host_ReadsIt(string text, string host, int port)
    {
        DownstreamHost parsed = DownstreamHost.Parse(text);

        Assert.Equal(new DownstreamHost(host, port), parsed);
        Assert.Equal(parsed, DownstreamHost.Parse(parsed.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData(":25")]
    [InlineData("a.test:")]
    [InlineData("a.test:0")]
    [InlineData("a.test:65536")]
    [InlineData("a.test:+25")]
    [InlineData("a.test:smtp")]
    [InlineData("a b:25")]
    [InlineData("2001:db8::7")]
    [InlineData("[2001:db8::7")]
    [InlineData("[2001:db8::7]25")]
    [InlineData("[2001:db8::7]:")]
    [InlineData("[192.0.2.7]:25")]
    public void TryParse_NoHost_IsRefused(string? text) => Assert.False(DownstreamHost.TryParse(text, out _));
}
