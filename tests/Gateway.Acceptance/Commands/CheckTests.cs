using System.Text;
using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Commands;

/// <summary><c>gateway check</c> over files, mbox files, folders and standard input.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CheckTests()
    {
        Directory.CreateDirectory(_directory["sub/deeper"]);
        Directory.CreateDirectory(_directory["good"]);
        // Stored form: every line ends in LF, which is not what would be sent.
        File.WriteAllText(_directory["good/stored.eml"], Mail.Clean("stored").ReplaceLineEndings("\n"));
        File.WriteAllText(_directory["good/wire.eml"], Mail.Clean("wire"));
        File.WriteAllText(
            _directory["good/two.mbox"],
            "From a@example.org Mon Nov 23 09:00:00 2026\n" + Mail.Clean("one").ReplaceLineEndings("\n")
            + "\nFrom b@example.org Mon Nov 23 09:00:01 2026\n" + Mail.Clean("two").ReplaceLineEndings("\n"));
        File.WriteAllText(_directory["sub/quarantined.eml"], Mail.Malformed("quarantined"));
        File.WriteAllText(_directory["sub/deeper/refused.eml"], Mail.Refused("refused"));
    }

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Check_FolderWithGoodAndBad_OneObjectAMessageAndExitOne()
    {
        ToolResult result = await CheckAsync([_directory.Path, "--format", "json"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Error);
        JsonElement[] all = [.. result.Lines.Select(l => JsonElement.Parse(l))];
        Assert.Equal(6, all.Length);
        foreach (JsonElement line in all)
        {
            Assert.Equal(
                ["path", "index", "size", "verdict", "findings", "elapsedMicroseconds", "policies"], line.EnumerateObject().Select(p => p.Name));
            Assert.True(line.GetProperty("elapsedMicroseconds").GetDouble() > 0);
        }

        Assert.Equal([0, 1], Of(all, "two.mbox").Select(l => l.GetProperty("index").GetInt32()));
        Assert.Equal(4, all.Count(l => l.GetProperty("verdict").GetString() == "allow"));
        JsonElement held = Assert.Single(Of(all, "quarantined.eml"));
        Assert.Equal("quarantine", held.GetProperty("verdict").GetString());
        Assert.Equal(Mail.Malformed("quarantined").Length, held.GetProperty("size").GetInt32());
        JsonElement finding = held.GetProperty("findings")[0];
        Assert.Subset(
            finding.EnumerateObject().Select(p => p.Name).ToHashSet(StringComparer.Ordinal),
            new HashSet<string>(["rule", "action", "offset", "length", "line", "part", "excerpt", "clause"], StringComparer.Ordinal));
        Assert.Equal("missing-boundary", finding.GetProperty("rule").GetString());
        Assert.Equal("quarantine", finding.GetProperty("action").GetString());
        Assert.Equal(Mail.Malformed("quarantined").IndexOf("Content-Type", StringComparison.Ordinal), finding.GetProperty("offset").GetInt32());
        Assert.Equal(7, finding.GetProperty("line").GetInt32());
        Assert.Equal("RFC 2046 5.1.1", finding.GetProperty("clause").GetString());
        JsonElement refused = Assert.Single(Of(all, "refused.eml"));
        Assert.Equal("reject", refused.GetProperty("verdict").GetString());
        Assert.Contains(refused.GetProperty("findings").EnumerateArray(), f => f.GetProperty("rule").GetString() == "nul-byte");

        // The size is that of the message as it would be sent.
        Assert.Equal(Mail.Clean("stored").Length, Assert.Single(Of(all, "stored.eml")).GetProperty("size").GetInt32());
        Assert.Equal(Mail.Clean("wire").Length, Assert.Single(Of(all, "wire.eml")).GetProperty("size").GetInt32());
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_ExitCodes_SayWhatWasFound()
    {
        Assert.Equal(0, (await CheckAsync([_directory["good"]])).ExitCode);
        Assert.Equal(1, (await CheckAsync([_directory["good"], _directory["sub/quarantined.eml"]])).ExitCode);
        ToolResult missing = await CheckAsync([_directory["good"], _directory["sub"], _directory["nothing-here"]]);
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("nothing-here", missing.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", missing.Error, StringComparison.Ordinal);
        Assert.Equal(64, (await CheckAsync([])).ExitCode);
        Assert.Equal(64, (await CheckAsync([_directory["good"], "--format", "yaml"])).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_StandardInput_IsReadAsOneSource()
    {
        ToolResult bad = await CheckAsync(["-", "--format", "json"], Encoding.Latin1.GetBytes(Mail.Malformed("stdin")));
        Assert.Equal(1, bad.ExitCode);
        Assert.Equal("-", JsonElement.Parse(Assert.Single(bad.Lines)).GetProperty("path").GetString());
        ToolResult good = (await CheckAsync(["-"], Encoding.Latin1.GetBytes(Mail.Clean("stdin").ReplaceLineEndings("\n")))).Good();
        Assert.Contains("1 allow", good.Output, StringComparison.Ordinal);
        ToolResult empty = await CheckAsync(["-"], []);
        Assert.DoesNotContain("   at ", empty.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_LineEndingsWire_TakesEveryOctetAsItIs()
    {
        Assert.Equal(0, (await CheckAsync([_directory["good/stored.eml"], "--line-endings", "auto"])).ExitCode);
        ToolResult wire = await CheckAsync([_directory["good/stored.eml"], "--line-endings", "wire", "--format", "json"]);
        Assert.Equal(1, wire.ExitCode);
        JsonElement line = JsonElement.Parse(Assert.Single(wire.Lines));
        Assert.Equal("reject", line.GetProperty("verdict").GetString());
        Assert.Contains(line.GetProperty("findings").EnumerateArray(), f => f.GetProperty("rule").GetString() == "bare-lf");
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_RuleOverride_ChangesTheVerdict()
    {
        string held = _directory["sub/quarantined.eml"];
        Assert.Equal(0, (await CheckAsync([held, "--Gateway:Rules:missing-boundary=tag"])).ExitCode);
        ToolResult rejected = await CheckAsync([held, "--format", "json", "--Gateway:Rules:missing-boundary=reject"]);
        Assert.Equal("reject", JsonElement.Parse(Assert.Single(rejected.Lines)).GetProperty("verdict").GetString());
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_Sarif_HasTheMembersThatReadersNeed()
    {
        ToolResult result = await CheckAsync([_directory.Path, "--format", "sarif"]);
        Assert.Equal(1, result.ExitCode);
        JsonElement sarif = JsonElement.Parse(result.Output);
        Assert.Equal("2.1.0", sarif.GetProperty("version").GetString());
        Assert.Contains("sarif-2.1.0", sarif.GetProperty("$schema").GetString(), StringComparison.Ordinal);
        JsonElement run = Assert.Single(sarif.GetProperty("runs").EnumerateArray());
        JsonElement driver = run.GetProperty("tool").GetProperty("driver");
        Assert.Equal("gateway", driver.GetProperty("name").GetString());
        HashSet<string> rules = [.. driver.GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()!)];
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.NotEmpty(results);
        foreach (JsonElement found in results)
        {
            Assert.Contains(found.GetProperty("ruleId").GetString()!, rules);
            Assert.Contains(found.GetProperty("level").GetString(), new[] { "warning", "error", "note" });
            Assert.NotEmpty(found.GetProperty("message").GetProperty("text").GetString()!);
            JsonElement place = found.GetProperty("locations")[0].GetProperty("physicalLocation");
            Assert.NotEmpty(place.GetProperty("artifactLocation").GetProperty("uri").GetString()!);
            Assert.True(place.GetProperty("region").GetProperty("startLine").GetInt32() >= 1);
            Assert.True(place.GetProperty("region").GetProperty("byteOffset").GetInt32() >= 0);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_NullSender_SoftensWhatBouncesOftenHave()
    {
        string path = _directory["bounce.eml"];
        await File.WriteAllTextAsync(
            path,
            Mail.Head("bounce") + "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=\"never\"; report-type=delivery-status\r\n\r\nUndelivered.\r\n",
            TestContext.Current.CancellationToken);
        ToolResult strict = await CheckAsync([path, "--format", "json", "--sender", Mail.Sender]);
        ToolResult soft = await CheckAsync([path, "--format", "json", "--sender", "<>"]);
        Assert.Equal("quarantine", JsonElement.Parse(Assert.Single(strict.Lines)).GetProperty("verdict").GetString());
        Assert.Equal("tag", JsonElement.Parse(Assert.Single(soft.Lines)).GetProperty("verdict").GetString());
        Assert.Equal(0, soft.ExitCode);
    }

    private static IEnumerable<JsonElement> Of(IEnumerable<JsonElement> lines, string file) =>
        lines.Where(l => l.GetProperty("path").GetString()!.EndsWith(file, StringComparison.Ordinal));

    private Task<ToolResult> CheckAsync(string[] arguments, byte[]? input = null) => Tool.RunAsync(
        GatewayUnderTest.Executable, ["check", .. arguments], input, new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOME"] = _directory.Path }, "/");
}
