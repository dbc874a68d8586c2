using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Gateway.Mime;

namespace Gateway.Checking;

/// <summary>Writes findings as SARIF 2.1.0, the form that code hosts and editors read.</summary>
/// <remarks>
/// Promises: the document is complete and valid also when nothing was found or something could not be read. Places are those of the file,
/// also where the message was converted to wire form for its inspection.
/// Source: OASIS SARIF 2.1.0; its schema is what the tests validate against.
/// </remarks>
internal sealed class SarifWriter : IDisposable
{
    private static readonly Dictionary<string, int> RuleIndex =
        RuleCatalogue.All.Select((rule, index) => (rule.Name, index)).ToDictionary(rule => rule.Name, rule => rule.index, StringComparer.Ordinal);

    private readonly Utf8JsonWriter _json;
    private readonly string? _rulesUrl;
    private readonly List<(string Path, string Problem)> _unreadable = [];

    /// <summary>Begins the document.</summary>
    /// <param name="output">Left open.</param>
    /// <param name="version">Our version.</param>
    /// <param name="rulesUrl">Where docs/rules.md is published, for the help links of rules; null for none.</param>
    /// <param name="policies">Names of the entries of Policies and Exceptions that the messages are judged by.</param>
    public SarifWriter(Stream output, string version, string? rulesUrl, IReadOnlyList<string> policies)
    {
        _rulesUrl = rulesUrl;
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
        _json.WriteString("columnKind", "utf16CodeUnits");
        _json.WriteStartObject("properties");
        _json.WriteStartArray("policies");
        foreach (string policy in policies)
        {
            _json.WriteStringValue(policy);
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteStartArray("results");
    }

    /// <summary>Adds the findings of one message.</summary>
    public void Add(SourceMessage message, CheckLine line)
    {
        foreach (CheckFinding finding in line.Findings)
        {
            AddResult(message, line, finding);
        }
    }

    /// <summary>Adds what could not be read.</summary>
    public void AddUnreadable(string path, string problem) => _unreadable.Add((path, problem));

    /// <summary>Ends the document.</summary>
    public void Dispose()
    {
        _json.WriteEndArray();
        WriteInvocation();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Dispose();
    }

    /// <summary>A reference for a path: a file URI for an absolute one, else relative to where the command ran.</summary>
    internal static string UriOf(string path)
    {
        string full = path.Replace(Path.DirectorySeparatorChar, '/');
        string escaped = Uri.EscapeDataString(full).Replace("%2F", "/", StringComparison.Ordinal);
        return escaped.StartsWith('/') ? "file://" + escaped : escaped;
    }

    private static string Level(string action) => action switch { "allow" => "note", "tag" => "warning", _ => "error" };

    private void AddResult(SourceMessage message, CheckLine line, CheckFinding finding)
    {
        _json.WriteStartObject();
        _json.WriteString("ruleId", finding.Rule);
        _json.WriteNumber("ruleIndex", RuleIndex[finding.Rule]);
        _json.WriteString("level", Level(finding.Action));
        Rule rule = RuleCatalogue.All[RuleIndex[finding.Rule]];
        WriteText("message", $"{finding.Detail} ({finding.Clause}). {rule.Repair}");
        _json.WriteStartArray("locations");
        _json.WriteStartObject();
        _json.WriteStartObject("physicalLocation");
        WriteArtifact(line.Path);
        WriteRegion(FileRegion.Of(message, finding.Offset, finding.Length), finding.Excerpt);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteStartObject("partialFingerprints");
        byte[] evidence = Encoding.UTF8.GetBytes($"{finding.Rule}|{finding.Part}|{finding.Excerpt}");
        _json.WriteString("ruleAndEvidence/v1", XxHash64.HashToUInt64(evidence).ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
        _json.WriteEndObject();
        _json.WriteStartObject("properties");
        _json.WriteString("action", finding.Action);
        _json.WriteString("verdict", line.Verdict);
        _json.WriteNumber("message", line.Index);
        _json.WriteString("part", finding.Part);
        _json.WriteNumber("wireOffset", finding.Offset);
        _json.WriteNumber("wireLength", finding.Length);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteArtifact(string path)
    {
        _json.WriteStartObject("artifactLocation");
        _json.WriteString("uri", UriOf(path));
        _json.WriteEndObject();
    }

    private void WriteRegion(in FileRegion region, string excerpt)
    {
        _json.WriteStartObject("region");
        _json.WriteNumber("startLine", region.StartLine);
        _json.WriteNumber("startColumn", region.StartColumn);
        _json.WriteNumber("endLine", region.EndLine);
        _json.WriteNumber("endColumn", region.EndColumn);
        if (region.ByteOffset >= 0)
        {
            _json.WriteNumber("byteOffset", region.ByteOffset);
            _json.WriteNumber("byteLength", region.ByteLength);
        }

        WriteText("snippet", excerpt);
        _json.WriteEndObject();
    }

    private void WriteInvocation()
    {
        _json.WriteStartArray("invocations");
        _json.WriteStartObject();
        _json.WriteBoolean("executionSuccessful", _unreadable.Count == 0);
        _json.WriteStartArray("toolExecutionNotifications");
        foreach ((string path, string problem) in _unreadable)
        {
            _json.WriteStartObject();
            _json.WriteString("level", "error");
            WriteText("message", problem);
            _json.WriteStartArray("locations");
            _json.WriteStartObject();
            _json.WriteStartObject("physicalLocation");
            WriteArtifact(path);
            _json.WriteEndObject();
            _json.WriteEndObject();
            _json.WriteEndArray();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.WriteEndArray();
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
            WriteHelp(rule);
            if (_rulesUrl is not null)
            {
                _json.WriteString("helpUri", RuleText.HelpUri(_rulesUrl, rule));
            }

            _json.WriteStartObject("defaultConfiguration");
            _json.WriteString("level", Level(rule.Default.ToString().ToLowerInvariant()));
            _json.WriteEndObject();
            _json.WriteStartObject("properties");
            _json.WriteString("clause", rule.Clause);
            _json.WriteStartArray("tags");
            _json.WriteStringValue(JsonNamingPolicy.KebabCaseLower.ConvertName(rule.Category.ToString()));
            _json.WriteEndArray();
            _json.WriteEndObject();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteHelp(Rule rule)
    {
        _json.WriteStartObject("help");
        _json.WriteString("text", string.Join('\n', RuleText.Of(rule).Select(row => $"{row.Name}: {row.Text}")));
        _json.WriteString("markdown", string.Join("\n", RuleText.Of(rule).Select(row => $"- **{row.Name}**: {(row.Name == RuleText.Example ? $"`` {row.Text} ``" : row.Text)}")));
        _json.WriteEndObject();
    }

    private void WriteText(string name, string text)
    {
        _json.WriteStartObject(name);
        _json.WriteString("text", text);
        _json.WriteEndObject();
    }
}
