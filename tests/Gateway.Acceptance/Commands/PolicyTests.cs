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
        File.WriteAllText(_directory["mail/held.eml"], Mail.Malformed("held"));
        File.WriteAllText(_directory["mail/refused.eml"], Mail.Refused("refused"));
        File.WriteAllText(_directory["soft.json"], """{ "missing-boundary": "tag" }""");
        File.WriteAllText(_directory["hard.json"], """{ "Gateway": { "Rules": { "missing-boundary": "reject" } } }""");
    }

    public void Dispose() => _directory.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Check_Policy_JudgesByItAndCountsItsRules()
    {
        ToolResult soft = await RunAsync("check", _directory["mail/held.eml"], "--policy", _directory["soft.json"]);
        Assert.Equal(0, soft.ExitCode);
        Assert.Contains("missing-boundary", soft.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^missing-boundary +tag +1 +1$", soft.Output);
        Assert.Contains("1 messages in", soft.Output, StringComparison.Ordinal);
        ToolResult hard = await RunAsync("check", _directory["mail/held.eml"], "--policy", _directory["hard.json"], "--format", "json");
        Assert.Equal("reject", JsonElement.Parse(Assert.Single(hard.Lines)).GetProperty("verdict").GetString());
        Assert.Equal(66, (await RunAsync("check", _directory["mail"], "--policy", _directory["none.json"])).ExitCode);
        await File.WriteAllTextAsync(_directory["wrong.json"], """{ "no-such-rule": "tag" }""", TestContext.Current.CancellationToken);
        Assert.Equal(78, (await RunAsync("check", _directory["mail"], "--policy", _directory["wrong.json"])).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Diff_TwoPolicies_NamesTheMessagesThatChangeAndWhy()
    {
        ToolResult text = await RunAsync("rules", "diff", "default", _directory["soft.json"], _directory["mail"]);
        Assert.Equal(1, text.ExitCode);
        Assert.Matches("(?m)^missing-boundary +quarantine +tag$", text.Output);
        Assert.Contains("held.eml#0: quarantine -> tag  (missing-boundary quarantine -> tag)", text.Output, StringComparison.Ordinal);
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
