using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns.Resolver;

/// <summary>What is read from octets, and that hostile ones do no harm.</summary>
public sealed class DnsMessageTests
{
    private static readonly DnsAsked Asked = new(new DnsQuery(new DnsQuestion("a.test", DnsType.Mx), 7, withOptions: true).Octets.ToArray(), false);

    [Fact]
    public void Query_Octets_AreThoseOfTheStandards()
    {
        Assert.Equal("00070100000100000000000101610474657374" + "00000F0001" + "00002904D0000000000000", Convert.ToHexString(Asked.Octets));
        Assert.Equal("MX a.test", Asked.ToString());
        Assert.Equal("00080100000100000000000004746573740000010001", Convert.ToHexString(new DnsQuery(new DnsQuestion("test.", DnsType.A), 8, false).Octets.Span));
    }

    [Fact]
    public void Read_OctetsOfALabel_AreWrittenSoThatNoTwoNamesLookTheSame()
    {
        byte[] data = [0, 10, 6, (byte)'a', (byte)'.', (byte)'\\', 0, 255, (byte)'b', 0];
        DnsMessage message = DnsMessage.Read(DnsWire.Reply(Asked, [DnsWire.Record([0xC0, 12], DnsWire.Mx, 60, data)]))!;
        Assert.Equal(@"a\046\092\000\255b", Assert.Single(message.Answers).Target);
    }

    [Fact]
    public void Read_EveryPrefixAndEveryChangedOctet_EndsWithoutAnException()
    {
        byte[] right = DnsWire.Reply(
            Asked,
            [
                DnsWire.Record([0xC0, 12], DnsWire.Cname, 60, [1, (byte)'c', 0xC0, 12]),
                DnsWire.Record([1, (byte)'c', 0xC0, 12], DnsWire.Mx, 60, [0, 10, 2, (byte)'m', (byte)'x', 0xC0, 14]),
                DnsWire.Record([0xC0, 14], DnsWire.Aaaa, 60, new byte[16]),
            ],
            authorities: [DnsWire.Zone("test", 60, 60)]);
        Assert.Equal(["c.a.test", "mx.test"], DnsMessage.Read(right)!.Answers.Take(2).Select(static r => r.Target));
        for (int i = 0; i < right.Length; i++)
        {
            Assert.Null(DnsMessage.Read(right.AsSpan(0, i)));
            for (int octet = 0; octet < 256; octet++)
            {
                byte[] changed = [.. right];
                changed[i] = (byte)octet;
                DnsMessage? message = DnsMessage.Read(changed);
                Assert.All(message?.Answers ?? [], static r => Assert.True(r.Owner.Length <= 4 * 255));
            }
        }
    }
}
