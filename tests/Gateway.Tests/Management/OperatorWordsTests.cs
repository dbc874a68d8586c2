using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Api;
using Gateway.Commands;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Telemetry;
using Gateway.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>States, actions and verdicts have one word each, the same in configuration, metrics, log, API, commands and pages.</summary>
public sealed partial class OperatorWordsTests
{
    private static readonly string[] s_actions = [.. Enum.GetValues<RuleAction>().Select(static a => a.Name())];

    [Fact]
    public void Name_OfAStateOrDecision_IsTheSameInTheInterface()
    {
        Assert.All(Enum.GetValues<RelayState>(), static s => Assert.Equal($"\"{MemberName.Of(s)}\"", JsonSerializer.Serialize(s, ApiJson.Default.RelayState)));
        Assert.All(Enum.GetValues<QuarantineState>(), static s => Assert.Equal($"\"{MemberName.Of(s)}\"", JsonSerializer.Serialize(s, ApiJson.Default.QuarantineState)));
        Assert.All(Enum.GetValues<QuarantineAction>(), static s => Assert.Equal($"\"{MemberName.Of(s)}\"", JsonSerializer.Serialize(s, ApiJson.Default.QuarantineAction)));
    }

    [Fact]
    public void Action_OfTheConfiguration_IsReadByTheWordThatIsWritten() => Assert.All(Enum.GetValues<RuleAction>(), static action =>
    {
        Assert.True(RuleSetting.TryParseAction(action.Name(), out RuleAction read));
        Assert.Equal((action, MemberName.Of(action)), (read, action.Name()));
    });

    [Fact]
    public void States_OfCommandsAndQueries_AreThoseOfTheCode()
    {
        Assert.Equal(["active", "deferred", "on-hold"], QueueQuery.States.Names);
        Assert.Equal(Enum.GetValues<QuarantineState>().Select(MemberName.Of), QuarantineApi.States.Names);
        Assert.True(QueueQuery.States.TryParse("HELD", out RelayState queued) && queued == RelayState.OnHold);
        Assert.True(QuarantineApi.States.TryParse("held", out QuarantineState kept) && kept == QuarantineState.Quarantined);
    }

    [Fact]
    public void Labels_OfAllSeries_AreWordsOfTheCode()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        GatewayMetrics metrics = new(services.GetRequiredService<IMeterFactory>());
        Dictionary<string, HashSet<string>> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                all.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            foreach ((string tag, object? value) in tags)
            {
                string key = $"{instrument.Name}|{tag}";
                (seen.TryGetValue(key, out HashSet<string>? values) ? values : seen[key] = []).Add((string)value!);
            }
        });
        listener.Start();
        metrics.BeginAtZero();

        Assert.Equal(s_actions.Order(), seen["gateway.verdicts|action"].Order());
        Assert.Subset(s_actions.ToHashSet(), seen["gateway.findings|action"]);
        Assert.Subset(Enum.GetValues<QuarantineAction>().Select(MemberName.Of).ToHashSet(), seen["gateway.quarantine.decisions|action"]);
        Assert.Contains(MemberName.Of(RelayState.Quarantined), seen["gateway.messages.received|result"]);
        Assert.DoesNotContain(seen.Values.SelectMany(static v => v), static value => value is "held" or "accept");
    }

    [Fact]
    public void Pages_NeverSayHeldForAState()
    {
        string[] wrong =
        [
            .. from page in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
               from line in File.ReadLines(page)
               where Held().IsMatch(Other().Replace(line, string.Empty))
               select $"{Path.GetFileName(page)}: {line}",
        ];

        Assert.Empty(wrong);
    }

    [Fact]
    public void Pages_ListEachWordOfAStateAndAction()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        IEnumerable<string> words = [.. QueueQuery.States.Names, .. QuarantineApi.States.Names, .. s_actions];

        Assert.All(words, word => Assert.Contains($"`{word}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task FormerWords_AreUnderstood_WithAHint()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string id = await gateway.QuarantinedAsync();
        foreach ((string[] words, string hint) in ((string[], string)[])
            [
                (["queue", "list", "--state", "held"], "hint: --state held is --state on-hold now"),
                (["quarantine", "list", "--state", "held"], "hint: --state held is --state quarantined now"),
                (["quarantine", "discard", id, "--reason", "old script"], "hint: --reason is --note now"),
            ])
        {
            CommandRun run = await gateway.RunAsync(words);
            Assert.True(run.ExitCode == ExitCode.Ok && run.Error.Contains(hint, StringComparison.Ordinal), $"{string.Join(' ', words)}: {run.ExitCode} {run.Error}");
        }

        CommandRun filter = await gateway.RunAsync("queue", "list", "--reason", "held", "--state", "on-hold");
        Assert.Equal((ExitCode.Ok, string.Empty), (filter.ExitCode, filter.Error));
    }

    [GeneratedRegex(@"\bheld\b", RegexOptions.IgnoreCase)]
    private static partial Regex Held();

    // The word as a verb, in names of files, and where the pages tell of the former word.
    [GeneratedRegex(@"promise held|is held against it|How it is held to|segment that held the message|held with flock|a held megabyte|0014-held-is-held|held\.eml|`--state held`|`state=held`")]
    private static partial Regex Other();
}
