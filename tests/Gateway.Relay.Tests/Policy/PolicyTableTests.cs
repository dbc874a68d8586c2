using System.Net;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Policy;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Server;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Policy;

public sealed class PolicyTableTests
{
    private static readonly IPAddress Near = IPAddress.Parse("10.1.2.3");
    private static readonly IPAddress Far = IPAddress.Parse("203.0.113.9");
    private static readonly Rule Missing = Rule("missing-boundary");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 5, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Select_ScopeOfEveryKind_MatchesItsMailOnly()
    {
        PolicyTable table = Table(
            Entry("listener", new PolicyScope { Listeners = ["submission"] }, "malformed-tnef", RuleAction.Allow),
            Entry("network", new PolicyScope { Networks = Networks("10.0.0.0/8") }, "missing-boundary", RuleAction.Tag),
            Entry("sender", new PolicyScope { SenderDomains = ["example.org", "*.example.net"] }, "boundary-collision", RuleAction.Tag),
            Entry("recipient", new PolicyScope { RecipientDomains = ["ours.test"] }, "malformed-base64", RuleAction.Reject));

        Assert.Same(RulePolicy.Default, table.Select(table.OfSession("mx", Far), "a@x.test", ["b@y.test"]));
        RulePolicy near = table.Select(table.OfSession("SUBMISSION", Near), "a@x.test", ["b@y.test"]);
        Assert.Equal((RuleAction.Allow, RuleAction.Tag), (Action(near, "malformed-tnef"), Action(near, "missing-boundary")));
        UInt128 far = table.OfSession("mx", Far);
        Assert.Equal(RuleAction.Tag, Action(table.Select(far, "a@Example.ORG", ["b@y.test"]), "boundary-collision"));
        Assert.Equal(RuleAction.Tag, Action(table.Select(far, "a@deep.mx.example.net", ["b@y.test"]), "boundary-collision"));
        Assert.Equal(RuleAction.Quarantine, Action(table.Select(far, "a@example.net", ["b@y.test"]), "boundary-collision"));
        Assert.Equal(RuleAction.Quarantine, Action(table.Select(far, string.Empty, ["b@y.test"]), "boundary-collision"));
        Assert.Equal(RuleAction.Reject, Action(table.Select(far, "a@x.test", ["b@OURS.test"]), "malformed-base64"));
        Assert.Same(table.Select(far, "a@example.org", ["b@ours.test"]), table.Select(far, "z@example.org", ["c@ours.test", "d@ours.test"]));
    }

    [Fact]
    public void Matching_NamesWhatSelectLaysOver()
    {
        PolicyTable table = Table(
            Entry("listener", new PolicyScope { Listeners = ["mx"] }, "malformed-tnef", RuleAction.Allow),
            Entry("network", new PolicyScope { Networks = Networks("10.0.0.0/8") }, "missing-boundary", RuleAction.Tag),
            Entry("sender", new PolicyScope { SenderDomains = ["example.org"] }, "boundary-collision", RuleAction.Tag),
            Entry("recipient", new PolicyScope { RecipientDomains = ["ours.test"] }, "malformed-base64", RuleAction.Reject),
            Exception("ended", new PolicyScope { Listeners = ["mx"] }, Missing, RuleAction.Tag, TimeSpan.FromDays(-1)));

        Assert.Equal(["listener", "network", "sender", "recipient"], Matching("mx", Near, "a@example.org", "b@else.test", "c@ours.test"));
        Assert.Equal(["listener"], Matching("mx", Far, "a@x.test", "b@else.test"));
        Assert.Equal(["sender"], Matching(string.Empty, null, "a@example.org"));
        Assert.Empty(Matching(string.Empty, null, string.Empty));

        IEnumerable<string> Matching(string listener, IPAddress? client, string sender, params string[] recipients) =>
            table.Matching(table.OfSession(listener, client), sender, recipients).Select(e => e.Name);
    }

    [Fact]
    public void Select_SeveralMatch_TheLaterReplacesTheEarlierRuleByRule()
    {
        PolicyTable table = Table(
            Entry("first", new PolicyScope { Networks = Networks("10.0.0.0/8") }, "missing-boundary", RuleAction.Tag),
            Entry("other", new PolicyScope { Networks = Networks("10.1.0.0/16") }, "malformed-tnef", RuleAction.Tag),
            Entry("last", new PolicyScope { Networks = Networks("10.1.2.0/24") }, "missing-boundary", RuleAction.Reject));
        RulePolicy policy = table.Select(table.OfSession("mx", Near), "a@x.test", ["b@y.test"]);
        Assert.Equal((RuleAction.Reject, RuleAction.Tag), (Action(policy, "missing-boundary"), Action(policy, "malformed-tnef")));
    }

    [Fact]
    public void Select_RecipientsOfDifferentPolicies_TheStrictestCounts()
    {
        PolicyTable table = Table(
            Entry("mild", new PolicyScope { RecipientDomains = ["mild.test"] }, "missing-boundary", RuleAction.Tag),
            Entry("strict", new PolicyScope { RecipientDomains = ["strict.test"] }, "missing-boundary", RuleAction.Reject));
        UInt128 session = table.OfSession("mx", Far);
        Assert.Equal(RuleAction.Tag, Action(table.Select(session, "a@x.test", ["b@mild.test"]), "missing-boundary"));
        Assert.Equal(RuleAction.Quarantine, Action(table.Select(session, "a@x.test", ["b@mild.test", "c@else.test"]), "missing-boundary"));
        Assert.Equal(RuleAction.Reject, Action(table.Select(session, "a@x.test", ["b@mild.test", "c@else.test", "d@strict.test", "e@mild.test"]), "missing-boundary"));
    }

    [Fact]
    public void Select_ExceptionExpires_CountsNoMoreFromThatMoment()
    {
        PolicyTable table = Table(Exception("partner", new PolicyScope { SenderDomains = ["example.org"] }, Missing, RuleAction.Tag, TimeSpan.FromDays(1)));
        UInt128 session = table.OfSession("mx", Far);
        RulePolicy softened = table.Select(session, "a@example.org", ["b@y.test"]);
        Assert.Equal(RuleAction.Tag, softened.Resolve(Missing, RuleAction.Quarantine, nullSender: false, firm: false, out RuleExemption? used));
        Assert.Equal("partner", used?.Name);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Same(RulePolicy.Default, table.Select(session, "a@example.org", ["b@y.test"]));
    }

    [Fact]
    public void Resolve_ExceptionOfOneRecipientOnly_IsNotUsed()
    {
        PolicyTable table = Table(Exception("one", new PolicyScope { RecipientDomains = ["one.test"] }, Missing, RuleAction.Tag, TimeSpan.FromDays(1)));
        RulePolicy policy = table.Select(table.OfSession("mx", Far), "a@x.test", ["b@one.test", "c@two.test"]);
        Assert.Equal(RuleAction.Quarantine, policy.Resolve(Missing, RuleAction.Quarantine, nullSender: false, firm: false, out RuleExemption? used));
        Assert.Null(used);
    }

    [Theory]
    [InlineData("nonstandard-end-of-data", RuleAction.Reject, RuleAction.Reject)]
    [InlineData("nul-byte", RuleAction.Reject, RuleAction.Reject)]
    [InlineData("nul-byte", RuleAction.Quarantine, RuleAction.Tag)]
    [InlineData("parser-fault", RuleAction.Quarantine, RuleAction.Quarantine)]
    [InlineData("missing-boundary", RuleAction.Quarantine, RuleAction.Tag)]
    [InlineData("malformed-base64", RuleAction.Tag, RuleAction.Tag)]
    public void Resolve_WarnOnly_TagsWhatMayBeSoftened(string rule, RuleAction grade, RuleAction expected)
    {
        RulePolicy policy = RulePolicy.Default.With([new RuleLayer { WarnOnly = true }]);
        Assert.Equal(expected, policy.Resolve(Rule(rule), grade, nullSender: false, firm: false, out _));
        Assert.Equal(grade, policy.Resolve(Rule(rule), grade, nullSender: false, firm: true, out _));
    }

    [Theory]
    [InlineData("bare-lf")]
    [InlineData("bare-cr")]
    [InlineData("nonstandard-end-of-data")]
    [InlineData("parser-fault")]
    public void Mistakes_RuleThatHasNoExceptions_IsNamed(string rule)
    {
        RuleLayer exception = new() { Exemptions = [new RuleExemption("x", Rule(rule).Code, RuleAction.Tag)] };
        RuleLayer scoped = new() { Settings = [new(rule, new RuleSetting(RuleAction.Tag))] };
        Assert.Contains("has no exceptions", Assert.Single(exception.Mistakes()), StringComparison.Ordinal);
        Assert.Contains(scoped.Mistakes(), static mistake => mistake.Contains("for the whole gateway only", StringComparison.Ordinal));
        Assert.Empty(new RuleLayer { Settings = [new(rule, new RuleSetting(RuleAction.Reject))] }.Mistakes());
    }

    [Fact]
    public void Select_RandomDomains_CostNoMemory()
    {
        PolicyTable table = Table([.. Enumerable.Range(0, PolicyTable.MaxEntries).Select(i =>
            Entry($"e{i}", new PolicyScope { SenderDomains = [$"*.d{i}.test", $"s{i}.test"] }, "missing-boundary", RuleAction.Tag))]);
        UInt128 session = table.OfSession("mx", Far);
        Assert.Equal(RuleAction.Tag, Action(table.Select(session, "a@x.d127.test", ["b@y.test"]), "missing-boundary"));
        Assert.Same(RulePolicy.Default, table.Select(session, "a@nobody", ["b@y.test"]));
    }

    [Fact]
    public async Task CommitAsync_ScopesAndExceptions_DecideAndAreCounted()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        PolicyTable table = new(
            RulePolicy.Default,
            [
                Entry("inside", new PolicyScope { Listeners = ["inside"] }, "missing-boundary", RuleAction.Reject),
                Exception("ours", new PolicyScope { Networks = Networks("127.0.0.0/8"), RecipientDomains = ["soft.test"] }, Missing, RuleAction.Tag, TimeSpan.FromDays(3)),
            ],
            house.Time);
        house.Profile = house.Profile with { Policies = table };

        QuarantineEntry held = await house.QuarantinedAsync(await house.QueueAsync(RelayHouse.Malformed, "b@hard.test"));
        Assert.Equal("missing-boundary", held.WorstRule);
        await house.QueueAsync(RelayHouse.Malformed, "b@soft.test");
        await house.Server.WaitForMessagesAsync(1, RelayHouse.Ct);
        Assert.Equal(1, house.Metrics["gateway.exceptions.used|ours"]);
        Assert.Equal(new ExemptionUse(1, house.Time.GetUtcNow()), house.Relay.Exemptions.Of("ours"));
        Assert.Equal(1, house.Relay.Exemptions.Total);

        await using ISmtpReceiver inside = house.Relay.Receivers.Of("inside").Create(
            new SmtpPeer("s", new IPEndPoint(Far, 4025), new IPEndPoint(IPAddress.Loopback, 25)));
        house.Profile = house.Profile with { Control = new RelayControl(new NetworkList([IPNetwork.Parse("203.0.113.0/24")]), []) };
        Assert.Equal(550, (await inside.SayAsync(Encoding.Latin1.GetBytes(RelayHouse.Malformed), "a@example.org", "b@soft.test")).Code);
    }

    private PolicyTable Table(params PolicyEntry[] entries) => new(RulePolicy.Default, entries, _time);

    private static PolicyEntry Entry(string name, PolicyScope scope, string rule, RuleAction action) =>
        new(name, scope, new RuleLayer { Settings = [new(rule, new RuleSetting(action))] });

    private PolicyEntry Exception(string name, PolicyScope scope, Rule rule, RuleAction action, TimeSpan lasts) =>
        new(name, scope, new RuleLayer { Exemptions = [new RuleExemption(name, rule.Code, action)] }) { Expires = _time.GetUtcNow() + lasts };

    private static RuleAction Action(RulePolicy policy, string rule) => policy.ActionOf(Rule(rule));

    private static Rule Rule(string name) => RuleCatalogue.TryGet(name, out Rule? rule) ? rule : throw new ArgumentException(name);

    private static NetworkList Networks(string network) => new([IPNetwork.Parse(network)]);
}
