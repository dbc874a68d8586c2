using System.Text;
using CsCheck;
using Gateway.Smtp.Protocol;
using Xunit;

namespace Gateway.Smtp.Tests.Protocol;

public sealed class DataDecoderTests
{
    private const string End = "\r\n.\r\n";

    // Few distinct octets, so that every sequence that means something comes up often.
    private static readonly Gen<byte[]> Hostile = Gen.OneOf((byte)'\r', (byte)'\n', (byte)'.', (byte)0, (byte)'a', (byte)' ').Array[0, 24];

    /// <summary>Lines of all lengths up to and over that of a block, with their ends or without the last one.</summary>
    private static readonly Gen<byte[]> Text = Gen.Select(Gen.Int[0, 70].Array[0, 5], Gen.Bool).Select(
        (lengths, ended) => Encoding.Latin1.GetBytes(string.Join("\r\n", lengths.Select(n => new string('x', n))) + (ended ? "\r\n" : string.Empty)));

    private static readonly Gen<int[]> Cuts = Gen.Int[0, 40].Array[0, 6];

    private static readonly Gen<string> CleanLine = Gen.OneOf("", ".", "..", ".a", "a", "a.", " .", "...", "From x", "\u00ff.");

    /// <summary>Every delimiter that some server took for a line end, before and behind a lone dot; all but CRLF.CRLF.</summary>
    public static TheoryData<string> ForgedEnds
    {
        get
        {
            TheoryData<string> forms = [];
            string[] ends = ["\r\n", "\n", "\r"];
            foreach (string before in ends)
            {
                foreach (string behind in ends)
                {
                    if (before != "\r\n" || behind != "\r\n")
                    {
                        forms.Add(before + "." + behind);
                    }
                }
            }

            forms.Add("\r\n\0.\r\n");
            forms.Add("\r\n.\0\r\n");
            forms.Add("\n\0.\r\n");
            forms.Add("\r\0\n.\r\n");
            forms.Add("\r\n.\r\0\n");
            forms.Add("\r\n.\r\r\n");
            forms.Add("\r\r\n\n.\r\n");
            return forms;
        }
    }

    [Fact]
    public void Decode_AnyOctetsAnySplit_EqualsReference() =>
        Gen.Select(Hostile, Hostile, Cuts).Sample(
            (head, tail, cuts) =>
            {
                byte[] input = [.. head, .. Encoding.Latin1.GetBytes(End), .. tail];
                Reference expected = Reference.Decode(input);
                Result got = Decode(input, cuts);
                Assert.Equal(expected.Octets, got.Octets);
                Assert.Equal(expected.Consumed, got.Consumed);
                Assert.Equal(expected.HasSuspect, got.Suspect >= 0);
            },
            iter: 30_000);

    [Fact]
    public void Decode_AnyOctets_SuspectOffsetIsTheSameForEverySplit() =>
        Gen.Select(Hostile, Cuts).Sample(
            (head, cuts) =>
            {
                byte[] input = [.. head, .. Encoding.Latin1.GetBytes(End)];
                Assert.Equal(Decode(input, []).Suspect, Decode(input, cuts).Suspect);
            },
            iter: 10_000);

    /// <summary>Octets that come one by one are never looked at in blocks.</summary>
    [Fact]
    public void Decode_LongLines_InBlocksIsWhatItIsOctetByOctet() =>
        Gen.Select(Gen.Select(Text, Hostile, (text, hostile) => (byte[])[.. text, .. hostile]).Array[1, 6], Gen.Int[0, 40]).Sample(
            (pieces, cut) =>
            {
                byte[] input = [.. pieces.SelectMany(p => p), .. Encoding.Latin1.GetBytes(End)];
                Result single = Decode(input, [.. Enumerable.Range(0, input.Length)]);
                foreach (Result got in (Result[])[Decode(input, []), Decode(input, [cut])])
                {
                    Assert.Equal(single.Octets, got.Octets);
                    Assert.Equal((single.Ended, single.Consumed, single.Suspect, single.Length), (got.Ended, got.Consumed, got.Suspect, got.Length));
                }
            },
            iter: 20_000);

    [Fact]
    public void Decode_CleanLines_RoundTripAndNoSuspect() =>
        Gen.Select(CleanLine.Array[0, 12], Cuts).Sample(
            (lines, cuts) =>
            {
                string content = string.Concat(lines.Select(l => l + "\r\n"));
                string wire = string.Concat(lines.Select(l => (l.StartsWith('.') ? "." + l : l) + "\r\n")) + ".\r\n";
                Result got = Decode(Encoding.Latin1.GetBytes(wire), cuts);
                Assert.Equal(content, got.Text);
                Assert.True(got.Ended);
                Assert.Equal(wire.Length, got.Consumed);
                Assert.Equal(-1, got.Suspect);
                Assert.Equal(content.Length, got.Length);
            },
            iter: 10_000);

    [Theory]
    [MemberData(nameof(ForgedEnds))]
    public void Decode_ForgedEnd_IsDataAndSuspectAtEverySplit(string forged)
    {
        ArgumentNullException.ThrowIfNull(forged);
        string wire = "first" + forged + "MAIL FROM:<evil@a.test>\r\nlast" + End;
        byte[] input = Encoding.Latin1.GetBytes(wire);
        for (int cut = 0; cut <= input.Length; cut++)
        {
            Result got = Decode(input, [cut]);
            Assert.True(got.Ended);
            Assert.Equal(input.Length, got.Consumed);
            Assert.Contains("MAIL FROM:<evil@a.test>\r\nlast", got.Text, StringComparison.Ordinal);
            Assert.InRange(got.Suspect, 5, 5 + forged.Length);
        }

        Assert.True(Decode(input, Enumerable.Range(0, input.Length)).Ended);
    }

    [Theory]
    [MemberData(nameof(ForgedEnds))]
    public void Decode_ForgedEndAlone_DoesNotEnd(string forged) =>
        Assert.False(Decode(Encoding.Latin1.GetBytes("x" + forged), []).Ended);

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\0b\r\n")]
    [InlineData("a\n..\r\n")]
    [InlineData("a\n.b\r\n")]
    [InlineData("a.\nb\r\n")]
    [InlineData("\0\r\n")]
    [InlineData("\n\n\n")]
    [InlineData("\r\r\r\n")]
    public void Decode_BareLineEndsWithoutADotLine_PassThroughUnsuspected(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Result got = Decode(Encoding.Latin1.GetBytes(content + (content.EndsWith("\r\n", StringComparison.Ordinal) ? ".\r\n" : End)), []);
        Assert.StartsWith(content, got.Text, StringComparison.Ordinal);
        Assert.Equal(-1, got.Suspect);
    }

    [Fact]
    public void Decode_EndAtOnce_IsAnEmptyMessage()
    {
        Result got = Decode(".\r\nQUIT\r\n"u8.ToArray(), []);
        Assert.True(got.Ended);
        Assert.Equal(0, got.Length);
        Assert.Equal(3, got.Consumed);
    }

    [Fact]
    public void Decode_SuspectOffset_PointsAtTheDot()
    {
        Result got = Decode("ab\n.\ncd\r\n.\r\n"u8.ToArray(), []);
        Assert.Equal(3, got.Suspect);
        Assert.Equal((byte)'.', got.Octets[3]);
    }

    [Fact]
    public void Decode_EncoderOutput_RoundTripsForEverySplit() =>
        Gen.Select(Hostile, Cuts).Sample(
            (content, cuts) =>
            {
                byte[] wire = new byte[(content.Length * 2) + DataEncoder.MaxTerminatorOctets];
                DataEncoder encoder = default;
                encoder.Encode(content, wire, out int read, out int written);
                Assert.Equal(content.Length, read);
                written += encoder.Finish(wire.AsSpan(written));
                Result got = Decode(wire[..written], cuts);
                Assert.True(got.Ended);
                Assert.Equal(written, got.Consumed);
                Assert.True(got.Octets.AsSpan().StartsWith(content), "The content changed.");
            },
            iter: 10_000);

    [Theory]
    [InlineData("a\r\nb\r\n.\r\n", -1)]
    [InlineData("a\r\n..b\r\n.\r\n", -1)]
    [InlineData("a\r\n.b\r\n.\r\n", 3)]
    [InlineData(".b\r\n.c\r\n.\r\n", 0)]
    [InlineData("a\r\n..b\r\n.c\r\n.\r\n", 7)]
    public void Decode_DotTheClientDidNotDouble_IsRemovedAndRemembered(string wire, long expected)
    {
        for (int cut = 0; cut < wire.Length; cut++)
        {
            Assert.Equal(expected, Decode(Encoding.Latin1.GetBytes(wire), [cut]).Unstuffed);
        }
    }

    private static Result Decode(byte[] input, IEnumerable<int> cuts)
    {
        DataDecoder decoder = default;
        Sink sink = new();
        int total = 0;
        int from = 0;
        bool ended = false;
        foreach (int cut in cuts.Where(c => c < input.Length).Order().Append(input.Length))
        {
            ended = decoder.Decode(input.AsSpan(from, cut - from), sink, out int consumed);
            total += consumed;
            if (ended)
            {
                break;
            }

            Assert.Equal(cut - from, consumed);
            from = cut;
        }

        Assert.Equal(sink.Octets.Count, decoder.Length);
        return new Result([.. sink.Octets], ended, total, decoder.FirstSuspectOffset, decoder.Length, decoder.FirstUnstuffedOffset);
    }

    private sealed record Result(byte[] Octets, bool Ended, int Consumed, long Suspect, long Length, long Unstuffed)
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

    /// <summary>The same by the book: whole text, string searches, no states.</summary>
    private sealed record Reference(byte[] Octets, int Consumed, bool HasSuspect)
    {
        public static Reference Decode(byte[] input)
        {
            string text = "\r\n" + Encoding.Latin1.GetString(input);
            int end = text.IndexOf(End, StringComparison.Ordinal);
            Assert.True(end >= 0);
            string content = text[..(end + 2)];
            string octets = content.Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
            return new Reference(Encoding.Latin1.GetBytes(octets), end + End.Length - 2, HasDotLine(content));
        }

        /// <summary>A dot between line ends (CRLF, CR, LF; NULs in between do not count) that is not CRLF.CRLF.</summary>
        private static bool HasDotLine(string content)
        {
            for (int dot = content.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = content.IndexOf('.', dot + 1))
            {
                int before = dot - 1;
                while (before > 0 && content[before] == '\0')
                {
                    before--;
                }

                bool starts = before >= 0 && content[before] is '\r' or '\n';
                if (starts && dot + 1 < content.Length && content[dot + 1] is '\r' or '\n' or '\0')
                {
                    return true;
                }
            }

            return false;
        }
    }
}
