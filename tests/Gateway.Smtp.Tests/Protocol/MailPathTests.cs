using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public sealed class MailPathTests
{
    private static readonly string Label63 = new('d', 63);

    [Theory]
    [InlineData("<>", "", "", "")]
    [InlineData("<a@b>", "a@b", "a", "b")]
    [InlineData("<user@example.org>", "user@example.org", "user", "example.org")]
    [InlineData("<USER@Example.ORG>", "USER@Example.ORG", "USER", "Example.ORG")]
    [InlineData("<first.last@sub.example.org>", "first.last@sub.example.org", "first.last", "sub.example.org")]
    [InlineData("<a+b@example.org>", "a+b@example.org", "a+b", "example.org")]
    [InlineData("<!#$%&'*+-/=?^_`{|}~@example.org>", "!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~", "example.org")]
    [InlineData("<1@1.example>", "1@1.example", "1", "1.example")]
    [InlineData("<a@under_score.example>", "a@under_score.example", "a", "under_score.example")]
    [InlineData("<a@x--y.example>", "a@x--y.example", "a", "x--y.example")]
    [InlineData("<\"a b\"@example.org>", "\"a b\"@example.org", "\"a b\"", "example.org")]
    [InlineData("<\"\"@example.org>", "\"\"@example.org", "\"\"", "example.org")]
    [InlineData("<\"a@b\"@example.org>", "\"a@b\"@example.org", "\"a@b\"", "example.org")]
    [InlineData("<\"a>b<\"@example.org>", "\"a>b<\"@example.org", "\"a>b<\"", "example.org")]
    [InlineData("<\"a\\\"b\"@example.org>", "\"a\\\"b\"@example.org", "\"a\\\"b\"", "example.org")]
    [InlineData("<\"a\\\\\"@example.org>", "\"a\\\\\"@example.org", "\"a\\\\\"", "example.org")]
    [InlineData("<\"\\a\"@example.org>", "\"\\a\"@example.org", "\"\\a\"", "example.org")]
    [InlineData("<@hop.example:a@example.org>", "a@example.org", "a", "example.org")]
    [InlineData("<@one.example,@two.example:a@example.org>", "a@example.org", "a", "example.org")]
    [InlineData("<@[192.0.2.1]:a@example.org>", "a@example.org", "a", "example.org")]
    [InlineData("<a@[192.0.2.1]>", "a@[192.0.2.1]", "a", "[192.0.2.1]")]
    [InlineData("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]")]
    [InlineData("<a@[ipv6:::1]>", "a@[ipv6:::1]", "a", "[ipv6:::1]")]
    [InlineData("<a@[IPv6:::ffff:192.0.2.1]>", "a@[IPv6:::ffff:192.0.2.1]", "a", "[IPv6:::ffff:192.0.2.1]")]
    [InlineData("<postmaster>", "postmaster", "postmaster", "")]
    [InlineData("<PostMaster>", "PostMaster", "PostMaster", "")]
    [InlineData("<postmaster@example.org>", "postmaster@example.org", "postmaster", "example.org")]
    [InlineData("<j\u00f6rg@example.org>", "j\u00f6rg@example.org", "j\u00f6rg", "example.org")]
    [InlineData("<\u4f60@\u4f8b\u5b50.example>", "\u4f60@\u4f8b\u5b50.example", "\u4f60", "\u4f8b\u5b50.example")]
    [InlineData("<\"j\u00f6rg m\"@example.org>", "\"j\u00f6rg m\"@example.org", "\"j\u00f6rg m\"", "example.org")]
    [InlineData("<\u00a0@example.org>", "\u00a0@example.org", "\u00a0", "example.org")]
    [InlineData("<one..two..77@example.net>", "one..two..77@example.net", "one..two..77", "example.net")]
    [InlineData("<hoge.@example.net>", "hoge.@example.net", "hoge.", "example.net")]
    [InlineData("<.abc@example.net>", ".abc@example.net", ".abc", "example.net")]
    [InlineData("<.@example.net>", ".@example.net", ".", "example.net")]
    public void TryParse_GoodPath_IsTakenApart(string text, string address, string local, string domain)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text + " SIZE=1");
        Assert.True(MailPath.TryParse(octets, out MailPath path, out int length));
        Assert.Equal(Encoding.UTF8.GetByteCount(text), length);
        Assert.Equal(address, path.Address);
        Assert.Equal(local, path.LocalPart);
        Assert.Equal(domain, path.Domain);
        Assert.Equal(Ascii.IsValid(address), path.IsAscii);
        Assert.Equal(address.Length == 0, path.IsNull);
        Assert.Equal($"<{address}>", path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@b")]
    [InlineData("<")]
    [InlineData("<a@b")]
    [InlineData("a@b>")]
    [InlineData("<<a@b>>")]
    [InlineData("< >")]
    [InlineData("< a@b>")]
    [InlineData("<a@b >")]
    [InlineData("<a>")]
    [InlineData("<postmaster2>")]
    [InlineData("<\"postmaster\">")]
    [InlineData("<@>")]
    [InlineData("<a@>")]
    [InlineData("<@b>")]
    [InlineData("<@b:>")]
    [InlineData("<@b,:a@c>")]
    [InlineData("<@b,c:a@d>")]
    [InlineData("<@:a@b>")]
    [InlineData("<a@b@c>")]
    [InlineData("<a b@c>")]
    [InlineData("<a,b@c>")]
    [InlineData("<a(b)@c>")]
    [InlineData("<a:b@c>")]
    [InlineData("<a;b@c>")]
    [InlineData("<a\\b@c>")]
    [InlineData("<a[b]@c>")]
    [InlineData("<a\"b\"@c>")]
    [InlineData("<\"a\"b@c>")]
    [InlineData("<\"a@b>")]
    [InlineData("<\"a\\\"@b>")]
    [InlineData("<\"a\r\nRCPT TO:<x@y>\"@b>")]
    [InlineData("<\"a\\\r\\\n\"@b>")]
    [InlineData("<\"a\nb\"@c>")]
    [InlineData("<\"a\0b\"@c>")]
    [InlineData("<\"a\tb\"@c>")]
    [InlineData("<\"a\u007f\"@c>")]
    [InlineData("<\"a\\\u00e4\"@c>")]
    [InlineData("<a\u0000@b>")]
    [InlineData("<a\r\n@b>")]
    [InlineData("<a@b\r\n>")]
    [InlineData("<a\u0085@b>")]
    [InlineData("<\"a\u009b31m\"@b>")]
    [InlineData("<a@b\u0080c>")]
    [InlineData("<a@.b>")]
    [InlineData("<a@b.>")]
    [InlineData("<a@b..c>")]
    [InlineData("<a@-b>")]
    [InlineData("<a@b->")]
    [InlineData("<a@b/c>")]
    [InlineData("<a@b:25>")]
    [InlineData("<a@[]>")]
    [InlineData("<a@[192.0.2.1>")]
    [InlineData("<a@192.0.2.1]>")]
    [InlineData("<a@[192.0.2]>")]
    [InlineData("<a@[192.0.2.256]>")]
    [InlineData("<a@[192.0.2.1.1]>")]
    [InlineData("<a@[192.0.2.0001]>")]
    [InlineData("<a@[0x7f.0.0.1]>")]
    [InlineData("<a@[2130706433]>")]
    [InlineData("<a@[192..2.1]>")]
    [InlineData("<a@[::1]>")]
    [InlineData("<a@[IPv6:]>")]
    [InlineData("<a@[IPv6:192.0.2.1]>")]
    [InlineData("<a@[IPv6:fe80::1%eth0]>")]
    [InlineData("<a@[IPv6:[::1]]>")]
    [InlineData("<a@[IPv6:[::1]:25]>")]
    [InlineData("<a@[IPv6:1:2:3:4:5:6:7:8:9]>")]
    [InlineData("<a@[IPv6: ::1]>")]
    [InlineData("<a@[tag:content]>")]
    public void TryParse_BadPath_IsRefused(string text)
    {
        Assert.False(MailPath.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));
    }

    [Theory]
    [InlineData("<a\xff@b>")]
    [InlineData("<\xc0\x80@b>")]
    [InlineData("<a@b\xed\xa0\x80>")]
    [InlineData("<\"\xe2\x82\"@b>")]
    public void TryParse_NotUtf8_IsRefused(string latin1) =>
        Assert.False(MailPath.TryParse(Encoding.Latin1.GetBytes(latin1), out _, out _));

    /// <summary>Return addresses of large senders, of forwarders (SRS1) and of Exchange: RFC 5321 section 4.5.3.1 has the least to be taken, not the most.</summary>
    [Theory]
    [InlineData("bounces+12345678-3f2a-bob=example.net-with-a-rather-long-customer-tag-in@em1234.example.org")]
    [InlineData("SRS1=HHHH=forwarder-one.example.com==HHH=TT=orig-domain.example.org=some.longer.user.name@fwd.example.org")]
    [InlineData("0100018f2b3c4d5e-6f708192-a3b4-c5d6-e7f8-0123456789ab-000000-and-more@mail.example.org")]
    [InlineData("IMCEAEX-_O=EXAMPLE_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=0123456789ABCDEF0123456789ABCDEF-ADA@example.org")]
    [InlineData("\"a quoted local part that is longer than the sixty-four octets that every host must take\"@example.org")]
    public void TryParse_LongLocalPart_IsTaken(string address)
    {
        Assert.True(MailPath.TryParse(address, out MailPath path));
        Assert.Equal(address, path.Address);
        Assert.True(path.LocalPart.Length > 64);
    }

    [Theory]
    [InlineData("a@b SIZE=1", "a@b", 3)]
    [InlineData("a@b", "a@b", 3)]
    [InlineData("\"a b\"@c.example NOTIFY=NEVER", "\"a b\"@c.example", 15)]
    [InlineData("\"a\\\" b\"@c.example x", "\"a\\\" b\"@c.example", 17)]
    [InlineData("<a@b.example.> SIZE=1", "a@b.example", 14)]
    [InlineData("a@b.example.", "a@b.example", 12)]
    [InlineData("<a@b>", "a@b", 5)]
    [InlineData("<>", "", 2)]
    [InlineData("postmaster", "postmaster", 10)]
    public void TryParseLenient_PlainMeaning_IsTaken(string text, string address, int octets)
    {
        Assert.True(MailPath.TryParseLenient(Encoding.ASCII.GetBytes(text), out MailPath path, out int length));
        Assert.Equal((address, octets), (path.Address, length));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a@b")]
    [InlineData("Ada <a@b>")]
    [InlineData("\"Ada\" <a@b>")]
    [InlineData("a@b>")]
    [InlineData("<a@b")]
    [InlineData("a")]
    [InlineData("a@")]
    [InlineData("a@.")]
    [InlineData("a@b..")]
    [InlineData("a@[192.0.2.1].")]
    [InlineData("a@b,c@d")]
    [InlineData("\"a b@c")]
    public void TryParseLenient_NoAddress_IsRefused(string text) =>
        Assert.False(MailPath.TryParseLenient(Encoding.ASCII.GetBytes(text), out _, out _));

    [Fact]
    public void TryParse_Label_MayHave63Octets()
    {
        Assert.True(MailPath.TryParse($"a@{Label63}.example", out _));
        Assert.False(MailPath.TryParse($"a@{Label63}d.example", out _));
    }

    [Fact]
    public void TryParse_Path_IsBoundedWithItsBrackets()
    {
        string local = new('a', MailPath.MaxPathLength - "<@b.example>".Length);
        Assert.True(MailPath.TryParse($"{local}@b.example", out MailPath path));
        Assert.Equal(local, path.LocalPart);
        Assert.False(MailPath.TryParse($"{local}a@b.example", out _));
        // Two octets each.
        Assert.False(MailPath.TryParse($"{local[..^1]}\u00e4@b.example", out _));
        Assert.False(MailPath.TryParseLenient(Encoding.ASCII.GetBytes($"{local}aaa@b.example"), out _, out _));
    }

    [Fact]
    public void IsDomain_255Octets_IsTheLongest()
    {
        string domain = $"{Label63}.{Label63}.{Label63}.{Label63}";
        Assert.Equal(MailPath.MaxDomainLength, domain.Length);
        Assert.True(MailPath.IsDomain(Encoding.ASCII.GetBytes(domain)));
        Assert.False(MailPath.IsDomain(Encoding.ASCII.GetBytes("d." + domain)));
    }

    [Fact]
    public void TryParse_AnyOctets_WhatIsAcceptedCanBeSentOn()
    {
        Gen<byte> octet = Gen.OneOf(Gen.OneOf(Encoding.ASCII.GetBytes("<>@\"\\.:,[]ab \r\n")), Gen.Byte);
        octet.Array[0, 20].Sample(
            text =>
            {
                byte[] path = [(byte)'<', .. text, (byte)'@', (byte)'b', (byte)'>'];
                if (!MailPath.TryParse(path, out MailPath parsed, out int length))
                {
                    return;
                }

                Assert.InRange(length, 2, path.Length);
                Assert.DoesNotContain(parsed.Address, char.IsControl);
                // What we would send is read again as the same, to its last octet.
                byte[] again = Encoding.UTF8.GetBytes(parsed.ToString());
                Assert.True(MailPath.TryParse(again, out MailPath second, out int whole));
                Assert.Equal(again.Length, whole);
                Assert.Equal(parsed.Address, second.Address);
            },
            iter: 20_000);
    }
}
