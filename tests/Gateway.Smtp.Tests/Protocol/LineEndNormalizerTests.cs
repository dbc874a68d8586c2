using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

/// <summary>The decoder and the normaliser behind it, as an excepted client meets them.</summary>
public sealed partial class LineEndNormalizerTests
{
    private const string End = "\r\n.\r\n";

    private static readonly Gen<byte[]> Hostile = Gen.OneOf((byte)'\r', (byte)'\n', (byte)'.', (byte)0, (byte)'a', (byte)' ').Array[0, 24];

    private static readonly Gen<int[]> Cuts = Gen.Int[0, 40].Array[0, 6];

    [Theory]
    [InlineData("a\nb\r\n", "a\r\nb\r\n", 1, 0, 0, 1)]
    [InlineData("a\rb\r\n", "a\r\nb\r\n", 0, 1, 0, 1)]
    [InlineData("a\r\r\nb\r\n", "a\r\nb\r\n", 0, 0, 1, 1)]
    [InlineData("a\r\r\rb\r\n", "a\r\n\r\n\r\nb\r\n", 0, 3, 0, 1)]
    [InlineData("a\n\nb\r\n", "a\r\n\r\nb\r\n", 2, 0, 0, 1)]
    [InlineData("a\n\rb\r\n", "a\r\n\r\nb\r\n", 1, 1, 0, 1)]
    [InlineData("\nb\r\n", "\r\nb\r\n", 1, 0, 0, 0)]
    [InlineData("x\r\na\n..b\n.c\r\n", "x\r\na\r\n.b\r\nc\r\n", 2, 0, 0, 4)]
    [InlineData("a\n..\nb\r\n", "a\r\n.\r\nb\r\n", 2, 0, 0, 1)]
    [InlineData("a\r\n..\nb\r\n", "a\r\n.\r\nb\r\n", 1, 0, 0, 4)]
    [InlineData("a\0\nb\r\n", "a\0\r\nb\r\n", 1, 0, 0, 2)]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n", 0, 0, 0, -1)]
    [InlineData("", "", 0, 0, 0, -1)]
    public void Normalize_EverySplit_IsTheSame(string wire, string normalized, long bareLf, long bareCr, long doubledCr, long first)
    {
        ArgumentNullException.ThrowIfNull(wire);
        byte[] input = Encoding.Latin1.GetBytes(wire + (wire.Length == 0 ? ".\r\n" : End[2..]));
        for (int from = 0; from <= input.Length; from++)
        {
            for (int to = from; to <= input.Length; to++)
            {
                Result got = Run(input, [from, to]);
                Assert.True(got.Ended);
                Assert.Equal(input.Length, got.Consumed);
                Assert.Equal(-1, got.Suspect);
                Assert.Equal(normalized, got.Text);
                Assert.Equal(new NormalizedLineEnds(bareLf, bareCr, doubledCr, first), got.Done);
            }
        }

        Assert.Equal(normalized, Run(input, Enumerable.Range(0, input.Length)).Text);
    }

    [Fact]
    public void Normalize_AnyOctetsAnySplit_EqualsReferenceAndHasNoBareLineEnd() =>
        Gen.Select(Hostile, Hostile, Cuts).Sample(
            (head, tail, cuts) =>
            {
                byte[] input = [.. head, .. Encoding.Latin1.GetBytes(End), .. tail];
                Result whole = Run(input, []);
                Result got = Run(input, cuts);
                Assert.Equal(whole.Text, got.Text);
                Assert.Equal(whole.Done, got.Done);
                Assert.Equal(whole.Consumed, got.Consumed);
                Assert.DoesNotMatch(Bare(), got.Text);
                string content = Encoding.Latin1.GetString(input)[..(got.Consumed - 3)];
                if (got.Suspect < 0)
                {
                    Assert.Equal(ByTheBook(content), got.Text);
                    Assert.Equal(Bare().Count(content) > 0, got.Done.Total > 0);
                }
            },
            iter: 30_000);

    /// <summary>A reader that takes everything for a line end sees the same single message on the wire, and the next one behind it.</summary>
    [Fact]
    public void Normalize_NotSuspect_TheMostLiberalReaderSeesTheSameEnd() =>
        Gen.Select(Hostile, Hostile).Sample(
            (head, tail) =>
            {
                byte[] input = [.. head, .. Encoding.Latin1.GetBytes(End), .. tail];
                Result got = Run(input, []);
                if (got.Suspect < 0)
                {
                    string text = "\n" + Encoding.Latin1.GetString(input).Replace("\0", string.Empty, StringComparison.Ordinal);
                    Match lone = LiberalEnd().Match(text);
                    int nuls = input.AsSpan(0, got.Consumed).Count((byte)0);
                    Assert.Equal(got.Consumed - nuls, lone.Index + lone.Length - 1);
                }
            },
            iter: 30_000);

    /// <summary>What is sent on is one message to every reader, however it takes line ends.</summary>
    [Fact]
    public void Normalize_SentOnByData_IsOneMessageToEveryReader() =>
        Gen.Select(Hostile, Cuts).Sample(
            (head, cuts) =>
            {
                byte[] input = [.. head, .. Encoding.Latin1.GetBytes(End)];
                Result got = Run(input, cuts);
                byte[] wire = new byte[(got.Octets.Length * 2) + DataEncoder.MaxTerminatorOctets];
                DataEncoder encoder = default;
                encoder.Encode(got.Octets, wire, out _, out int written);
                written += encoder.Finish(wire.AsSpan(written));
                string sent = Encoding.Latin1.GetString(wire, 0, written);
                Match lone = LiberalEnd().Match("\n" + sent);
                Assert.Equal(sent.Length, lone.Index + lone.Length - 1);
            },
            iter: 10_000);

    [Theory]
    [MemberData(nameof(DataDecoderTests.ForgedEnds), MemberType = typeof(DataDecoderTests))]
    public void Normalize_ForgedEnd_IsSuspectAtEverySplit(string forged)
    {
        byte[] input = Encoding.Latin1.GetBytes("first" + forged + "MAIL FROM:<evil@a.test>\r\nlast" + End);
        for (int cut = 0; cut <= input.Length; cut++)
        {
            Result got = Run(input, [cut]);
            Assert.True(got.Ended);
            Assert.Equal(input.Length, got.Consumed);
            Assert.InRange(got.Suspect, 5, 5 + (forged?.Length ?? 0));
        }
    }

    [Fact]
    public void Normalize_ARunOfCarriageReturns_CostsNoMemory()
    {
        Counter counter = new();
        LineEndNormalizer normalizer = new(counter);
        byte[] block = new byte[64 * 1024];
        block.AsSpan().Fill((byte)'\r');
        for (int i = 0; i < 16; i++)
        {
            normalizer.Append(block);
        }

        Assert.Equal(0, counter.Octets);
        normalizer.Append("x"u8);
        Assert.Equal((2 * 1024 * 1024) + 1, counter.Octets);
        Assert.Equal(1024 * 1024, normalizer.Done.BareCr);
    }

    [Fact]
    public void Reset_BehindHalfAMessage_BeginsAnew()
    {
        Sink sink = new();
        LineEndNormalizer normalizer = new(sink);
        normalizer.Append("a\n"u8);
        normalizer.Append("b\r"u8);
        normalizer.Reset();
        sink.Octets.Clear();
        normalizer.Append(".x\r\n"u8);
        Assert.Equal(".x\r\n"u8.ToArray(), sink.Octets);
        Assert.Equal(new NormalizedLineEnds(0, 0, 0, -1), normalizer.Done);
    }

    [GeneratedRegex(@"(?<!\r)\n|\r(?!\n)", RegexOptions.CultureInvariant)]
    private static partial Regex Bare();

    [GeneratedRegex(@"\r+\n|\n|\r", RegexOptions.CultureInvariant)]
    private static partial Regex LineEnd();

    [GeneratedRegex(@"(?:\r\n|\n|\r)\.(?:\r\n|\n|\r)", RegexOptions.CultureInvariant)]
    private static partial Regex LiberalEnd();

    private static string ByTheBook(string content) =>
        content.Length == 0 ? content : string.Join("\r\n", LineEnd().Split(content).Select(line => line.StartsWith('.') ? line[1..] : line));

    private static Result Run(byte[] input, IEnumerable<int> cuts)
    {
        DataDecoder decoder = default;
        Sink sink = new();
        LineEndNormalizer normalizer = new(sink);
        int total = 0;
        int from = 0;
        bool ended = false;
        foreach (int cut in cuts.Where(c => c < input.Length).Order().Append(input.Length))
        {
            ended = decoder.Decode(input.AsSpan(from, cut - from), normalizer, out int consumed);
            total += consumed;
            if (ended)
            {
                break;
            }

            from = cut;
        }

        return new Result([.. sink.Octets], ended, total, decoder.FirstSuspectOffset, normalizer.Done);
    }

    private sealed record Result(byte[] Octets, bool Ended, int Consumed, long Suspect, NormalizedLineEnds Done)
    {
        public string Text => Encoding.Latin1.GetString(Octets);
    }

    private sealed class Sink : IDataSink
    {
        public List<byte> Octets { get; } = [];

        public void Append(ReadOnlySpan<byte> bytes)
        {
            Assert.False(bytes.IsEmpty, "An empty piece was handed on.");
            Octets.AddRange(bytes);
        }
    }

    private sealed class Counter : IDataSink
    {
        public long Octets { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes) => Octets += bytes.Length;
    }
}
