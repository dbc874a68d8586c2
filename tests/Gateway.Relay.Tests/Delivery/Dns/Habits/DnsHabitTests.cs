using System.Net;
using Gateway.Relay.Delivery.Dns;
using Gateway.Relay.Delivery.Dns.Resolver;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Telemetry;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Client;
using Gateway.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Dns.Habits;

/// <summary>
/// Each habit of the table at a server of ours. The law: mail never waits more than 30 s longer than the zone means, never bounces for a failure,
/// and half an answer is never used for longer than 30 s.
/// </summary>
public sealed class DnsHabitTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static TheoryData<string> Names => [.. DnsHabits.All.Select(static h => h.Name)];

    public static TheoryData<string> Failing =>
        [.. DnsHabits.All.Where(static h => h is { Truth: MailFate.Goes, Decided: MailFate.Waits }).Select(static h => h.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Habit_IsBorne(string name)
    {
        DnsHabit habit = DnsHabits.All.Single(h => h.Name == name);
        FakeTimeProvider time = new();
        await using ScriptedDnsServer server = Server(time);
        habit.Script(server);
        (MxLookup lookup, VirtualRun run) = Lookup(time, server);

        ((MailFate fate, string addresses), TimeSpan took) = run.Run(() => FateAsync(lookup));
        Assert.Equal(habit.Decided, fate);
        Assert.InRange(took.TotalSeconds, 0, habit.Within);
        Assert.Equal(habit.Decided == MailFate.Goes ? habit.Addresses ?? $"{DnsHabits.V6} {DnsHabits.V4}" : string.Empty, addresses);

        if (habit.IsStopgap)
        {
            await using ScriptedDnsServer right = Server(time);
            Mend(server, right);
            time.Advance(DnsCache<string>.FailureHold);
            ((fate, addresses), took) = run.Run(() => FateAsync(lookup));
            Assert.Equal(habit.Truth, fate);
            Assert.InRange(took.TotalSeconds, 0, 0.2);
            Assert.Equal($"{DnsHabits.V6} {DnsHabits.V4}", addresses);
        }
    }

    [Fact]
    public void Table_KeepsTheLaw()
    {
        Assert.True(DnsHabits.All.Count >= 40);
        Assert.All(DnsHabits.All, static h => Assert.InRange(h.Within, 0, 30));
        Assert.All(DnsHabits.All, static h => Assert.True(h.Decided == h.Truth || h.Decided == MailFate.Waits, h.Name));
        Assert.All(DnsHabits.All, static h => Assert.True(h.Addresses is null || h.Decided == MailFate.Goes, h.Name));
    }

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task Habit_OfTheFirstServer_IsMadeGoodByTheSecond(string name)
    {
        DnsHabit habit = DnsHabits.All.Single(h => h.Name == name);
        FakeTimeProvider time = new();
        await using ScriptedDnsServer first = Server(time);
        await using ScriptedDnsServer second = Server(time);
        habit.Script(first);
        (MxLookup lookup, VirtualRun run) = Lookup(time, first, second);
        ((MailFate fate, string addresses), TimeSpan took) = run.Run(() => FateAsync(lookup));
        Assert.Equal(MailFate.Goes, fate);
        Assert.Equal($"{DnsHabits.V6} {DnsHabits.V4}", addresses);
        Assert.InRange(took.TotalSeconds, 0, 4.3);
    }

    [Theory]
    [InlineData(0L, 5)]
    [InlineData(uint.MaxValue, 5)]
    [InlineData(300L, 300)]
    [InlineData((long)int.MaxValue, 86_400)]
    public async Task Life_IsKeptWithinBounds(long life, int seconds) => await AskedAgainAsync(s => s.TimeToLive = life, seconds);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(60, 60)]
    [InlineData(int.MaxValue, 3600)]
    [InlineData(null, 300)]
    public async Task LifeOfNothing_IsTheZonesWithinBounds(int? life, int seconds) => await AskedAgainAsync(
        s =>
        {
            s.NegativeTimeToLive = life;
            s.Habit = (q, _) => DnsWire.Reply(q, [], 3, life is int negative ? [DnsWire.Zone("test", int.MaxValue, negative)] : []);
        },
        seconds);

    private static async Task AskedAgainAsync(Action<ScriptedDnsServer> script, int seconds)
    {
        FakeTimeProvider time = new();
        await using ScriptedDnsServer server = Server(time);
        script(server);
        (MxLookup lookup, VirtualRun run) = Lookup(time, server);
        run.Run(() => FateAsync(lookup));
        time.Advance(TimeSpan.FromSeconds(seconds - 1));
        run.Run(() => FateAsync(lookup));
        Assert.Single(server.Questions, static q => q.StartsWith("MX ", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromSeconds(1));
        run.Run(() => FateAsync(lookup));
        Assert.Equal(2, server.Questions.Count(static q => q.StartsWith("MX ", StringComparison.Ordinal)));
    }

    internal static ScriptedDnsServer Server(TimeProvider time)
    {
        ScriptedDnsServer server = new() { Time = time };
        server.Mx(DnsHabits.Domain, (10, DnsHabits.Host));
        server.Address(DnsHabits.Host, DnsHabits.V4, DnsHabits.V6);
        return server;
    }

    /// <summary>The server answers what another one does.</summary>
    private static void Mend(ScriptedDnsServer server, ScriptedDnsServer right)
    {
        server.Habit = (q, _) => right.Truth(q);
        server.InFront = null;
        server.AnswersFromElsewhere = false;
        server.Delay = TimeSpan.Zero;
        server.Tcp = DnsTcpHabit.Answers;
    }

    private static (MxLookup Lookup, VirtualRun Run) Lookup(FakeTimeProvider time, params ScriptedDnsServer[] servers)
    {
        WatchedTransport transport = new(servers);
        IPEndPoint[] asked = Array.ConvertAll(servers, static s => s.EndPoint);
        DnsResolver resolver = new(() => asked, new DnsExchange(transport, time, transport.Draw), Timeout, time);
        MxLookup lookup = new(new DnsQuestions(resolver), new GatewayMetrics(new MetricSums()), NullLogger.Instance, time);
        return (lookup, new VirtualRun(time, transport.IsIdle));
    }

    /// <summary>What becomes of mail: the look-up of the hosts, and that of the addresses of the first as a connection does it.</summary>
    internal static async Task<(MailFate Fate, string Addresses)> FateAsync(MxLookup lookup)
    {
        Route route = new(DnsHabits.Domain, []) { ByMx = true, Access = new DownstreamAccess { IsLookedUp = true } };
        MxRoute found = await lookup.FindAsync(route, "gw.test", static () => 0, TestContext.Current.CancellationToken);
        if (found.Hosts.Count == 0)
        {
            return (found.Status.Class == 4 ? MailFate.Waits : MailFate.Bounces, string.Empty);
        }

        try
        {
            IPAddress[] addresses = await lookup.AddressesAsync(found.Hosts[0], TestContext.Current.CancellationToken);
            return (MailFate.Goes, string.Join<IPAddress>(' ', addresses));
        }
        catch (System.Net.Sockets.SocketException)
        {
            return (MailFate.Waits, string.Empty);
        }
    }
}
