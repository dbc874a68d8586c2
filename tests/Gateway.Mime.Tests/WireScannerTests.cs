using CsCheck;

namespace Gateway.Mime.Tests;

public class WireScannerTests
{
    /// <summary>Octets that matter, in lengths that cross vector blocks.</summary>
    private static readonly Gen<byte[]> Octets = Gen.OneOf(
        Gen.Const("\r\n"), Gen.Const("\n"), Gen.Const("\r"), Gen.Const("."), Gen.Const("\0"), Gen.Const(" "), Gen.Const("a: b"), Gen.Const("\u00e9"),
        Gen.Const("From "), Gen.Const("\r\n.\r\n"), Gen.Const("x").Select(Gen.Int[1, 70], (text, count) => string.Concat(Enumerable.Repeat(text, count))))
        .Array[0, 60].Select(pieces => Mail.Octets(string.Concat(pieces)));

    [Fact]
    public void Facts_ForEverySplitOfTheOctets_AreTheSame() =>
        Octets.Select(Gen.Int[1, 40].Array[0, 80], (octets, cuts) => (octets, cuts)).Sample(
            sample =>
            {
                WireScanner scanner = new();
                int at = 0;
                foreach (int cut in sample.cuts)
                {
                    int count = Math.Min(cut, sample.octets.Length - at);
                    scanner.Append(sample.octets.AsSpan(at, count));
                    at += count;
                }

                scanner.Append(sample.octets.AsSpan(at));
                Assert.Equal(Describe(Mail.Scan(sample.octets)), Describe(scanner.Complete()));
            },
            iter: 3000);

    [Fact]
    public void Facts_AgainstAReadingOctetByOctet_AreTheSame() =>
        Octets.Sample(
            octets =>
            {
                WireFacts facts = Mail.Scan(octets);
                int bareLf = 0, bareCr = 0, nul = 0, lines = 0, longest = 0, lineStart = 0;
                for (int i = 0; i < octets.Length; i++)
                {
                    bareLf += octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r') ? 1 : 0;
                    bareCr += octets[i] == '\r' && (i + 1 == octets.Length || octets[i + 1] != '\n') ? 1 : 0;
                    nul += octets[i] == 0 ? 1 : 0;
                    if (octets[i] == '\n' || i + 1 == octets.Length)
                    {
                        int end = octets[i] == '\n' ? i : i + 1;
                        end -= end > lineStart && octets[end - 1] == '\r' ? 1 : 0;
                        longest = Math.Max(longest, end - lineStart);
                        lineStart = i + 1;
                        lines++;
                    }
                }

                Assert.Equal(
                    (bareLf, bareCr, nul, lines, longest, (long)octets.AsSpan().IndexOfAnyInRange((byte)0x80, (byte)0xFF)),
                    ((int)facts.BareLf.Count, (int)facts.BareCr.Count, (int)(facts.NulInHeader.Count + facts.NulInBody.Count), facts.Lines, (int)facts.LongestLine.Length, facts.FirstEightBit));
            },
            iter: 3000);

    [Theory]
    [InlineData("a: b\r\n\r\nbody", 8, true, 1)]
    [InlineData("a: b\r\n", 6, false, 1)]
    [InlineData("a: b\r\n c\r\nd: e\r\n\r\n", 18, true, 2)]
    [InlineData("\r\nbody", 2, true, 0)]
    [InlineData("", 0, false, 0)]
    public void HeaderEnd_OfATopBlock_IsBehindItsEmptyLine(string message, int end, bool separator, int fields)
    {
        WireFacts facts = Mail.Scan(Mail.Octets(message));

        Assert.Equal((end, separator, fields), ((int)facts.HeaderEnd, facts.HasSeparator, facts.HeaderFields));
    }

    [Fact]
    public void Spots_OfWhatIsIrregular_HaveOffsetAndLine()
    {
        WireFacts facts = Mail.Scan("a: b\r\n\r\none\ntwo\rthree\r\nfo\0ur\r\n"u8);

        Assert.Equal(new WireSpot(11, 1, 3), facts.BareLf.First[0]);
        Assert.Equal(new WireSpot(15, 1, 4), facts.BareCr.First[0]);
        Assert.Equal(new WireSpot(25, 1, 5), facts.NulInBody.First[0]);
        Assert.Equal(0, facts.NulInHeader.Count);
        Assert.True(facts.EndsWithCrlf);
    }

    [Fact]
    public void OverHardLimit_OfALineWithoutEnd_IsKnownBeforeTheEnd()
    {
        WireScanner scanner = new(new InspectionLimits { LineBytes = 1000 });
        scanner.Append("a: b\r\n\r\n"u8);
        Assert.False(scanner.OverHardLimit);

        for (int i = 0; i < 5; i++)
        {
            scanner.Append(new byte[300]);
        }

        Assert.True(scanner.OverHardLimit);
        scanner.Reset();
        Assert.False(scanner.OverHardLimit);
    }

    [Fact]
    public void NonstandardEndOfData_ForEveryPairOfLineEndsAndEveryNul_IsSeenOnce()
    {
        string[] ends = ["\r\n", "\n", "\r"];
        foreach (string plain in from before in ends from after in ends select $"{before}.{after}")
        {
            string[] withNul = [.. Enumerable.Range(1, plain.Length - 1).Select(at => plain.Insert(at, "\0"))];
            foreach (string end in plain == "\r\n.\r\n" ? withNul : [plain, .. withNul])
            {
                WireFacts facts = Mail.Scan(Mail.Octets($"a: b\r\n\r\nx{end}MAIL FROM:<a@b.test>\r\n"));

                WireSpot spot = Assert.Single(facts.NonstandardEndOfData.First.ToArray());
                Assert.True(spot.Offset + spot.Length <= 9 + end.Length && spot.Offset > 8, $"{spot} for {Convert.ToHexString(Mail.Octets(end))}");
            }
        }
    }

    [Theory]
    [InlineData(".\0\r\n")]
    [InlineData("\0.\n")]
    [InlineData("a: b\r\n\r\n\0\0.\0\0\n")]
    public void NonstandardEndOfData_WithNulAtTheEdgeOfTheContent_IsSeen(string message) =>
        Assert.Equal(1, Mail.Scan(Mail.Octets(message)).NonstandardEndOfData.Count);

    [Theory]
    [InlineData("a: b\r\n\r\n\0\r\n.\r\nx\r\n")]
    [InlineData("a: b\r\n\r\nx\0.\r\n")]
    [InlineData("a: b\r\n\r\n..\0\r\n")]
    [InlineData("a: b\r\n\r\n.\0x\r\n")]
    [InlineData("a: b\r\n\r\n\0\0\r\n\0\r\n")]
    public void NonstandardEndOfData_WithNulButNoLoneDotBesideIt_IsNone(string message) =>
        Assert.Equal(0, Mail.Scan(Mail.Octets(message)).NonstandardEndOfData.Count);

    [Theory]
    [InlineData("a: ")]
    [InlineData(" ")]
    public void Facts_OfAFirstLineOverItsBound_AreTheSameForEverySplit(string begin)
    {
        byte[] octets = Mail.Octets(begin + new string('x', 300 * 1024) + "\r\nb: c\r\n\r\n");
        WireScanner scanner = new();
        foreach (byte[] piece in octets.Chunk(1000))
        {
            scanner.Append(piece);
        }

        Assert.Equal(Describe(Mail.Scan(octets)), Describe(scanner.Complete()));
    }

    private static string Describe(WireFacts facts)
    {
        static string Spots(WireSpots spots) => $"{spots.Count}:{string.Join(';', spots.First.ToArray())}";
        return string.Join(
            '\n', facts.Length, facts.Lines, facts.HeaderEnd, facts.HasSeparator, facts.HeaderFields, facts.LargestField, facts.FirstLine, facts.FirstLineLength,
            facts.ByteOrderMark, facts.LongestLine, facts.FirstEightBit, facts.EndsWithCrlf, facts.OverHardLimit, Spots(facts.BareLf), Spots(facts.BareCr),
            Spots(facts.NulInHeader), Spots(facts.NulInBody), Spots(facts.NonstandardEndOfData), Spots(facts.OverlongLines));
    }
}
