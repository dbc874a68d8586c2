using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public class DataEncoderTests
{
    private static readonly Gen<byte> HostileOctet = Gen.Frequency(
        (3, Gen.Const((byte)'.')), (3, Gen.Const((byte)'\r')), (3, Gen.Const((byte)'\n')), (2, Gen.Const((byte)'a')), (1, Gen.Byte));

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("a\r\n..b\r\n", "a\r\n...b\r\n.\r\n")]
    [InlineData("a\n.b\r\n", "a\n.b\r\n.\r\n")]
    [InlineData("a\r.b\r\n", "a\r.b\r\n.\r\n")]
    [InlineData("a\r", "a\r\r\n.\r\n")]
    [InlineData("a\r\r\n.\r\n", "a\r\r\n..\r\n.\r\n")]
    public void Encode_Content_DoublesDotsAfterCrLfOnly(string content, string wire) =>
        Assert.Equal(wire, Encoding.Latin1.GetString(EncodeInPieces(Encoding.Latin1.GetBytes(content), [100], [100]).Wire));

    [Theory]
    [InlineData("a\r\nb\r\n", false, false)]
    [InlineData("a\nb\r\n", true, false)]
    [InlineData("\na\r\n", true, false)]
    [InlineData("a\rb\r\n", false, true)]
    [InlineData("a\r", false, true)]
    [InlineData("a\r\r\n", false, true)]
    [InlineData("a\n\rb", true, true)]
    public void Encode_BareLineEnds_AreSeenInEverySplit(string content, bool lineFeed, bool carriageReturn)
    {
        for (int piece = 1; piece <= content.Length; piece++)
        {
            DataEncoder encoder = EncodeInPieces(Encoding.Latin1.GetBytes(content), [piece], [100]).Encoder;

            Assert.Equal(lineFeed, encoder.SawBareLineFeed);
            Assert.Equal(carriageReturn, encoder.SawBareCarriageReturn);
        }
    }

    [Fact]
    public void Encode_AnyContentAndSplit_IsWhatAPlainEncoderMakes() =>
        Gen.Select(HostileOctet.Array[0, 80], Gen.Int[1, 9].Array[1, 10], Gen.Int[2, 9].Array[1, 10]).Sample((content, pieces, rooms) =>
            Assert.Equal(PlainEncoding(content), EncodeInPieces(content, pieces, rooms).Wire));

    [Fact]
    public void Encode_LongLines_InBlocksIsWhatAPlainEncoderMakes() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 70].Array[0, 5], HostileOctet.Array[0, 12], (lengths, hostile) =>
                (byte[])[.. Encoding.Latin1.GetBytes(string.Concat(lengths.Select(n => new string('x', n) + "\r\n"))), .. hostile]).Array[1, 5],
            Gen.Int[1, 200].Array[1, 5],
            Gen.Int[2, 200].Array[1, 5]).Sample(
            (parts, pieces, rooms) =>
            {
                byte[] content = [.. parts.SelectMany(p => p)];
                (byte[] wire, DataEncoder encoder) = EncodeInPieces(content, pieces, rooms);
                (_, DataEncoder single) = EncodeInPieces(content, [1], [2]);
                Assert.Equal(PlainEncoding(content), wire);
                Assert.Equal((single.SawBareLineFeed, single.SawBareCarriageReturn), (encoder.SawBareLineFeed, encoder.SawBareCarriageReturn));
            },
            iter: 20_000);

    private static (byte[] Wire, DataEncoder Encoder) EncodeInPieces(byte[] content, int[] pieces, int[] rooms)
    {
        DataEncoder encoder = new();
        List<byte> wire = [];
        byte[] room = new byte[Math.Max(rooms.Max(), DataEncoder.MaxTerminatorOctets)];
        int turn = 0;
        for (int at = 0, i = 0; at < content.Length; i++)
        {
            ReadOnlySpan<byte> piece = content.AsSpan(at, Math.Min(pieces[i % pieces.Length], content.Length - at));
            at += piece.Length;
            while (!piece.IsEmpty)
            {
                Span<byte> target = room.AsSpan(0, rooms[turn++ % rooms.Length]);
                encoder.Encode(piece, target, out int read, out int written);
                Assert.True(read > 0, "no progress");
                wire.AddRange(target[..written]);
                piece = piece[read..];
            }
        }

        int end = encoder.Finish(room);
        wire.AddRange(room.AsSpan(0, end));
        return ([.. wire], encoder);
    }

    // Latin-1 keeps octets and characters one to one.
    private static byte[] PlainEncoding(byte[] content)
    {
        string text = ("\r\n" + Encoding.Latin1.GetString(content)).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        text += text.EndsWith("\r\n", StringComparison.Ordinal) ? ".\r\n" : "\r\n.\r\n";
        return Encoding.Latin1.GetBytes(text[2..]);
    }
}
