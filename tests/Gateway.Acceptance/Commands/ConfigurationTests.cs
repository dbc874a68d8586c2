using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Commands;

/// <summary>Configuration, the rule catalogue and help, as a person meets them.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task ConfigCheck_Mistakes_AreAllNamedWithWhatWasMeant()
    {
        await WriteAsync("""
            {
              "Gateway": {
                "HostNam": "mx.example.org",
                "Limits": { "MessageBytes": "5XB", "Recipients": 0 },
                "Rules": { "bare-fl": "reject", "bare-lf": "perhaps" }
              }
            }
            """);
        ToolResult result = await RunAsync(["config", "check"]);
        Assert.Equal(78, result.ExitCode);
        foreach (string part in new[] { "did you mean \"Gateway:HostName\"", "Gateway:Limits:MessageBytes", "Gateway:Limits:Recipients", "did you mean \"Gateway:Rules:bare-lf\"", "perhaps", "gateway.json:3" })
        {
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
        }

        // The same mistakes stop a start, before anything is opened.
        ToolResult run = await RunAsync(["run"]);
        Assert.Equal(78, run.ExitCode);
        Assert.Contains("did you mean \"Gateway:HostName\"", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task ConfigShow_FileEnvironmentCommandLine_LaterWins()
    {
        await WriteAsync("""{ "Gateway": { "HostName": "file.example.org", "Limits": { "Recipients": 11 }, "Relay": { "Concurrency": 7 } } }""");
        ToolResult shown = (await RunAsync(
            ["config", "show", "--format", "json", "--Gateway:HostName=line.example.org"],
            ("Gateway__HostName", "environment.example.org"), ("Gateway__Limits__Recipients", "22"))).Good();
        JsonElement gateway = JsonElement.Parse(shown.Output).GetProperty("Gateway");
        Assert.Equal("line.example.org", gateway.GetProperty("HostName").GetString());
        Assert.Equal(22, gateway.GetProperty("Limits").GetProperty("Recipients").GetInt32());
        Assert.Equal(7, gateway.GetProperty("Relay").GetProperty("Concurrency").GetInt32());

        // What it shows is a configuration file.
        await WriteAsync(shown.Output);
        (await RunAsync(["config", "check"])).Good();
        ToolResult other = await RunAsync(["config", "check", "--config", _directory["missing.json"]]);
        Assert.Equal(78, other.ExitCode);
        Assert.Contains("missing.json", other.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Rules_ListAndShow_TellTheCatalogue()
    {
        ToolResult json = (await RunAsync(["rules", "list", "--format", "json"])).Good();
        JsonElement[] rules = [.. json.Lines.Select(l => JsonElement.Parse(l))];
        Assert.True(rules.Length >= 30);
        Assert.All(rules, r => Assert.NotEmpty(r.GetProperty("clause").GetString()!));
        ToolResult text = (await RunAsync(["rules", "list", "--Gateway:Rules:bare-lf=tag"])).Good();
        Assert.All(rules, r => Assert.Contains(r.GetProperty("name").GetString()!, text.Output, StringComparison.Ordinal));
        Assert.Matches(@"(?m)^bare-lf +tag ", text.Output);

        ToolResult one = (await RunAsync(["rules", "show", "bare-lf"])).Good();
        foreach (string part in new[] { "RFC 5321 2.3.8", "trigger", "danger", "repair", "reject" })
        {
            Assert.Contains(part, one.Output, StringComparison.Ordinal);
        }

        ToolResult wrong = await RunAsync(["rules", "show", "bare-fl"]);
        Assert.Equal(66, wrong.ExitCode);
        Assert.Contains("Did you mean 'bare-lf'?", wrong.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task Help_OfEveryCommand_ExplainsIt()
    {
        string[] commands =
        [
            "", "run", "demo", "drill", "drill list", "drill poison-hang", "check", "rules", "rules list", "rules show", "config", "config check", "config show", "queue", "queue list", "queue show",
            "queue retry", "queue remove", "queue move", "queue bounce", "queue export", "queue import", "quarantine", "quarantine list", "quarantine show", "quarantine release", "quarantine discard",
            "quarantine export", "status",
        ];
        foreach (string command in commands)
        {
            ToolResult help = (await RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Good();
            Assert.Contains("Description:", help.Output, StringComparison.Ordinal);
            Assert.Contains($"gateway {command}".TrimEnd(), help.Output, StringComparison.Ordinal);
            Assert.Empty(help.Error);
        }

        ToolResult wrong = await RunAsync(["quarantin", "list"]);
        Assert.Equal(64, wrong.ExitCode);
        Assert.Contains("gateway --help", wrong.Error, StringComparison.Ordinal);
        Assert.StartsWith("0.1.0", (await RunAsync(["--version"])).Good().Output, StringComparison.Ordinal);
    }

    private Task WriteAsync(string json) => File.WriteAllTextAsync(_directory["gateway.json"], json, TestContext.Current.CancellationToken);

    private Task<ToolResult> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        Dictionary<string, string?> variables = environment.ToDictionary(e => e.Name, e => (string?)e.Value, StringComparer.Ordinal);
        variables["HOME"] = _directory.Path;
        return Tool.RunAsync(GatewayUnderTest.Executable, arguments, environment: variables, directory: _directory.Path);
    }
}
