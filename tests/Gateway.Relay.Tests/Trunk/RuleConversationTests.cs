using Gateway.Mime;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>Holds the conversations among the samples of the rules with the whole relay: those of rules about the session and the envelope.</summary>
public sealed class RuleConversationTests
{
    /// <summary>Rules that take time or several connections to fire, or a network that is excepted, or a host behind that breaks; they have tests of their own.</summary>
    private static readonly RuleCode[] Unspoken = [RuleCode.DownstreamPoison, RuleCode.SlowData, RuleCode.ConnectionFlood, RuleCode.LineEndsNormalized];

    private static readonly string Samples = Repository.RuleSamples;

    public static TheoryData<string> Conversations =>
        [.. Directory.GetFiles(Samples, "*.smtp", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Samples, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task Conversation_OfARule_HitsOrMissesAsItsNameSays(string file)
    {
        string path = Path.Combine(Samples, file);
        string rule = Path.GetFileName(Path.GetDirectoryName(path)!);
        using MetricSums metrics = new();
        await using RelayRig rig = await RelayRig.StartAsync(
            new SmtpServerProfile { HostName = "gate.test", Limits = new SessionLimits { MessageBytes = 2000, Recipients = 5, JunkCommands = 12 } },
            meters: metrics);

        await GoldenConversation.Load(path).RunAsync(rig.EndPoint, null, RelayRig.Stop);

        bool refused = (await File.ReadAllLinesAsync(path, RelayRig.Stop)).Any(line => line is ['S', ':', ' ', '4' or '5', ..]);
        double found = Enum.GetValues<RuleAction>().Sum(action => metrics[$"gateway.findings|{rule}|{action.Name()}"]);
        bool hit = Path.GetFileName(path).StartsWith("hit-", StringComparison.Ordinal);
        Assert.Equal(hit, refused || found > 0);
    }

    [Fact]
    public void Conversations_OfEveryRuleOfTheSession_HitAndMiss()
    {
        foreach (Rule rule in RuleCatalogue.All.Where(rule => rule.External && !Unspoken.Contains(rule.Code)))
        {
            string folder = Path.Combine(Samples, rule.Name);
            Assert.True(Directory.Exists(folder), $"rule {rule.Name} has no samples");
            Assert.NotEmpty(Directory.GetFiles(folder, "hit-*.smtp"));
            Assert.NotEmpty(Directory.GetFiles(folder, "miss-*.smtp"));
        }
    }
}
