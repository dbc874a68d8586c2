using CsCheck;
using Gateway.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Mime.Tests;

public class MimeInspectorTests
{
    private static readonly byte[][] Samples =
        [.. Directory.GetFiles(Repository.RuleSamples, "*.eml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(sample => sample.Length is > 0 and < 20_000)];

    [Fact]
    public void Inspect_MutatedMail_NeverThrowsAndPointsInside()
    {
        MimeInspector inspector = new();
        Gen<byte[]> piece = Gen.OneOf(
            Gen.Byte.Array[1, 3], Gen.Const("\r\n"u8.ToArray()), Gen.Const("--b1"u8.ToArray()), Gen.Const("--b1--\r\n"u8.ToArray()), Gen.Const("\r\n\r\n"u8.ToArray()),
            Gen.Const("Content-Type: multipart/mixed; boundary=b1\r\n"u8.ToArray()), Gen.Const("\""u8.ToArray()), Gen.Const(";"u8.ToArray()), Gen.Const("\n"u8.ToArray()));
        Gen.Select(Gen.Int[0, Samples.Length - 1], Gen.Select(Gen.Double[0, 1], Gen.Int[0, 30], piece).Array[0, 6]).Sample(
            (sample, edits) =>
            {
                List<byte> message = [.. Samples[sample]];
                foreach ((double where, int remove, byte[] insert) in edits)
                {
                    int at = (int)(where * message.Count);
                    message.RemoveRange(at, Math.Min(remove, message.Count - at));
                    message.InsertRange(at, insert);
                }

                Check(inspector, [.. message]);
            },
            iter: 4000,
            threads: 1);
    }

    [Fact]
    public void Inspect_RandomOctets_NeverThrowsAndPointsInside()
    {
        MimeInspector inspector = new();
        Gen.Byte.Array[0, 600].Sample(octets => Check(inspector, octets), iter: 2000, threads: 1);
    }

    [Fact]
    public void Inspect_EveryPrefixOfASample_NeverThrows()
    {
        MimeInspector inspector = new();
        foreach (byte[] sample in Samples.Where(sample => sample.Length < 900))
        {
            for (int length = 0; length < sample.Length; length += 7)
            {
                Check(inspector, sample[..length]);
            }
        }
    }

    [Fact]
    public void Inspect_Reused_ReportsAsAFreshOne()
    {
        MimeInspector reused = new();
        foreach (byte[] sample in Samples)
        {
            using MessageBytes content = MessageBytes.FromMemory(sample);
            string again = Describe(reused.Inspect(content, default, TestContext.Current.CancellationToken));
            Assert.Equal(Describe(Mail.Inspect(sample)), again);
        }
    }

    // Found by the message fuzz: the offset of the last field was left from the message before, and nothing behind the line was read.
    [Fact]
    public void Inspect_FirstLineNoFieldBehindAnotherMessage_ReportsAsAFreshOne()
    {
        byte[] broken = Mail.Octets("no field\r\nContent-Type: multipart/mixed\r\nFrom: a, b\r\n\r\nx\r\n");
        MimeInspector used = new();
        using MessageBytes before = MessageBytes.FromMemory(Mail.Octets(Mail.Header + "\r\nx\r\n"));
        using MessageBytes content = MessageBytes.FromMemory(broken);
        used.Inspect(before, default, TestContext.Current.CancellationToken);

        InspectionReport report = used.Inspect(content, default, TestContext.Current.CancellationToken);

        Assert.Equal(Describe(Mail.Inspect(broken)), Describe(report));
        Assert.Contains(report.Findings, finding => finding.Rule == RuleCode.MissingBoundary);
    }

    // Found by the message fuzz: nothing is read behind the only line, and the structure was that of the message before.
    [Theory]
    [InlineData(" ")]
    [InlineData("From nobody")]
    public void Inspect_OneLineThatIsSkippedBehindAnotherMessage_ReportsAsAFreshOne(string only)
    {
        byte[] octets = Mail.Octets(only);
        MimeInspector used = new();
        using MessageBytes content = MessageBytes.FromMemory(octets);
        foreach (byte[] sample in Samples.Append(Mail.Octets("x: y")))
        {
            using MessageBytes other = MessageBytes.FromMemory(sample);
            used.Inspect(other, default, TestContext.Current.CancellationToken);
            InspectionReport report = used.Inspect(content, default, TestContext.Current.CancellationToken);
            Assert.Equal(Describe(Mail.Inspect(octets)), Describe(report));
        }
    }

    [Fact]
    public void Inspect_FromChunksOrFile_ReportsAsFromMemory()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (byte[] sample in Samples.Where((_, i) => i % 5 == 0))
            {
                File.WriteAllBytes(path, [1, 2, 3, .. sample, 4]);
                using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
                using MessageBytes file = MessageBytes.FromFile(handle, 3, sample.Length);
                using MessageBytes chunks = MessageBytes.FromMemory(Chunks.Of(sample, 37));
                string expected = Describe(Mail.Inspect(sample));
                Assert.Equal(expected, Describe(new MimeInspector().Inspect(file, default, TestContext.Current.CancellationToken)));
                Assert.Equal(expected, Describe(new MimeInspector().Inspect(chunks, default, TestContext.Current.CancellationToken)));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Findings_DeepInAMessage_NameOffsetLinePartAndOctets()
    {
        string before = Mail.Header + "Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n\r\none\r\n--out\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n"
            + "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\nQUJD";
        string message = before + "*QUJD\r\n--in--\r\n--out--\r\n";

        Finding finding = Assert.Single(Mail.Inspect(message).Findings);

        Assert.Equal((RuleCode.MalformedBase64, before.Length, 1, "2.1"), (finding.Rule, (int)finding.Offset, finding.Length, finding.Part));
        Assert.Equal(before.Count(c => c == '\n') + 1, finding.Line);
        Assert.StartsWith("*QUJD\\r\\n--in--", finding.ExcerptEscaped, StringComparison.Ordinal);
        Assert.StartsWith("2a51554a440d0a", finding.ExcerptHex, StringComparison.Ordinal);
        Assert.InRange(finding.Excerpt.Length, 1, Finding.MaxExcerpt);
        Assert.Equal("RFC 2045 6.8; RFC 4648 12; RFC 7103 8.2", finding.Clause);
    }

    [Fact]
    public void Summary_OfAMessage_IsDecodedBoundedAndWithoutControls()
    {
        InspectionReport report = Mail.Inspect(
            "From: =?utf-8?Q?Ad=C3=A0?= <ada@example.org>\r\nSubject: =?utf-8?Q?a=0Ab=E2=80=AEc?= " + new string('x', 900) + "\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n");

        Assert.Equal("Adà <ada@example.org>", report.From);
        Assert.StartsWith("a b c", report.Subject, StringComparison.Ordinal);
        Assert.Equal(256, report.Subject?.Length);
        Assert.Equal("<1@example.org>", report.MessageId);
        Assert.Equal((1, 0), (report.PartCount, report.MaxDepth));
    }

    [Fact]
    public void Inspect_BeyondItsTime_IsAParserFault()
    {
        FakeTimeProvider time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(15) };
        MimeInspector inspector = new(time, InspectionLimits.Default);
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(Mail.Header + "\r\n" + string.Concat(Enumerable.Repeat("line\r\n", 40_000))));

        InspectionReport report = inspector.Inspect(content, default, TestContext.Current.CancellationToken);

        Assert.Equal(RuleCode.ParserFault, report.Decisive?.Rule);
    }

    [Fact]
    public void Inspect_Cancelled_ThrowsAndCanBeUsedAgain()
    {
        MimeInspector inspector = new();
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(Mail.Header + "\r\nx\r\n"));

        Assert.Throws<OperationCanceledException>(() => inspector.Inspect(content, Mail.Scan(Mail.Octets(Mail.Header)), default, new CancellationToken(canceled: true)));

        Assert.Empty(inspector.Inspect(content, default, TestContext.Current.CancellationToken).Findings);
    }

    private static void Check(MimeInspector inspector, byte[] octets)
    {
        using MessageBytes content = MessageBytes.FromMemory(octets);
        InspectionReport report = inspector.Inspect(content, default, CancellationToken.None);
        foreach (Finding finding in report.Findings)
        {
            Assert.False(finding.Rule == RuleCode.ParserFault, finding.Detail);
            Assert.InRange(finding.Offset, 0, octets.Length);
            Assert.InRange(finding.Offset + finding.Length, finding.Offset, octets.Length);
            int line = octets.AsSpan(0, (int)finding.Offset).Count((byte)'\n') + 1;
            Assert.True(line == finding.Line, $"{finding} is on line {line}");
            Assert.True(octets.AsSpan((int)finding.Offset).StartsWith(finding.Excerpt.Span));
            Assert.True(finding.Action <= report.Verdict);
        }
    }

    private static string Describe(InspectionReport report) =>
        $"{report.Verdict} {report.FindingsSuppressed} {report.PartCount} {report.MaxDepth} {report.Subject} {string.Join('\n', report.Findings.Select(f => $"{f.Rule} {f.Action} {f.Offset} {f.Length} {f.Line} {f.Part} {f.ExcerptHex} {f.Detail}"))}";
}
