using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>The table itself: complete, without idle rows, and the same as in the documentation.</summary>
public sealed class FailureTableTests
{
    private static readonly SmtpReply?[] Replies =
    [
        null, Reply(421, "4.3.2", "bye"), Reply(451, "4.3.0", "x"), Reply(452, "", "x"), Reply(450, "4.2.1", "x"), Reply(503, "5.5.1", "x"),
        Reply(530, "5.7.0", "x"), Reply(550, "5.1.1", "x"), Reply(554, "", "too many messages"), Reply(250, "2.0.0", "what"),
    ];

    [Fact]
    public void EveryFailure_HasARow_AndEveryRowHasFailures()
    {
        HashSet<string> asked = [];
        foreach (Failure failure in Failures())
        {
            FailureRule rule = FailureTable.Rules.First(r => r.Applies(failure));
            Assert.Equal(rule.Scope, FailureTable.ScopeOf(failure));
            asked.Add(rule.When);
        }

        Assert.Equal(FailureTable.Rules.Select(static r => r.When), FailureTable.Rules.Select(static r => r.When).Where(asked.Contains));
    }

    [Fact]
    public void NothingOfTheHostOrTheSession_IsSaidBehindTheContent_But421()
    {
        foreach (Failure failure in Failures().Where(static f => f.Step >= DeliveryStep.Body && f.Reply is not { Code: 421 }))
        {
            Assert.Contains(FailureTable.ScopeOf(failure), (FailureScope[])[FailureScope.Message, FailureScope.Gateway]);
        }
    }

    [Fact]
    public void Operations_ShowTheSameRows()
    {
        string[] shown = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "operations.md"))];
        string[] rows = [.. FailureTable.Rules.Select(static r => $"| {r.When} | {r.Scope.ToString().ToLowerInvariant()} | {r.Because} |")];
        Assert.Equal(rows, shown.Where(rows.Contains));
    }

    private static IEnumerable<Failure> Failures() =>
        from step in Enum.GetValues<DeliveryStep>()
        from outcome in Enum.GetValues<DeliveryOutcome>()
        where outcome != DeliveryOutcome.Delivered
        from reply in Replies
        from used in (bool[])[false, true]
        from inClear in (bool[])[false, true]
        select new Failure(step, outcome, reply, used, inClear);

    private static SmtpReply Reply(int code, string enhanced, string text) =>
        new(code, EnhancedCode.TryParse(enhanced, out EnhancedCode parsed, out _) ? parsed : default, text);
}
