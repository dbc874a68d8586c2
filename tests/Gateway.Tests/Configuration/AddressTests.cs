using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class AddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8025", "127.0.0.1:8025")]
    [InlineData("[::1]:8025", "[::1]:8025")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("unix:/run/gateway/api.sock", "unix:/run/gateway/api.sock")]
    public void ListenAddress_Valid_ReadsBack(string text, string expected) => Assert.Equal(expected, ListenAddress.Parse(text, null).ToString());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1:8025")]
    [InlineData("[127.0.0.1]:80")]
    [InlineData("127.1:80")]
    [InlineData("1:80")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("127.0.0.1:+80")]
    [InlineData("localhost:80")]
    [InlineData("unix:relative.sock")]
    [InlineData("unix:")]
    [InlineData("")]
    public void ListenAddress_Invalid_IsRefused(string text) => Assert.False(ListenAddress.TryParse(text, null, out _));

    [Fact]
    public void ListenAddress_PathLongerThanTheSystemTakes_IsRefused()
    {
        Assert.True(ListenAddress.TryParse("unix:/" + new string('a', 106), null, out _));
        Assert.False(ListenAddress.TryParse("unix:/" + new string('a', 107), null, out _));
    }

    [Theory]
    [InlineData("mx1.Example.ORG:2525", "mx1.example.org", 2525)]
    [InlineData("mx1.example.org", "mx1.example.org", 25)]
    [InlineData("192.0.2.7", "192.0.2.7", 25)]
    [InlineData("[2001:db8::7]:26", "2001:db8::7", 26)]
    [InlineData("[2001:db8::7]", "2001:db8::7", 25)]
    [InlineData("2001:db8::7", "2001:db8::7", 25)]
    [InlineData("mail_sink:25", "mail_sink", 25)]
    public void HostAndPort_Valid_IsRead(string text, string host, int port)
    {
        HostAndPort read = HostAndPort.Parse(text, null);
        Assert.Equal(new HostAndPort(host, port), read);
        Assert.Equal(read, HostAndPort.Parse(read.ToString(), null));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":25")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host name:25")]
    [InlineData("[mx1]:25")]
    [InlineData("[::1")]
    [InlineData("[::1]25")]
    [InlineData("a..b:25")]
    [InlineData("http://host:25")]
    public void HostAndPort_Invalid_IsRefused(string text) => Assert.False(HostAndPort.TryParse(text, null, out _));

    [Theory]
    [InlineData("example.org", "Example.ORG", true)]
    [InlineData("example.org", "a.example.org", false)]
    [InlineData("*.example.org", "a.b.EXAMPLE.org", true)]
    [InlineData("*.example.org", "example.org", false)]
    [InlineData("*.example.org", ".example.org", false)]
    [InlineData("*.example.org", "badexample.org", false)]
    [InlineData("b\u00FCcher.example", "xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", "B\u00DCCHER.example", true)]
    [InlineData("*.b\u00FCcher.example", "a.xn--bcher-kva.example", true)]
    [InlineData("[192.0.2.1]", "[192.0.2.001]", true)]
    [InlineData("[192.0.2.1]", "192.0.2.1", false)]
    [InlineData("[IPv6:2001:DB8::1]", "[ipv6:2001:db8:0:0::1]", true)]
    public void DomainPattern_Domain_Matches(string pattern, string domain, bool expected) =>
        Assert.Equal(expected, DomainPattern.Parse(pattern, null).Matches(domain));

    [Theory]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*example.org")]
    [InlineData("a.*.org")]
    [InlineData("user@example.org")]
    [InlineData("*.[192.0.2.1]")]
    [InlineData("[192.0.2]")]
    [InlineData("[IPv6:192.0.2.1]")]
    [InlineData("-a.org")]
    [InlineData("")]
    public void DomainPattern_Invalid_IsRefused(string text) => Assert.False(DomainPattern.TryParse(text, null, out _));
}
