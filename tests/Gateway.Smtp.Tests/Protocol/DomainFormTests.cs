using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public sealed class DomainFormTests
{
    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("EXAMPLE.org.", "EXAMPLE.org.")]
    [InlineData("xn--9.test", "xn--9.test")]
    [InlineData("r3---sn.test", "r3---sn.test")]
    [InlineData("b\u00FCcher.example", "xn--bcher-kva.example")]
    [InlineData("B\u00DCCHER.Example", "xn--bcher-kva.example")]
    [InlineData("b\u00FCcher\u3002example", "xn--bcher-kva.example")]
    // RFC 3492 section 7.1: Chinese, Hebrew, Hindi, Japanese with digits.
    [InlineData("\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587.test", "xn--ihqwcrb4cv8a8dqg056pqjye.test")]
    [InlineData("\u05DC\u05DE\u05D4\u05D4\u05DD\u05E4\u05E9\u05D5\u05D8\u05DC\u05D0\u05DE\u05D3\u05D1\u05E8\u05D9\u05DD\u05E2\u05D1\u05E8\u05D9\u05EA.test", "xn--4dbcagdahymbxekheh6e0a7fei0b.test")]
    [InlineData("3\u5E74b\u7D44\u91D1\u516B\u5148\u751F.test", "xn--3b-ww4c5e180e575a65lsy2b.test")]
    // RFC 5893: right-to-left labels that end with a digit or a mark.
    [InlineData("\u05D0\u05D11.test", "xn--1-zhcd.test")]
    [InlineData("\u05D9\u05B4.test", "xn--cdb7e.test")]
    [InlineData("\U0001F4A9.test", "xn--ls8h.test")]
    public void ToAscii_Domain_IsItsALabels(string domain, string expected)
    {
        Assert.Equal(expected, DomainForm.ToAscii(domain));
        Assert.Equal(expected, DomainForm.Comparable(domain).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..test")]
    [InlineData("\u00FC..test")]
    [InlineData("\u00FC\uD800.test")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test")]
    [InlineData("\u00FCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test")]
    public void ToAscii_NoDomain_IsNothingAndStaysAsItIs(string domain)
    {
        Assert.Null(DomainForm.ToAscii(domain));
        Assert.Equal(domain, DomainForm.Comparable(domain).ToString());
    }
}
