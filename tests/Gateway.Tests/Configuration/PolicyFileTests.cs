using Gateway.Commands;
using Gateway.Configuration;
using Gateway.Mime;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class PolicyFileTests
{
    private static readonly Rule LineTooLong = RuleCatalogue.Get(RuleCode.LineTooLong);
    private static readonly Rule MissingBoundary = RuleCatalogue.Get(RuleCode.MissingBoundary);

    [Theory]
    [InlineData("""{ "missing-boundary": "tag", "line-too-long": { "Tag": 2000 } }""")]
    [InlineData("""{ "Rules": { "missing-boundary": "tag", "line-too-long": { "Tag": 2000 } } }""")]
    [InlineData("""{ "Gateway": { "Rules": { "missing-boundary": "tag", "line-too-long:Tag": 2000 } } }""")]
    [InlineData("""{ "$schema": "x", "Gateway": { "HostName": "mx.example.org", "Rules": { "Missing-Boundary": "Tag", "line-too-long": { "Tag": "2000" } } } }""")]
    [InlineData("{ // a comment\n \"missing-boundary\": \"tag\", \"line-too-long\": { \"Tag\": 2000 }, }")]
    public void Load_EachForm_IsTheSamePolicy(string json)
    {
        RulePolicy policy = Load(json);

        Assert.Equal(RuleAction.Tag, policy.ActionOf(MissingBoundary));
        Assert.Equal(2000, policy.ThresholdsOf(LineTooLong)?.Tag);
        Assert.Equal(RuleAction.Reject, policy.ActionOf(RuleCatalogue.Get(RuleCode.BareLf)));
    }

    [Theory]
    [InlineData("""{ "missing-bondary": "tag" }""", "did you mean \"Gateway:Rules:missing-boundary\"?")]
    [InlineData("{\n \"missing-boundary\": \"drop\" }", "policy.json:2: Gateway:Rules:missing-boundary = \"drop\"")]
    [InlineData("""{ "missing-boundary": { "Tag": 3 } }""", "measures nothing")]
    [InlineData("""{ "line-too-long": { "Tag": 9, "Quarantine": 3 } }""", "must rise")]
    [InlineData("""[ "missing-boundary" ]""", "expected an object")]
    [InlineData("""{ "missing-boundary" }""", "not JSON")]
    public void Load_Mistake_IsNamedAndIsAConfigurationError(string json, string expected)
    {
        CommandFailedException failed = Assert.Throws<CommandFailedException>(() => Load(json));

        Assert.Equal(ExitCode.Configuration, failed.ExitCode);
        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Words_NeedNoFile()
    {
        GatewayOptions options = new() { Rules = new Dictionary<string, Gateway.Configuration.RuleSetting>(StringComparer.Ordinal) { ["missing-boundary"] = new("reject", new Dictionary<string, long>(StringComparer.Ordinal)) } };

        Assert.Equal(RuleAction.Quarantine, PolicyFile.Load("default", options).ActionOf(MissingBoundary));
        Assert.Equal(RuleAction.Reject, PolicyFile.Load("current", options).ActionOf(MissingBoundary));
        Assert.Equal(ExitCode.NotFound, Assert.Throws<CommandFailedException>(() => PolicyFile.Load("/no/such/policy", options)).ExitCode);
    }

    private static RulePolicy Load(string json)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "policy.json");
        File.WriteAllText(path, json);
        return PolicyFile.Load(path, new GatewayOptions());
    }
}
