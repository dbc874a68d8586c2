using System.Text;
using Gateway.TestKit;

namespace Gateway.Mime.Tests;

/// <summary>What a quarantined finding says two styles of reader see.</summary>
public class ReaderViewTests
{
    [Theory]
    [InlineData("filename-ambiguity/hit-semicolon-in-token", "notes.txt", "notes.txt;.js")]
    [InlineData("filename-ambiguity/hit-blank-before-program", "Scan 2026.wsf", "Scan")]
    [InlineData("filename-ambiguity/hit-control-two-endings", "notes.txt\n.js", "notes.txt")]
    [InlineData("filename-ambiguity/hit-none-against-vhd", "notes.vhd", "notes")]
    [InlineData("rfc2231-continuation-anomaly/hit-gap-then-ending", "notes.pdf", "notes.")]
    [InlineData("comment-in-content-field/hit-beside-base64", "base64", "(as it is) base64")]
    [InlineData("comment-in-content-field/hit-beside-name", "application/octet-stream; name=notes.pdf", "application/octet-stream; name=notes.pdf (x)")]
    [InlineData("missing-or-invalid-from/hit-brackets-in-name", "eve@example.net", "bank.example [a]")]
    [InlineData("missing-or-invalid-from/hit-other-address-as-name", "ada@example.org", "eve@example.net")]
    [InlineData("missing-or-invalid-from/hit-quoted-words-alone", "", "Our Bank")]
    public void Readings_OfAHeldSample_AreTheTwoThatDiffer(string sample, string first, string second)
    {
        InspectionReport report = Mail.Inspect(File.ReadAllBytes(Path.Combine(Repository.RuleSamples, sample + ".eml")));
        string rule = sample[..sample.IndexOf('/', StringComparison.Ordinal)];

        Finding finding = report.Findings.First(one => one.RuleName == rule && one.Action == RuleAction.Quarantine && one.Readings.Count > 0);

        Assert.Equal([first, second], finding.Readings.Select(reading => Encoding.Latin1.GetString(reading.Sees.Span)));
        Assert.Equal(2, finding.Readings.Select(reading => reading.Reader).Distinct(StringComparer.Ordinal).Count());
        Assert.All(finding.Readings, reading => Assert.StartsWith("that ", reading.Reader, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("filename-ambiguity/hit-differs")]
    [InlineData("missing-or-invalid-from/hit-address-twice")]
    [InlineData("comment-in-content-field/hit-beside-charset")]
    public void Readings_OfATag_AreNone(string sample)
    {
        InspectionReport report = Mail.Inspect(File.ReadAllBytes(Path.Combine(Repository.RuleSamples, sample + ".eml")));

        Assert.All(report.Findings, finding => Assert.Empty(finding.Readings));
    }
}
