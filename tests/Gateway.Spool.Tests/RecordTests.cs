using CsCheck;
using Gateway.Spool.Format;

namespace Gateway.Spool.Tests;

public sealed class RecordTests
{
    private static readonly Gen<RecordHeader> Headers =
        from type in Gen.Int[1, 6]
        from stamp in Gen.ULong
        from sequence in Gen.ULong
        from origin in Gen.ULong
        from id in Gen.ULong
        from reference in Gen.ULong
        from body in Gen.Long[0, long.MaxValue / 2]
        from meta in Gen.Int[0, int.MaxValue]
        from crc in Gen.UInt
        from durable in Gen.UInt
        select new RecordHeader
        {
            Type = (RecordType)type,
            Stamp = stamp,
            Sequence = sequence,
            Origin = origin,
            Id = id,
            Reference = reference,
            BodyLength = body,
            MetaLength = meta,
            MetaCrc = crc,
            BodyCrc = ~crc,
            DurableTo = durable,
        };

    [Fact]
    public void Header_Written_ReadsBack() => Headers.Sample(header =>
    {
        byte[] bytes = new byte[RecordHeader.Size];
        header.Write(bytes);
        return RecordHeader.TryRead(bytes, header.Stamp, out RecordHeader read) && read == header;
    });

    [Fact]
    public void Header_AnyBitFlipped_IsRefused() => Gen.Select(Headers, Gen.Int[0, (RecordHeader.Size * 8) - 1]).Sample((header, bit) =>
    {
        byte[] bytes = new byte[RecordHeader.Size];
        header.Write(bytes);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return !RecordHeader.TryRead(bytes, header.Stamp, out _);
    });

    [Fact]
    public void Header_OfAnotherSegment_IsRefused() => Headers.Sample(header =>
    {
        byte[] bytes = new byte[RecordHeader.Size];
        header.Write(bytes);
        return !RecordHeader.TryRead(bytes, header.Stamp + 1, out _);
    });

    [Fact]
    public void RecordLength_AnyPayload_IsAlignedAndHoldsIt() => Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 10_000]).Sample((meta, body) =>
    {
        long length = RecordHeader.LengthOf(meta, body);
        return length % RecordHeader.Alignment == 0 && length >= RecordHeader.Size + meta + body + RecordHeader.TrailerSize
            && length < RecordHeader.Size + meta + body + RecordHeader.TrailerSize + RecordHeader.Alignment;
    });

    [Fact]
    public void SegmentHeader_WithCuts_ReadsBack()
    {
        SegmentCut[] cuts = [.. Enumerable.Range(1, 200).Select(i => new SegmentCut((ulong)i, (ulong)i * 7, i * 8))];
        byte[] page = new byte[SegmentHeader.Size];
        new SegmentHeader(SegmentHeader.CurrentVersion, new SegmentName(9, 8), cuts).Write(page);

        SegmentHeader read = SegmentHeader.Read(page)!;

        Assert.Equal(new SegmentName(9, 8), read.Name);
        Assert.Equal(cuts[^SegmentHeader.MaximumCuts..], read.Cuts);
        page[100] ^= 1;
        Assert.Null(SegmentHeader.Read(page));
    }

    [Theory]
    [InlineData("0000000000000001-00000000000000ff.seg", true)]
    [InlineData("0000000000000001-00000000000000fg.seg", false)]
    [InlineData("spare-0000000000000001-00000000000000ff.seg", false)]
    [InlineData("0000000000000001_00000000000000ff.seg", false)]
    [InlineData("lock", false)]
    public void SegmentName_OfAFile_IsParsedStrictly(string name, bool valid)
    {
        Assert.Equal(valid, SegmentName.TryParse(name, out SegmentName parsed));
        Assert.Equal(valid ? name : new SegmentName().ToString(), parsed.ToString());
    }
}
