using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>What each grade of a rule does: the strongest action of the rule's findings in one of its samples.</summary>
public class RuleGradeTests
{
    [Theory]
    [InlineData("malformed-icalendar/hit-crossed-ends", RuleAction.Quarantine)]
    [InlineData("malformed-icalendar/hit-property-66000", RuleAction.Quarantine)]
    [InlineData("malformed-icalendar/hit-interval-zero", RuleAction.Quarantine)]
    [InlineData("malformed-icalendar/hit-month-13", RuleAction.Allow)]
    [InlineData("message-partial/hit-first-of-two", RuleAction.Quarantine)]
    [InlineData("header-line-too-long/hit-999", RuleAction.Tag)]
    [InlineData("too-many-addresses/hit-501", RuleAction.Tag)]
    [InlineData("too-many-addresses/hit-to-and-cc", RuleAction.Tag)]
    [InlineData("too-many-addresses/hit-2001", RuleAction.Quarantine)]
    [InlineData("nested-comment-bomb/hit-11", RuleAction.Tag)]
    [InlineData("nested-comment-bomb/hit-21", RuleAction.Quarantine)]
    [InlineData("nested-comment-bomb/hit-commas", RuleAction.Quarantine)]
    [InlineData("8bit-in-header/hit-subject-latin1", RuleAction.Tag)]
    [InlineData("8bit-in-header/hit-from-address", RuleAction.Quarantine)]
    [InlineData("8bit-in-header/hit-to-address-bare", RuleAction.Quarantine)]
    [InlineData("8bit-in-header/hit-content-type", RuleAction.Quarantine)]
    [InlineData("8bit-in-header/hit-content-type-name-utf8", RuleAction.Tag)]
    [InlineData("8bit-in-header/hit-field-name", RuleAction.Quarantine)]
    [InlineData("control-char-in-header/hit-subject-escape", RuleAction.Tag)]
    [InlineData("control-char-in-header/hit-from", RuleAction.Quarantine)]
    [InlineData("control-char-in-header/hit-filename", RuleAction.Quarantine)]
    [InlineData("whitespace-only-continuation/hit-last-field", RuleAction.Tag)]
    [InlineData("whitespace-only-continuation/hit-before-content-type", RuleAction.Tag)]
    [InlineData("whitespace-only-continuation/hit-inside-content-type", RuleAction.Tag)]
    [InlineData("address-syntax/hit-missing-comma", RuleAction.Tag)]
    [InlineData("route-address/hit-from", RuleAction.Quarantine)]
    [InlineData("route-address/hit-to", RuleAction.Tag)]
    [InlineData("encoded-address/hit-crlf", RuleAction.Quarantine)]
    [InlineData("encoded-address/hit-lf-in-to", RuleAction.Quarantine)]
    [InlineData("encoded-address/hit-as-from", RuleAction.Quarantine)]
    [InlineData("encoded-address/hit-address-in-name", RuleAction.Tag)]
    [InlineData("encoded-word-malformed/hit-76", RuleAction.Allow)]
    [InlineData("encoded-word-malformed/hit-501-words", RuleAction.Tag)]
    [InlineData("encoded-word-malformed/hit-2001-words", RuleAction.Quarantine)]
    [InlineData("rfc2231-continuation-anomaly/hit-gap", RuleAction.Quarantine)]
    [InlineData("rfc2231-continuation-anomaly/hit-out-of-order", RuleAction.Tag)]
    [InlineData("rfc2231-continuation-anomaly/hit-gap-other-ending", RuleAction.Quarantine)]
    [InlineData("rfc2231-continuation-anomaly/hit-order-other-ending", RuleAction.Quarantine)]
    [InlineData("rfc2231-continuation-anomaly/hit-100-pieces", RuleAction.Quarantine)]
    [InlineData("rfc2231-continuation-anomaly/hit-boundary-gap", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-differs", RuleAction.Tag)]
    [InlineData("filename-ambiguity/hit-encoded-word", RuleAction.Tag)]
    [InlineData("filename-ambiguity/hit-separator", RuleAction.Tag)]
    [InlineData("filename-ambiguity/hit-other-ending", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-program-or-nothing", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-plain-and-extended", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-encoded-word-other-ending", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-unquoted-blank", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-right-to-left", RuleAction.Quarantine)]
    [InlineData("filename-ambiguity/hit-control", RuleAction.Tag)]
    [InlineData("mime-version-anomaly/hit-missing", RuleAction.Allow)]
    [InlineData("mime-version-anomaly/hit-two", RuleAction.Tag)]
    [InlineData("malformed-quoted-printable/hit-illegal-escape", RuleAction.Tag)]
    [InlineData("malformed-quoted-printable/hit-cut-by-delimiter", RuleAction.Quarantine)]
    [InlineData("malformed-quoted-printable/hit-line-of-equals-signs", RuleAction.Tag)]
    [InlineData("mime-version-anomaly/hit-multipart-without", RuleAction.Quarantine)]
    [InlineData("mime-version-anomaly/hit-multipart-under-2", RuleAction.Quarantine)]
    [InlineData("whitespace-only-continuation/hit-behind-encoding", RuleAction.Quarantine)]
    [InlineData("whitespace-only-continuation/hit-behind-all", RuleAction.Tag)]
    [InlineData("empty-header-block/hit-embedded", RuleAction.Quarantine)]
    [InlineData("comment-in-content-field/hit-type", RuleAction.Tag)]
    [InlineData("comment-in-content-field/hit-with-boundary", RuleAction.Quarantine)]
    [InlineData("malformed-base64/hit-line-of-padding", RuleAction.Quarantine)]
    [InlineData("malformed-boundary/hit-close-quote-only", RuleAction.Quarantine)]
    [InlineData("malformed-quoted-printable/hit-77", RuleAction.Allow)]
    [InlineData("uuencode-or-binhex-inline/hit-uuencode", RuleAction.Tag)]
    [InlineData("uuencode-or-binhex-inline/hit-binhex-in-base64", RuleAction.Quarantine)]
    [InlineData("decoded-size-ratio/hit-zeros", RuleAction.Tag)]
    [InlineData("charset-invalid/hit-empty", RuleAction.Tag)]
    [InlineData("charset-invalid/hit-utf-7", RuleAction.Quarantine)]
    [InlineData("charset-invalid/hit-utf-16", RuleAction.Tag)]
    [InlineData("charset-invalid/hit-unknown", RuleAction.Tag)]
    [InlineData("8bit-body-undeclared/hit-7bit", RuleAction.Allow)]
    [InlineData("utf8-invalid-body/hit-overlong", RuleAction.Allow)]
    [InlineData("date-invalid/hit-missing", RuleAction.Tag)]
    [InlineData("date-invalid/hit-day-32", RuleAction.Tag)]
    [InlineData("date-invalid/hit-201-characters", RuleAction.Quarantine)]
    [InlineData("message-id-invalid/hit-missing", RuleAction.Tag)]
    [InlineData("return-path-present/hit-top", RuleAction.Allow)]
    [InlineData("sender-fallback-spoof/hit-x-from", RuleAction.Quarantine)]
    [InlineData("external-body/hit-mail-server", RuleAction.Tag)]
    [InlineData("external-body/hit-local-file", RuleAction.Quarantine)]
    [InlineData("external-body/hit-ftp-without-site", RuleAction.Quarantine)]
    [InlineData("attachment-size-mismatch/hit-negative", RuleAction.Tag)]
    [InlineData("smime-structure/hit-length-overflow", RuleAction.Quarantine)]
    [InlineData("smime-structure/hit-nested-40", RuleAction.Quarantine)]
    [InlineData("smime-structure/hit-detached-cut-off", RuleAction.Tag)]
    public void Sample_OfAGrade_GetsItsAction(string sample, RuleAction expected)
    {
        InspectionReport report = Inspect(sample, default);
        string rule = sample[..sample.IndexOf('/', StringComparison.Ordinal)];

        Assert.Equal(expected, report.Findings.Where(finding => finding.RuleName == rule).Max(finding => finding.Action));
    }

    [Fact]
    public void MessageId_TwiceInABounce_OnlyTags()
    {
        byte[] message = Mail.Octets("From: ada@example.org\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMessage-ID: <2@example.org>\r\n\r\nx\r\n");

        Assert.Equal(RuleAction.Quarantine, Mail.Inspect(message).Verdict);
        Assert.Equal(RuleAction.Tag, Mail.Inspect(message, new InspectionContext { NullSender = true }).Verdict);
    }

    [Theory]
    [InlineData("From: \r\n", RuleCode.MissingOrInvalidFrom)]
    [InlineData("", RuleCode.MissingOrInvalidFrom)]
    [InlineData("From: ;\r\n", RuleCode.MissingOrInvalidFrom)]
    [InlineData("From: \r\nSender: ceo@example.org\r\n", RuleCode.SenderFallbackSpoof)]
    [InlineData("Sender: ceo@example.org\r\n", RuleCode.SenderFallbackSpoof)]
    [InlineData("From: nobody:;\r\n", RuleCode.GroupSyntaxInFrom)]
    [InlineData("From: nobody:;\r\nSender: ceo@example.org\r\n", RuleCode.GroupSyntaxInFrom)]
    public void From_ThatNamesNobody_IsHeldByOneRule(string fields, RuleCode expected)
    {
        InspectionReport report = Mail.Inspect($"{fields}Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nTo: bob@example.net\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n");

        Assert.Equal(expected, Assert.Single(report.Findings, finding => finding.Rule != RuleCode.AddressSyntax).Rule);
        Assert.Equal(RuleAction.Quarantine, report.Verdict);
    }

    [Theory]
    [InlineData("charset-invalid/hit-utf-7")]
    [InlineData("charset-invalid/hit-empty")]
    public void Charset_OfABounce_OnlyTags(string sample) =>
        Assert.Equal(RuleAction.Tag, Inspect(sample, new InspectionContext { NullSender = true }).Verdict);

    [Theory]
    [InlineData("8bit-in-header/hit-subject-utf8")]
    [InlineData("8bit-in-header/hit-to-address-bare")]
    [InlineData("8bit-in-header/hit-content-type-name-utf8")]
    public void Utf8InHeader_DeclaredBySmtpUtf8_IsNoFinding(string sample) =>
        Assert.DoesNotContain(Inspect(sample, new InspectionContext { Utf8 = true }).Findings, finding => finding.Rule == RuleCode.EightBitInHeader);

    [Fact]
    public void NoUtf8InHeader_DeclaredBySmtpUtf8_IsStillAFinding() =>
        Assert.Contains(Inspect("8bit-in-header/hit-from-address", new InspectionContext { Utf8 = true }).Findings, finding => finding is { Rule: RuleCode.EightBitInHeader, Action: RuleAction.Quarantine });

    [Fact]
    public void Finding_InAFoldedAddressField_PointsAtTheFlawAndItsLine()
    {
        string before = Mail.Header + "Cc: Eve <eve@example.net>,\r\n Amy <amy@example.net>\r\n ";

        Finding finding = Assert.Single(Mail.Inspect(before + "Zoe <zoe@example.net>\r\n\r\nx\r\n").Findings);

        Assert.Equal((RuleCode.AddressSyntax, RuleAction.Tag, before.Length, 9), (finding.Rule, finding.Action, (int)finding.Offset, finding.Line));
    }

    [Theory]
    [InlineData("Tue, 03 Mar 2026 09:59:00 +0000", false)]
    [InlineData("Wed, 04 Mar 2026 09:59:00 +0000", false)]
    [InlineData("Wed, 04 Mar 2026 10:01:00 +0000", true)]
    [InlineData("Wed, 04 Mar 2026 23:59:00 +1400", false)]
    [InlineData("Wed, 04 Mar 2026 00:01:00 -1000", true)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 -1400", true)]
    public void Date_AheadOfTheClock_IsAFindingBeyond48Hours(string date, bool expected)
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
        string message = $"From: ada@example.org\r\nDate: {date}\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n";
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets(message));

        InspectionReport report = new MimeInspector(time, InspectionLimits.Default).Inspect(content, default, TestContext.Current.CancellationToken);

        Assert.Equal(expected, report.Findings.Any(finding => finding.Rule == RuleCode.DateInvalid));
    }

    [Fact]
    public void Utf8Body_SplitAnywhere_IsValidOrNotAllTheSame()
    {
        const string Head = Mail.Header + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
        for (int pad = 0; pad < 8; pad++)
        {
            // MimeReader hands out its buffer of 4 KiB: characters of three octets fall on its ends in every way.
            string body = new string('x', pad) + string.Concat(Enumerable.Repeat("\u00e2\u0082\u00ac", 250)) + "\r\n";
            string whole = Head + string.Concat(Enumerable.Repeat(body, 20));
            Assert.DoesNotContain(Mail.Inspect(whole).Findings, finding => finding.Rule == RuleCode.Utf8InvalidBody);
            Finding broken = Assert.Single(Mail.Inspect(whole + "\u00e2\u0082\r\n").Findings, finding => finding.Rule == RuleCode.Utf8InvalidBody);
            Assert.Equal(whole.Length, broken.Offset);
        }
    }

    [Fact]
    public void Uuencode_OnAnyOffset_IsFound()
    {
        const string Head = Mail.Header + "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
        for (int pad = 3800; pad < 3960; pad++)
        {
            string message = Head + string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", pad / 100)) + new string('y', pad % 100) + "\r\n";
            Finding finding = Assert.Single(
                Mail.Inspect(message + "begin 644 a.exe\r\n#86)C\r\n`\r\nend\r\n").Findings, finding => finding.Rule == RuleCode.UuencodeOrBinhexInline);
            Assert.Equal(message.Length, finding.Offset);
        }
    }

    private static InspectionReport Inspect(string sample, InspectionContext context) =>
        Mail.Inspect(File.ReadAllBytes(Path.Combine(Repository.RuleSamples, sample + ".eml")), context);
}
