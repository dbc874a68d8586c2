using System.Text.Json;
using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>Writes findings as SARIF 2.1.0, the form that code hosts and editors read.</summary>
/// <remarks>Source: OASIS SARIF 2.1.0. Regions are octets (<c>byteOffset</c>, <c>byteLength</c>) with the line beside them.</remarks>
internal sealed class SarifWriter : IDisposable
{
    private readonly Utf8JsonWriter _json;

    public SarifWriter(Stream output, string version)
    {
        _json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        _json.WriteStartObject();
        _json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        _json.WriteString("version", "2.1.0");
        _json.WriteStartArray("runs");
        _json.WriteStartObject();
        _json.WriteStartObject("tool");
        _json.WriteStartObject("driver");
        _json.WriteString("name", "gateway");
        _json.WriteString("version", version);
        WriteRules();
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteStartArray("results");
    }

    /// <summary>Adds the findings of one message.</summary>
    public void Add(CheckLine line)
    {
        foreach (CheckFinding finding in line.Findings.Where(f => f.Action != "allow"))
        {
            _json.WriteStartObject();
            _json.WriteString("ruleId", finding.Rule);
            _json.WriteString("level", finding.Action == "tag" ? "warning" : "error");
            _json.WriteStartObject("message");
            _json.WriteString("text", $"{finding.Detail} ({finding.Clause}); verdict {line.Verdict}, message {line.Index}, part {(finding.Part.Length == 0 ? "top" : finding.Part)}");
            _json.WriteEndObject();
            _json.WriteStartArray("locations");
            _json.WriteStartObject();
            _json.WriteStartObject("physicalLocation");
            _json.WriteStartObject("artifactLocation");
            _json.WriteString("uri", Uri.EscapeDataString(line.Path).Replace("%2F", "/", StringComparison.Ordinal));
            _json.WriteEndObject();
            _json.WriteStartObject("region");
            _json.WriteNumber("startLine", Math.Max(1, finding.Line));
            _json.WriteNumber("byteOffset", finding.Offset);
            _json.WriteNumber("byteLength", finding.Length);
            _json.WriteStartObject("snippet");
            _json.WriteString("text", finding.Excerpt);
            _json.WriteEndObject();
            _json.WriteEndObject();
            _json.WriteEndObject();
            _json.WriteEndObject();
            _json.WriteEndArray();
            _json.WriteEndObject();
        }
    }

    /// <summary>Ends the document.</summary>
    public void Dispose()
    {
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Dispose();
    }

    private void WriteRules()
    {
        _json.WriteStartArray("rules");
        foreach (Rule rule in RuleCatalogue.All)
        {
            _json.WriteStartObject();
            _json.WriteString("id", rule.Name);
            WriteText("shortDescription", rule.Summary);
            WriteText("fullDescription", $"{rule.Danger} ({rule.Clause})");
            WriteText("help", rule.Repair);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteText(string name, string text)
    {
        _json.WriteStartObject(name);
        _json.WriteString("text", text);
        _json.WriteEndObject();
    }
}
