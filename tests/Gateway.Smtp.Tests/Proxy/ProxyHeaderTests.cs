using System.Net;
using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Proxy;

public sealed class ProxyHeaderTests
{
    private static readonly byte[][] Good =
    [
        ProxyHeaders.Line("203.0.113.7"),
        Encoding.ASCII.GetBytes("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n"),
        ProxyHeaders.Binary("203.0.113.7", "198.51.100.1", 4711, 25),
        ProxyHeaders.Binary("2001:db8::7", "2001:db8::1", 4711, 25, (1, [1, 2, 3]), (4, new byte[3000])),
        ProxyHeaders.Checked(ProxyHeaders.Binary("203.0.113.7", "198.51.100.1", 4711, 25, (1, "h2"u8.ToArray()), (3, new byte[4]))),
        ProxyHeaders.Raw(0x20, 0x77, 1, 2, 3),
        ProxyHeaders.Raw(0x21, 0x00, 1, 2, 3),
        ProxyHeaders.Raw(0x21, 0x31, new byte[216]),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Good.Length)];

    [Theory]
    [MemberData(nameof(Each))]
    public void Read_EveryPrefix_WaitsForTheRestAndLeavesWhatIsBehind(int index)
    {
        byte[] header = Good[index];
        for (int i = 0; i < header.Length; i++)
        {
            Assert.Equal(ProxyReading.Incomplete, ProxyHeader.Read(header.AsSpan(0, i), out _, out _, out _));
        }

        Assert.Equal(ProxyReading.Complete, ProxyHeader.Read(header, out ProxyHeader alone, out int length, out _));
        Assert.Equal(header.Length, length);
        Assert.Equal(ProxyReading.Complete, ProxyHeader.Read([.. header, .. "EHLO x\r\n"u8], out ProxyHeader followed, out length, out _));
        Assert.Equal(header.Length, length);
        Assert.Equal(alone, followed);
    }

    [Theory]
    [InlineData(0, "203.0.113.7:4711")]
    [InlineData(1, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData(2, null)]
    [InlineData(3, null)]
    [InlineData(4, "203.0.113.7:4711")]
    [InlineData(5, "[2001:db8::7]:4711")]
    [InlineData(6, "203.0.113.7:4711")]
    [InlineData(7, null)]
    [InlineData(8, null)]
    [InlineData(9, null)]
    public void Read_GoodHeader_TellsTheClient(int index, string? client)
    {
        ProxyHeader.Read(Good[index], out ProxyHeader header, out _, out _);
        Assert.Equal(client is null ? null : IPEndPoint.Parse(client), header.Source);
        Assert.Equal(client is null, header.Destination is null);
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 25 \r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 25 26\r\n")]
    [InlineData("PROXY TCP4  203.0.113.7 198.51.100.1 4711 25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 65536 25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 04711 25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 -1 25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1  25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.07 198.51.100.1 1 25\r\n")]
    [InlineData("PROXY TCP4 203.0.113.256 198.51.100.1 1 25\r\n")]
    [InlineData("PROXY TCP4 0xcb.0.113.7 198.51.100.1 1 25\r\n")]
    [InlineData("PROXY TCP4 3405803783 198.51.100.1 1 25\r\n")]
    [InlineData("PROXY TCP4 2001:db8::7 2001:db8::1 1 25\r\n")]
    [InlineData("PROXY TCP6 203.0.113.7 198.51.100.1 1 25\r\n")]
    [InlineData("PROXY TCP6 [2001:db8::7] [2001:db8::1] 1 25\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 2001:db8::1 1 25\r\n")]
    [InlineData("PROXY TCP6 2001:db8::7:: 2001:db8::1 1 25\r\n")]
    [InlineData("PROXY tcp4 203.0.113.7 198.51.100.1 4711 25\r\n")]
    [InlineData("proxy TCP4 203.0.113.7 198.51.100.1 4711 25\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 25\r")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 25\rX")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 25\n")]
    [InlineData("\r\n\r\n\0\r\nQUIX\n")]
    [InlineData("EHLO x\r\n")]
    [InlineData("\x16\x03\x01\x02")]
    public void Read_GarbageLine_IsRefusedOrWaitsForTheLineEnd(string text)
    {
        byte[] octets = Encoding.Latin1.GetBytes(text);
        ProxyReading expected = text.EndsWith('\r') ? ProxyReading.Incomplete : ProxyReading.Refused;
        Assert.Equal(expected, ProxyHeader.Read(octets, out ProxyHeader header, out _, out string fault));
        Assert.Equal(expected == ProxyReading.Refused, fault.Length > 0);
        Assert.Equal(default, header);
    }

    [Fact]
    public void Read_LineOfOneOctetTooMany_IsRefused()
    {
        byte[] longest = Good[2];
        string tooLong = Encoding.ASCII.GetString(longest).Replace(" 65535\r\n", "  65535 65535 65535\r\n", StringComparison.Ordinal);
        Assert.Equal(ProxyReading.Refused, ProxyHeader.Read(Encoding.ASCII.GetBytes(tooLong), out _, out _, out _));
        Assert.Equal(ProxyReading.Refused, ProxyHeader.Read(Encoding.ASCII.GetBytes(tooLong[..107]), out _, out _, out _));
        Assert.Equal(ProxyReading.Incomplete, ProxyHeader.Read(Encoding.ASCII.GetBytes(tooLong[..106]), out _, out _, out _));
    }

    public static TheoryData<string, byte[]> HostileBinary => new()
    {
        { "unknown version", ProxyHeaders.Raw(0x11, 0x11, new byte[12]) },
        { "unknown version", ProxyHeaders.Raw(0x31, 0x11, new byte[12]) },
        { "unknown command", ProxyHeaders.Raw(0x22, 0x11, new byte[12]) },
        { "unknown address family", ProxyHeaders.Raw(0x21, 0x12, new byte[12]) },
        { "unknown address family", ProxyHeaders.Raw(0x21, 0x41, new byte[12]) },
        { "unknown address family", ProxyHeaders.Raw(0x21, 0x10, new byte[12]) },
        { "addresses cut short", ProxyHeaders.Raw(0x21, 0x11, new byte[11]) },
        { "addresses cut short", ProxyHeaders.Raw(0x21, 0x21, new byte[35]) },
        { "addresses cut short", ProxyHeaders.Raw(0x21, 0x31, new byte[215]) },
        { "header too long", ProxyHeaders.Raw(0x21, 0x11, new byte[ProxyHeader.MaxLength - 15]) },
        { "header too long", ProxyHeaders.Raw(0x20, 0x00, new byte[65535]) },
        { "TLV longer than the header", ProxyHeaders.Raw(0x21, 0x11, new byte[13]) },
        { "TLV longer than the header", ProxyHeaders.Raw(0x21, 0x11, [.. new byte[12], 4, 0, 1]) },
        { "TLV longer than the header", ProxyHeaders.Raw(0x21, 0x11, [.. new byte[12], 4, 0xFF, 0xFF, 0]) },
        { "malformed checksum", ProxyHeaders.Raw(0x21, 0x11, [.. new byte[12], 3, 0, 3, 0, 0, 0]) },
        { "malformed checksum", ProxyHeaders.Raw(0x21, 0x11, [.. new byte[12], 3, 0, 4, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0]) },
        { "wrong checksum", ProxyHeaders.Raw(0x21, 0x11, [.. new byte[12], 3, 0, 4, 0, 0, 0, 0]) },
    };

    [Theory]
    [MemberData(nameof(HostileBinary))]
    public void Read_HostileBinaryHeader_IsRefusedAndSaysWhy(string fault, byte[] octets)
    {
        Assert.Equal(ProxyReading.Refused, ProxyHeader.Read(octets, out ProxyHeader header, out _, out string said));
        Assert.Equal(fault, said);
        Assert.Equal(default, header);
    }

    [Fact]
    public void Read_TooLongHeader_IsRefusedBeforeItIsWaitedFor() =>
        Assert.Equal(ProxyReading.Refused, ProxyHeader.Read(ProxyHeaders.Raw(0x21, 0x11, new byte[65535]).AsSpan(0, 16), out _, out _, out _));

    [Fact]
    public void Read_ChangedOctetUnderAChecksum_IsRefused()
    {
        byte[] header = Good[6];
        for (int i = 16; i < header.Length; i++)
        {
            byte[] changed = [.. header];
            changed[i] ^= 1;
            ProxyReading reading = ProxyHeader.Read(changed, out _, out _, out _);
            // The type of the checksum's field itself says whether there is one.
            Assert.Equal(i == header.Length - 7 ? ProxyReading.Complete : ProxyReading.Refused, reading);
        }
    }

    [Fact]
    public void Read_AnyOctets_EndsTheSameHoweverTheyAreSplit() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Int[0, 300], Gen.Byte, Gen.Int[0, 300]).Sample((index, at, octet, behind) =>
        {
            byte[] octets = [.. Good[index], .. new byte[behind]];
            octets[at % Good[index].Length] = octet;
            ProxyReading whole = ProxyHeader.Read(octets, out ProxyHeader header, out int length, out _);
            for (int i = 0; i < octets.Length; i++)
            {
                ProxyReading part = ProxyHeader.Read(octets.AsSpan(0, i), out ProxyHeader early, out int earlyLength, out _);
                if (part == ProxyReading.Complete)
                {
                    Assert.Equal((whole, header, length), (part, early, earlyLength));
                }

                Assert.False(part == ProxyReading.Refused && whole != ProxyReading.Refused);
            }
        });
}
