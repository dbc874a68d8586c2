using System.Globalization;
using Gateway.Api;
using Gateway.Logging;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>A quarantine entry for a person: who, when, every finding with its octets, every decision.</summary>
internal static class EvidenceText
{
    public static void Write(TextWriter output, QuarantineDetail detail)
    {
        QuarantineEntry entry = detail.Entry;
        TextTable facts = new("KEY", "VALUE");
        facts.Add("id", entry.Id);
        facts.Add("state", entry.ReleaseId is null ? MemberName.Of(entry.State) : $"{MemberName.Of(entry.State)} as {entry.ReleaseId}");
        facts.Add("received", Format.Time(entry.ReceivedAt));
        facts.Add("client", $"[{entry.ClientAddress}] helo={LogText.Escape(entry.ClientHello)} {entry.Protocol}");
        facts.Add("from", Format.Path(entry.Sender));
        facts.Add("to", string.Join(", ", entry.Recipients.Take(20).Select(Format.Path)));
        facts.Add("subject", LogText.Escape(entry.Subject, 120));
        facts.Add("size", Format.Size(entry.Size));
        facts.Write(output);
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Findings.Count} findings, decisive: {entry.WorstRule}"));
        foreach (QuarantineFinding finding in entry.Findings)
        {
            string part = finding.Part.Length == 0 ? "top" : finding.Part;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {finding.Action,-10} {finding.Rule}  offset {finding.Offset}, {finding.Length} octets, line {finding.Line}, part {part}  ({finding.Clause})"));
            output.WriteLine($"             {LogText.Escape(finding.Detail)}");
            if (finding.Excerpt.Length > 0)
            {
                // Escaped by the inspection already; once more would double its backslashes.
                output.WriteLine($"             text {VisibleText.Escape(finding.Excerpt)}");
                output.WriteLine($"             hex  {VisibleText.Escape(finding.ExcerptHex)}");
            }
        }

        WriteSession(output, detail);

        foreach (ReviewDecision decision in detail.Decisions)
        {
            string whose = decision.Recipient is string recipient ? $" {Format.Path(recipient)}" : string.Empty;
            output.WriteLine($"  {Format.Time(decision.At)} {MemberName.Of(decision.Action)}{whose} by {LogText.Escape(decision.Actor)}: {LogText.Escape(decision.Reason)}");
        }
    }

    private static void WriteSession(TextWriter output, QuarantineDetail detail)
    {
        IReadOnlyList<QuarantineSessionLine> lines = detail.Session ?? detail.Entry.Session;
        if (lines.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lines.Count} lines of the {(detail.Session is null ? "transaction; the rest of the session: --session" : "session")}"));
        foreach (QuarantineSessionLine line in lines)
        {
            // Escaped by the recorder already; a database that somebody edited is not.
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  +{line.Microseconds / 1e6:0.000000}  {VisibleText.Escape(line.From),-8}  {VisibleText.Escape(line.Text)}"));
        }
    }
}
