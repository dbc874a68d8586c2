using Gateway.Mime.Rules.Header.Reading;

namespace Gateway.Mime.Tests;

/// <summary>Grades, evidence and bounds of the cheap tags; that each fires and does not is in its samples.</summary>
public class CheapTagTests
{
    [Theory]
    [InlineData("X-A: 1\r\n", 0)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; l=6; bh=A; b=A\r\n", 0)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; l=5; bh=A; b=A\r\n", 1)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; l=99; bh=A; b=A\r\n", 0)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; l=x; bh=A; b=A\r\n", 0)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; bl=1; bh=A; b=A\r\n", 0)]
    [InlineData("DKIM-Signature: v=1; a=b; d=example.org; s=s; l=9; l=1; bh=A; b=A\r\n", 0)]
    [InlineData("DKIM-Signature: l=9; b=A\r\nDKIM-Signature: l=2; b=A\r\nDKIM-Signature: c=simple/relaxed; l=3; b=A\r\n", 2)]
    public void DkimBodyLength_AgainstTheBody_TagsWhatIsShorter(string fields, int expected)
    {
        InspectionReport report = Mail.Inspect(Mail.Header + fields + "\r\ntext\r\n");

        Assert.Equal(expected, report.Findings.Count(finding => finding is { Rule: RuleCode.DkimBodyLengthTag, Action: RuleAction.Tag }));
    }

    [Theory]
    [InlineData("", 0, false, true)]
    [InlineData("", 1, false, true)]
    [InlineData("", 2, false, false)]
    [InlineData("", 0, true, false)]
    [InlineData("\r\n\r\n", 2, false, false)]
    [InlineData("\r\n\r\n", 0, true, false)]
    [InlineData(" \r\n", 2, false, true)]
    [InlineData(" \r\n", 0, true, false)]
    [InlineData("a\r\n\r\nb\r\n\r\n", 8, false, false)]
    [InlineData("a\r\n\r\nb\r\n\r\n", 7, false, true)]
    [InlineData("a \t b  \r\n", 5, true, false)]
    [InlineData("a \t b  \r\n", 4, true, true)]
    [InlineData("  a\r\n", 4, true, false)]
    [InlineData("cut", 5, false, false)]
    [InlineData("cut", 4, false, true)]
    public void CanonicalBody_OfBothKinds_CountsAsTheStandard(string body, long covered, bool relaxed, bool longer)
    {
        using MessageBytes content = MessageBytes.FromMemory(Mail.Octets("header\r\n" + body));

        Assert.Equal(longer, new CanonicalBody().IsLongerThan(covered, content, 8, relaxed));
    }

    [Theory]
    [InlineData("=?utf-8?Q?a=0Ab?=", true)]
    [InlineData("=?utf-8?q?a=0db?=", true)]
    [InlineData("=?utf-8?Q?a=00b?=", true)]
    [InlineData("=?utf-8?Q?a b?=", false)]
    [InlineData("=?utf-8?B?YQpi?=", true)]
    [InlineData("=?utf-8?B?YWI=?=", false)]
    [InlineData("=?utf-16be?B?AGEACgBi?=", true)]
    [InlineData("=?utf-16be?B?AGEAYg==?=", false)]
    [InlineData("=?utf-16le?B?YQAKAGIA?=", true)]
    [InlineData("=?utf-8?X?a=0Ab?= =?utf-8?Q?=0A", false)]
    [InlineData("=?=?=?=?utf-8?Q?=0A?=", true)]
    public void SubjectControl_InEncodedWords_IsFound(string subject, bool held)
    {
        InspectionReport report = Mail.Inspect(Mail.Header.Replace("Subject: test", "Subject: x " + subject, StringComparison.Ordinal) + "\r\ntext\r\n");

        Assert.Equal(held, report.Findings.Any(finding => finding is { Rule: RuleCode.SubjectControl, Action: RuleAction.Quarantine }));
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed; boundary = x", RuleCode.WhitespaceAroundEquals, RuleAction.Quarantine, "boundary = x")]
    [InlineData("Content-Type: text/plain; charset =utf-8", RuleCode.WhitespaceAroundEquals, RuleAction.Allow, "charset =utf-8")]
    [InlineData("Content-Disposition: attachment (x); filename=a", RuleCode.CommentInContentField, RuleAction.Tag, "(x)")]
    [InlineData("Content-Type: text/plain (x)", RuleCode.CommentInContentField, RuleAction.Tag, "(x)")]
    [InlineData("Content-Type: text/plain; name=\"=?utf-8?Q?a?=\"", RuleCode.EncodedWordInStructuralField, RuleAction.Tag, "=?utf-8?Q?a?=")]
    [InlineData("Content-Transfer-Encoding: =?utf-8?Q?7bit?=", RuleCode.EncodedWordInStructuralField, RuleAction.Quarantine, "=?utf-8?Q?7bit?=")]
    [InlineData("Content-Type: text/plain; name=\"a\r\n b\"", RuleCode.LineTerminatorInStructuralToken, RuleAction.Tag, "name=\"a\r\n b\"")]
    [InlineData("Content-Type: text\r\n /plain", RuleCode.LineTerminatorInStructuralToken, RuleAction.Quarantine, "text\r\n /plain")]
    [InlineData("Content-Disposition: attachment; filename=\"a\" b", RuleCode.UnstructuredJunkAfterQuoted, RuleAction.Quarantine, "filename=\"a\"")]
    [InlineData("Content-Type: text/plain; boundary=x", RuleCode.BoundaryOnNonMultipart, RuleAction.Tag, "Content-Type: text/plain; boundary=x\r\n")]
    public void FieldGrammar_OfEachKind_HasItsGradeAndItsOctets(string field, RuleCode rule, RuleAction action, string evidence)
    {
        string message = Mail.Header + field + "\r\n\r\ntext\r\n";

        Finding finding = Assert.Single(Mail.Inspect(message).Findings, finding => finding.Rule == rule);

        Assert.Equal((action, evidence), (finding.Action, message.Substring((int)finding.Offset, finding.Length)));
    }

    [Fact]
    public void StrayBoundary_FarInALargeBody_IsFoundAcrossReads()
    {
        for (int lead = 16_370; lead < 16_390; lead++)
        {
            string message = Mail.Header + "Content-Type: text/plain; boundary=boundary-1\r\n\r\n" + new string('x', lead) + "\r\n--boundary-1\r\n";

            Finding finding = Assert.Single(Mail.Inspect(message).Findings, finding => finding.Rule == RuleCode.BoundaryOnNonMultipart);

            Assert.Equal((RuleAction.Quarantine, message.IndexOf("--boundary-1", StringComparison.Ordinal)), (finding.Action, (int)finding.Offset));
        }
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("Content-Transfer-Encoding: base64\r\n", 0)]
    [InlineData("", 1_100_000)]
    [InlineData("Content-Transfer-Encoding: base64\r\n", 1_100_000)]
    public void HtmlPart_WithOneLongTag_IsTagged(string encoding, int tag)
    {
        byte[] html = Mail.Octets("<p>" + new string('y', 1_200_000 - tag) + "<img src=\"" + new string('x', tag) + "\">");
        string text = encoding.Length > 0
            ? Convert.ToBase64String(html, Base64FormattingOptions.InsertLineBreaks)
            : string.Join("\r\n", html.Chunk(900).Select(System.Text.Encoding.Latin1.GetString));

        InspectionReport report = Mail.Inspect(Mail.Header + "Content-Type: text/html\r\n" + encoding + "\r\n" + text + "\r\n");

        Assert.Equal(tag > 1 << 20, report.Findings.Any(finding => finding is { Rule: RuleCode.HtmlPartOversize, Action: RuleAction.Tag }));
    }

    [Fact]
    public void HtmlPart_OverTenMebibytes_IsTaggedAndTheLimitIsTheSites()
    {
        string html = string.Concat(Enumerable.Repeat("<p>text</p>\r\n", 900_000));
        InspectionReport large = Mail.Inspect(Mail.Header + "Content-Type: text/html\r\n\r\n" + html);
        InspectionReport allowed = Mail.Inspect(
            Mail.Header + "Content-Type: text/html\r\n\r\n" + html, new InspectionContext { Policy = Mail.Policy("html-part-oversize", "tag>64MB") });

        Assert.Contains(large.Findings, finding => finding is { Rule: RuleCode.HtmlPartOversize, Action: RuleAction.Tag });
        Assert.DoesNotContain(allowed.Findings, finding => finding.Rule == RuleCode.HtmlPartOversize);
    }

    [Fact]
    public void AllowedRules_OnOrdinaryMail_NeverMakeAVerdict()
    {
        InspectionReport report = Mail.Inspect("From: ada@example.org\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nX-Empty:\r\nReceived: by nobody\r\nContent-Length: 1\r\n\r\ntext");

        Assert.Equal(RuleAction.Allow, report.Verdict);
        Assert.Equal(
            [RuleCode.RecipientHeaderMissing, RuleCode.EmptyHeaderField, RuleCode.ReceivedMalformed, RuleCode.ContentLengthHeader, RuleCode.MissingFinalCrlf],
            report.Findings.Where(finding => finding.Rule >= RuleCode.DkimHeaderBomb).Select(finding => finding.Rule));
    }

    [Fact]
    public void AllowedRule_SwitchedToReject_IsRejected()
    {
        InspectionContext context = new() { Policy = Mail.Policy("missing-final-crlf", "reject") };

        Assert.Equal(RuleAction.Reject, Mail.Inspect(Mail.Header + "\r\ntext", context).Verdict);
    }

    [Theory]
    [InlineData("To: ", "IMCEA@")]
    [InlineData("To: ", "/ADMD=")]
    [InlineData("From: ", "a:(")]
    [InlineData("Subject: ", "=?x?q?")]
    [InlineData("Subject: ", "=?=?")]
    [InlineData("DKIM-Signature: ", "l=1;")]
    [InlineData("Thread-Index: ", "*")]
    [InlineData("References: ", "<")]
    [InlineData("Received: ", ";,")]
    [InlineData("Authentication-Results: ", "()")]
    [InlineData("Content-Disposition: attachment; ", "a=\"b\"c;")]
    [InlineData("Content-Type: text/plain; ", "a = b;")]
    public void Field_OfSixtyKiloOctetsOfOneTag_IsNoFault(string field, string unit)
    {
        string value = string.Concat(Enumerable.Repeat(string.Concat(Enumerable.Repeat(unit, 900 / unit.Length)) + "\r\n ", 60));

        InspectionReport report = Mail.Inspect(Mail.Header + field + value + "x\r\n\r\nbody\r\n", new InspectionContext { HostName = "mx.example.org" });

        Assert.DoesNotContain(report.Findings, finding => finding.Rule == RuleCode.ParserFault);
    }
}
