using System.Net;
using System.Text;
using Gateway.Relay.Policy;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Relay.Tests.Intake;

/// <summary>What strangers try to get mail relayed; the list of Postfix, sendmail and the abuse desks.</summary>
public sealed class RelayControlTests
{
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.9");

    /// <summary>Recipients that ours.test and *.sub.test do not make ours, however they are written.</summary>
    public static TheoryData<string> OpenRelayForms =>
    [
        "<victim@other.test>",
        "<victim@ours.test.other.test>",
        "<victim@notours.test>",
        "<victim@x.ours.test>",
        "<victim@sub.test>",
        "<victim@evilsub.test>",
        "<victim@sub.test.other.test>",
        "<victim@test>",
        "<victim@ours>",
        "<victim%other.test@ours.test>",
        "<victim%other.test%ours.test@ours.test>",
        "<other.test!victim@ours.test>",
        "<ours.test!other.test!victim@ours.test>",
        "<\"victim@other.test\"@ours.test>",
        "<\"victim\\@other.test\"@ours.test>",
        "<\"victim%other.test\"@ours.test>",
        "<\"other.test!victim\"@ours.test>",
        "<\"@other.test:victim\"@ours.test>",
        "<\"<victim@other.test>\"@ours.test>",
        "<@ours.test:victim@other.test>",
        "<@ours.test,@ours.test:victim@other.test>",
        "<@other.test:victim%other.test@ours.test>",
        "<victim@[127.0.0.1]>",
        "<victim@[203.0.113.1]>",
        "<victim@[IPv6:::1]>",
        "<victim%other.test@[127.0.0.1]>",
        "<victim@localhost>",
        "<victim%other.test@x.sub.test>",
        "<victim@\u00f6urs.test>",
        "<victim@ours.tes\u0442>",
    ];

    private readonly RelayControl _control = new(NetworkList.Loopback, ["ours.test", "*.sub.test"]);

    [Theory]
    [MemberData(nameof(OpenRelayForms))]
    public void Stranger_ForeignOrRoutedRecipient_IsDenied(string path) => Assert.Same(Replies.RelayDenied, _control.Refuse(Stranger, Read(path)));

    [Theory]
    [InlineData("<user@[192.0.2.1]>", true)]
    [InlineData("<user@[192.0.02.001]>", true)]
    [InlineData("<user@[IPv6:2001:db8::1]>", true)]
    [InlineData("<user@[ipv6:2001:DB8:0::1]>", true)]
    [InlineData("<user@[192.0.2.2]>", false)]
    [InlineData("<user%other.test@[192.0.2.1]>", false)]
    public void Stranger_AddressLiteral_IsOursWhenItIsListed(string path, bool expected)
    {
        RelayControl control = new(NetworkList.Loopback, ["[192.0.2.1]", "[IPv6:2001:db8::1]"]);
        Assert.Equal(expected ? null : Replies.RelayDenied, control.Refuse(Stranger, Read(path)));
    }

    [Theory]
    [InlineData("<victim@ours.test.>")]
    [InlineData("<victim@.ours.test>")]
    [InlineData("<victim@other.test@ours.test>")]
    [InlineData("<victim@other.test,ours.test>")]
    [InlineData("<victim@ours.test@other.test>")]
    [InlineData("<victim@other.test\\@ours.test>")]
    [InlineData("<victim @other.test@ours.test>")]
    [InlineData("<@ours.test:@other.test:victim@ours.test>")]
    [InlineData("<victim@>")]
    [InlineData("<@ours.test>")]
    [InlineData("<victim@[ours.test]>")]
    [InlineData("<victim@[127.1]>")]
    [InlineData("victim@ours.test")]
    [InlineData("<victim@ours.test\0.other.test>")]
    [InlineData("<victim@other.test\r\n@ours.test>")]
    public void Stranger_MalformedRecipient_IsNoPathAtAll(string path)
    {
        byte[] text = Encoding.UTF8.GetBytes(path);
        Assert.False(MailPath.TryParse(text, out _, out int length) && length == text.Length);
    }

    [Theory]
    [InlineData("<user@ours.test>")]
    [InlineData("<user@OURS.Test>")]
    [InlineData("<user+tag@ours.test>")]
    [InlineData("<\"quoted user\"@ours.test>")]
    [InlineData("<user@x.sub.test>")]
    [InlineData("<user@X.Y.SUB.TEST>")]
    [InlineData("<@other.test:user@ours.test>")]
    [InlineData("<postmaster@ours.test>")]
    [InlineData("<postmaster>")]
    public void Stranger_OurRecipient_MayPass(string path) => Assert.Null(_control.Refuse(Stranger, Read(path)));

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:203.0.113.9", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("128.0.0.1", false)]
    [InlineData("::2", false)]
    public void Client_ByNetwork_MaySendAnywhereOrNot(string client, bool may) =>
        Assert.Equal(may, _control.Refuse(IPAddress.Parse(client), Read("<victim%x@other.test>")) is null);

    [Fact]
    public void RelayControl_NothingConfigured_IsClosed() =>
        Assert.NotNull(new RelayControl(new NetworkList([]), []).Refuse(IPAddress.Loopback, Read("<a@ours.test>")));

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", "11.0.0.1")]
    [InlineData("192.0.2.7", "192.0.2.7", "192.0.2.8")]
    [InlineData("0.0.0.0/0", "203.0.113.9", "2001:db8::1")]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1")]
    [InlineData("2001:db8::7", "2001:db8::7", "2001:db8::8")]
    public void NetworkList_Network_HoldsItsAddressesOnly(string network, string inside, string outside)
    {
        Assert.True(NetworkList.TryParseNetwork(network, out IPNetwork parsed));
        NetworkList list = new([parsed]);
        Assert.True(list.Contains(IPAddress.Parse(inside)));
        Assert.False(list.Contains(IPAddress.Parse(outside)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("/8")]
    [InlineData("10.1")]
    [InlineData("10")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a000001")]
    [InlineData("10/8")]
    [InlineData("10.1/16")]
    [InlineData("localhost")]
    [InlineData("10.0.0.0/8 ")]
    public void NetworkList_NotExactlyANetwork_IsRefused(string text) => Assert.False(NetworkList.TryParseNetwork(text, out _));

    [Theory]
    [InlineData("<a@xn--bcher-kva.test>", true)]
    [InlineData("<a@b\u00FCcher.test>", true)]
    [InlineData("<a@B\u00DCCHER.test>", true)]
    [InlineData("<a@x.xn--bcher-kva.test>", true)]
    [InlineData("<a@x.b\u00FCcher.test>", true)]
    [InlineData("<a@bucher.test>", false)]
    [InlineData("<a@xb\u00FCcher.test>", false)]
    public void Stranger_DomainInItsOwnLettersOrInALabels_IsTheSame(string path, bool isOurs)
    {
        RelayControl control = new(NetworkList.Loopback, ["xn--bcher-kva.test", "*.xn--bcher-kva.test"]);
        Assert.Equal(isOurs ? null : Replies.RelayDenied, control.Refuse(Stranger, Read(path)));
    }

    private static MailPath Read(string path)
    {
        byte[] text = Encoding.UTF8.GetBytes(path);
        Assert.True(MailPath.TryParse(text, out MailPath read, out int length), path);
        Assert.Equal(text.Length, length);
        return read;
    }
}
