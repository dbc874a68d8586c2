using System.Net;
using Gateway.Commands;
using Gateway.Configuration;
using Gateway.Mime;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class PolicyFileTests
{
    private static readonly Rule LineTooLong = RuleCatalogue.Get(RuleCode.LineTooLong);
    private static readonly Rule MissingBoundary = RuleCatalogue.Get(RuleCode.MissingBoundary);
    private static readonly MailOrigin Anything = new(null, null, null, []);

    private const string Scoped = """
        {
          "Gateway": {
            "Listeners": [ { "Endpoint": "127.0.0.1:2587", "Name": "inside" }, { "Endpoint": "127.0.0.1:2525" } ],
            "Policies": [
              { "Name": "inside", "Listeners": ["127.0.0.1:2587"], "Rules": { "missing-boundary": "tag" } },
              { "Name": "near", "Networks": ["10.0.0.0/8"], "Rules": { "missing-boundary": "reject" } },
              { "Name": "sender", "SenderDomains": ["*.example.org"], "Rules": { "missing-boundary": "allow" } },
              { "Name": "recipient", "RecipientDomains": ["ours.test"], "Rules": { "missing-boundary": "tag" } }
            ]
          }
        }
        """;

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
        GatewayOptions options = new() { Rules = new Dictionary<string, ConfiguredRule>(StringComparer.Ordinal) { ["missing-boundary"] = new("reject", new Dictionary<string, long>(StringComparer.Ordinal)) } };

        Assert.Equal(RuleAction.Quarantine, PolicyFile.Load("default", options, Anything).Rules.ActionOf(MissingBoundary));
        Assert.Equal(RuleAction.Reject, PolicyFile.Load("current", options, Anything).Rules.ActionOf(MissingBoundary));
        Assert.Equal(ExitCode.NotFound, Assert.Throws<CommandFailedException>(() => PolicyFile.Load("/no/such/policy", options, Anything)).ExitCode);
    }

    [Theory]
    [InlineData("", "", "", "", RuleAction.Quarantine, "")]
    [InlineData("INSIDE", "", "", "", RuleAction.Tag, "inside")]
    [InlineData("127.0.0.1:2587", "", "", "", RuleAction.Tag, "inside")]
    [InlineData("127.0.0.1:2525", "", "", "", RuleAction.Quarantine, "")]
    [InlineData("", "10.1.2.3", "", "", RuleAction.Reject, "near")]
    [InlineData("inside", "10.1.2.3", "", "", RuleAction.Reject, "inside near")]
    [InlineData("", "", "ada@mx.example.org", "", RuleAction.Allow, "sender")]
    [InlineData("", "", "ada@example.net", "bob@ours.test", RuleAction.Tag, "recipient")]
    [InlineData("", "", "ada@mx.example.org", "bob@ours.test eve@elsewhere.test", RuleAction.Tag, "sender recipient")]
    [InlineData("", "", "", "bob@ours.test eve@elsewhere.test", RuleAction.Quarantine, "recipient")]
    public void Load_ScopedPolicies_AreThoseOfTheMailAskedAbout(
        string listener, string client, string sender, string recipients, RuleAction action, string applied)
    {
        MailOrigin mail = new(
            listener.Length > 0 ? listener : null, client.Length > 0 ? IPAddress.Parse(client) : null, sender.Length > 0 ? sender : null,
            recipients.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        SelectedPolicy policy = Load(Scoped, mail);

        Assert.Equal(action, policy.Rules.ActionOf(MissingBoundary));
        Assert.Equal(applied, string.Join(' ', policy.AppliedNames));
        Assert.Contains(applied.Length > 0 ? "and over them policy" : "none of its 4", policy.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ExceptionOfAFile_SoftensAndIsNamed()
    {
        const string File = """
            { "Exceptions": [ { "Name": "partner", "Rule": "missing-boundary", "SenderDomains": ["example.org"], "Reason": "old", "Author": "ada", "Expires": "2999-01-31" },
                              { "Name": "ended", "Rule": "missing-boundary", "SenderDomains": ["example.org"], "Reason": "old", "Author": "ada", "Expires": "2020-01-31" } ] }
            """;

        SelectedPolicy policy = Load(File, Anything with { Sender = "ada@example.org" });

        Assert.Equal(["partner"], policy.AppliedNames);
        Assert.EndsWith("and over them exception 'partner' (from example.org)", policy.Describe(), StringComparison.Ordinal);
        Assert.Equal(new RuleExemption("partner", RuleCode.MissingBoundary, RuleAction.Tag), Assert.Single(policy.Applied[0].Layer.Exemptions));
    }

    [Theory]
    [InlineData("""{ "Policies": [ { "Name": "x", "Listeners": ["inside"], "Rules": { "missing-boundary": "tag" } } ] }""", "there is no such listener")]
    [InlineData("""{ "Policies": [ { "Name": "x", "Rules": { "missing-boundary": "tag" } } ] }""", "is for all mail")]
    [InlineData("""{ "Policies": [ { "Name": "x", "SenderDomains": ["a.test"], "Rules": { "bare-lf": "tag" } } ] }""", "for the whole gateway only")]
    public void Load_MistakeInPolicies_IsNamed(string json, string expected)
    {
        CommandFailedException failed = Assert.Throws<CommandFailedException>(() => Load(json, Anything));

        Assert.Equal(ExitCode.Configuration, failed.ExitCode);
        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PolicyForAListenerOfTheConfiguration_NeedsNoListenersInTheFile()
    {
        const string File = """{ "Policies": [ { "Name": "x", "Listeners": ["inside"], "Rules": { "missing-boundary": "tag" } } ] }""";
        GatewayOptions configured = new() { Listeners = [new ListenerOptions { Name = "inside" }] };

        Assert.Equal(["x"], Load(File, Anything with { Listener = "inside" }, configured).AppliedNames);
        Assert.Empty(Load(File, Anything, configured).AppliedNames);
    }

    [Fact]
    public void Load_ListenerThatThereIsNot_IsAUsageErrorThatNamesThem()
    {
        CommandFailedException failed = Assert.Throws<CommandFailedException>(() => Load(Scoped, Anything with { Listener = "outside" }));

        Assert.Equal(ExitCode.Usage, failed.ExitCode);
        Assert.Contains("inside, 127.0.0.1:2525", failed.Message, StringComparison.Ordinal);
    }

    private static RulePolicy Load(string json) => Load(json, Anything).Rules;

    private static SelectedPolicy Load(string json, MailOrigin mail, GatewayOptions? configured = null)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "policy.json");
        File.WriteAllText(path, json);
        return PolicyFile.Load(path, configured ?? new GatewayOptions(), mail);
    }
}
