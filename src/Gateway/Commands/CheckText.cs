using System.Globalization;
using Gateway.Checking;
using Gateway.Logging;
using Gateway.Mime;
using Gateway.Relay.Telemetry;

namespace Gateway.Commands;

/// <summary>The findings of one message for a person: the octets underlined, the clause, and what to mend.</summary>
internal static class CheckText
{
    private const string Margin = "      ";

    /// <summary>Writes them; messages without findings are the caller's to skip.</summary>
    public static void Write(TextWriter output, SourceMessage message, CheckLine line)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{LogText.Escape(line.Path)}#{line.Index}: {line.Verdict}, {line.Size} octets"));
        foreach (CheckFinding finding in line.Findings)
        {
            string part = finding.Part.Length == 0 ? "top" : finding.Part;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {finding.Action,-10} {finding.Rule} at {finding.Offset}+{finding.Length}, line {finding.Line}, part {part}: {VisibleText.Escape(finding.Detail)}"));
            EvidenceLines.Write(output, Margin + "| ", message.Bytes.Span, finding.Offset, finding.Length);
            foreach (CheckReading reading in finding.Readings)
            {
                output.WriteLine($"{Margin}read   by one {reading.Reader}: {(reading.Sees.Length == 0 ? "(nothing)" : reading.Sees)}");
            }

            output.WriteLine($"{Margin}clause {finding.Clause}");
            output.WriteLine($"{Margin}repair {(RuleCatalogue.TryGet(finding.Rule, out Rule? rule) ? rule.Repair : string.Empty)}");
        }
    }
}
