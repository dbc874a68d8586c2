using System.Text.Json;
using Gateway.Acceptance.Harness;
using Gateway.TestKit;

namespace Gateway.Acceptance.Commands;

/// <summary><c>gateway check --policy</c>, <c>gateway rules diff</c> and the text of <c>check</c> and <c>rules show</c>.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public PolicyTests()
    {
        Directory.CreateDirectory(_directory["mail"]);
        File.WriteAllText(_directory["mail/clean.eml"], Mail.Clean("clean"));
        File.WriteAllText(_directory["mail/quarantined.eml"], Mail.Malformed("quarantined"));
        File.WriteAllText(_directory["mail/refused.eml"], Mail.Refused("refused"));
        File.WriteAllText(_directory["soft.json"], """{ "missing-boundary": "tag" }""");
        File.WriteAllText(_directory["hard.json"], """{ "Gateway": { "Rules": { "missing-boundary": "reject" } } }""");
    }

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Check_Policy_JudgesByItAndCountsItsRules()
    {
        ToolResult soft = await RunAsync("check", _directory["mail/quarantined.eml"], "--policy", _directory["soft.json"]);
        Assert.Equal(0, soft.ExitCode);
        Assert.Contains("missing-boundary", soft.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^missing-boundary +tag +1 +1$", soft.Output);
        Assert.Contains("1 messages in", soft.Output, StringComparison.Ordinal);
        ToolResult hard = await RunAsync("check", _directory["mail/quarantined.eml"], "--policy", _directory["hard.json"], "--format", "json");
        Assert.Equal("reject", JsonElement.Parse(Assert.Single(hard.Lines)).GetProperty("verdict").GetString());
        Assert.Equal(66, (await RunAsync("check", _directory["mail"], "--policy", _directory["none.json"])).ExitCode);
        await File.WriteAllTextAsync(_directory["wrong.json"], """{ "no-such-rule": "tag" }""", TestContext.Current.CancellationToken);
        Assert.Equal(78, (await RunAsync("check", _directory["mail"], "--policy", _directory["wrong.json"])).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_ScopedPolicy_CountsForItsMailOnlyAndIsNamed()
    {
        string policy = _directory["scoped.json"];
        await File.WriteAllTextAsync(
            policy,
            """{ "Policies": [ { "Name": "partners", "Networks": ["192.0.2.0/24"], "SenderDomains": ["example.org"], "Rules": { "missing-boundary": "tag" } } ] }""",
            TestContext.Current.CancellationToken);
        string held = _directory["mail/quarantined.eml"];
        string[] partner = ["--client", "192.0.2.7", "--sender", "ada@example.org"];

        ToolResult stranger = await RunAsync("check", held, "--policy", policy, "--client", "192.0.2.7");
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("none of its 1 Policies and Exceptions is for this mail", stranger.Output, StringComparison.Ordinal);
        ToolResult text = await RunAsync(["check", held, "--policy", policy, .. partner]);
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("over them policy 'partners' (client 192.0.2.0/24; from example.org).", text.Output, StringComparison.Ordinal);
        ToolResult json = await RunAsync(["check", held, "--policy", policy, "--format", "json", .. partner]);
        Assert.Equal("partners", Assert.Single(JsonElement.Parse(Assert.Single(json.Lines)).GetProperty("policies").EnumerateArray()).GetString());
        ToolResult sarif = await RunAsync(["check", held, "--policy", policy, "--format", "sarif", .. partner]);
        JsonElement run = JsonElement.Parse(sarif.Output).GetProperty("runs")[0];
        Assert.Equal("partners", Assert.Single(run.GetProperty("properties").GetProperty("policies").EnumerateArray()).GetString());

        ToolResult diff = await RunAsync(["rules", "diff", "default", policy, _directory["mail"], .. partner]);
        Assert.Equal(1, diff.ExitCode);
        Assert.Contains("B: the rules of", diff.Output, StringComparison.Ordinal);
        Assert.Contains("quarantined.eml#0: quarantine -> tag", diff.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("rules", "diff", "default", policy, _directory["mail"])).ExitCode);

        Assert.Equal(64, (await RunAsync("check", held, "--client", "nobody")).ExitCode);
        Assert.Equal(64, (await RunAsync("check", held, "--listener", "nowhere")).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Diff_TwoPolicies_NamesTheMessagesThatChangeAndWhy()
    {
        ToolResult text = await RunAsync("rules", "diff", "default", _directory["soft.json"], _directory["mail"]);
        Assert.Equal(1, text.ExitCode);
        Assert.Matches("(?m)^missing-boundary +quarantine +tag$", text.Output);
        Assert.Contains("quarantined.eml#0: quarantine -> tag  (missing-boundary quarantine -> tag)", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("clean.eml", text.Output, StringComparison.Ordinal);
        Assert.Contains("3 messages: 1 judged differently, 0 unreadable", text.Output, StringComparison.Ordinal);
        ToolResult json = await RunAsync("rules", "diff", _directory["soft.json"], _directory["hard.json"], _directory["mail"], "--format", "json");
        JsonElement change = JsonElement.Parse(Assert.Single(json.Lines));
        Assert.Equal(("tag", "reject"), (change.GetProperty("before").GetString(), change.GetProperty("after").GetString()));
        Assert.Equal("missing-boundary", Assert.Single(change.GetProperty("rules").EnumerateArray()).GetProperty("rule").GetString());
        ToolResult same = await RunAsync("rules", "diff", "default", "current", _directory["mail"]);
        Assert.Equal(0, same.ExitCode);
        Assert.Contains("Both policies say the same.", same.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("rules", "diff", "default", "current", _directory["nothing"])).ExitCode);
        Assert.Equal(64, (await RunAsync("rules", "diff", "default", "current")).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_Text_UnderlinesAndSaysWhatToMend()
    {
        ToolResult result = await RunAsync("check", _directory["mail/refused.eml"]);
        Assert.Equal(1, result.ExitCode);
        string[] lines = [.. result.Lines];
        int found = Array.FindIndex(lines, line => line.Contains("nul-byte", StringComparison.Ordinal));
        int at = lines[found + 1].IndexOf("\\x00", StringComparison.Ordinal);
        Assert.Equal("^^^^", lines[found + 2][at..].TrimEnd());
        Assert.Equal(at, lines[found + 2].IndexOf('^', StringComparison.Ordinal));
        Assert.Contains("clause RFC 5321", lines[found + 3], StringComparison.Ordinal);
        Assert.Contains("repair Encode binary content", lines[found + 4], StringComparison.Ordinal);
        ToolResult shown = (await RunAsync("rules", "show", "nul-byte")).Good();
        Assert.Contains(lines[found + 4].Trim()["repair ".Length..], shown.Output, StringComparison.Ordinal);
        Assert.Contains("docs/rules.md#nul-byte", shown.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_All_ShowsWhatIsOnlyCounted()
    {
        await File.WriteAllTextAsync(
            _directory["no-recipient.eml"], "From: ada@example.org\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\ntext\r\n", TestContext.Current.CancellationToken);
        ToolResult plain = (await RunAsync("check", _directory["no-recipient.eml"])).Good();
        ToolResult all = (await RunAsync("check", _directory["no-recipient.eml"], "--all")).Good();
        Assert.DoesNotContain("recipient-header-missing", plain.Output, StringComparison.Ordinal);
        Assert.Contains("recipient-header-missing", all.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Check_SarifRulesUrl_LeadsToTheRule()
    {
        string url = "https://docs.example.org/rules.md";
        ToolResult result = await RunAsync("check", _directory["mail"], "--format", "sarif", "--rules-url", url);
        JsonElement rule = JsonElement.Parse(result.Output).GetProperty("runs")[0].GetProperty("tool").GetProperty("driver").GetProperty("rules")[0];
        Assert.Equal($"{url}#{rule.GetProperty("id").GetString()}", rule.GetProperty("helpUri").GetString());
        Assert.Equal(64, (await RunAsync("check", _directory["mail"], "--rules-url", "nowhere")).ExitCode);
    }

    private Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(
        GatewayUnderTest.Executable, arguments, null, new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOME"] = _directory.Path }, "/");
}
