using System.Net;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Report;
using Gateway.LoadGen.Sink;
using Gateway.LoadGen.Source;

namespace Gateway.LoadGen.Tests;

/// <summary>Whole runs over loopback: what a relay does wrong is found, and what it does right is not blamed.</summary>
public sealed class LoadRunTests
{
    private const int Messages = 60;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_HonestRelay_EveryMessageIsAccountedFor()
    {
        RunReport report = await ThroughAsync((_, content) => [content]);

        Assert.Empty(report.Account.Faults);
        Assert.Equal(new ClassAccount { Sent = Messages, Accepted = Messages, Delivered = Messages }, report.Account.Clean);
    }

    [Fact]
    public async Task Run_RelayLosesOne_LostIsOne()
    {
        RunReport report = await ThroughAsync((number, content) => number == 7 ? [] : [content]);

        Assert.Equal(1, report.Account.Lost);
        Assert.Contains("LOST", Assert.Single(report.Account.Faults), StringComparison.Ordinal);
        Assert.Contains("did not arrive", Assert.Single(report.Account.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RelayDeliversOneTwice_DuplicatedIsOne()
    {
        RunReport report = await ThroughAsync((number, content) => number == 7 ? [content, content] : [content]);

        Assert.Equal(1, report.Account.Duplicated);
        Assert.Contains("DUPLICATED", Assert.Single(report.Account.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: Load", "Subject: Lead")]
    [InlineData("\r\n..", "\r\n...")]
    [InlineData("MIME-Version: 1.0\r\n", "")]
    [InlineData("Load-End: ", "Load-End:  ")]
    [InlineData("@load.example>", "@lead.example>")]
    public async Task Run_RelayChangesOne_AlteredIsOne(string from, string to)
    {
        int changed = 0;
        RunReport report = await ThroughAsync((_, content) =>
            [content.Contains(from, StringComparison.Ordinal) && Interlocked.Exchange(ref changed, 1) == 0 ? content.Replace(from, to, StringComparison.Ordinal) : content]);

        Assert.Equal(1, report.Account.Altered);
        Assert.Contains("ALTERED", Assert.Single(report.Account.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\nX-Milter: was here\r\n", false)]
    [InlineData("\r\n\r\n", "\r\n\r\nfooter", true)]
    public async Task Run_OnlyBodiesAreCompared_HeadersMayChange(string from, string to, bool isAltered)
    {
        LoadPlan plan = Plan() with { ComparesBody = true, Sink = new SinkPlan { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), ComparesBody = true } };
        RunReport report = await ThroughAsync(plan, (_, content) => [content.Replace(from, to, StringComparison.Ordinal)]);

        Assert.Equal(isAltered ? Messages : 0, report.Account.Altered);
        Assert.Equal(0, report.Account.Lost);
    }

    [Fact]
    public async Task Run_RelayMixesHalvesOfTwoMessages_BothAreAltered()
    {
        string? first = null;
        RunReport report = await ThroughAsync((number, content) =>
        {
            if (number == 0)
            {
                // Answered and kept, to be delivered with the end of the next.
                first = content;
                return [];
            }

            return number == 1 ? [first![..^20] + content[^20..], content[..^20] + first[^20..]] : [content];
        });

        Assert.Equal(2, report.Account.Altered);
        Assert.Equal(0, report.Account.Lost);
    }

    [Fact]
    public async Task Run_RelayTruncatesOne_AlteredIsOne()
    {
        RunReport report = await ThroughAsync((number, content) => [number == 7 ? content[..(content.Length / 2)] + "\r\n" : content]);

        Assert.Equal(1, report.Account.Altered);
    }

    [Fact]
    public async Task Run_RelayRefusesAndDelivers_IsAFault()
    {
        RunReport report = await ThroughAsync((_, content) => [content], number => number == 7 ? "451 4.3.0 <later>" : "250 ok");

        Assert.Equal(1, report.Account.Clean.RefusedButDelivered);
        Assert.Single(report.Account.Faults);
        RefusalSummary refusal = Assert.Single(report.Refusals);
        Assert.Equal(("clean 451", 1, "451 4.3.0 <later>"), (refusal.Reply, refusal.Count, refusal.Example));
    }

    [Fact]
    public async Task Run_RelayRefusesSome_TheyAreCountedAndNotLost()
    {
        RunReport report = await ThroughAsync((number, content) => number % 2 == 0 ? [content] : [], number => number % 2 == 0 ? "250 ok" : "550 no");

        Assert.Empty(report.Account.Faults);
        Assert.Equal((Messages / 2, Messages / 2), (report.Account.Clean.Accepted, report.Account.Clean.Refused));
    }

    [Fact]
    public async Task Run_RelaySendsSomethingOfItsOwn_IsForeign()
    {
        RunReport report = await ThroughAsync((number, content) => number == 0 ? [content, "Subject: a bounce\r\n\r\nx\r\n"] : [content]);

        Assert.Empty(report.Account.Faults);
        Assert.Equal(1, report.Foreign);
    }

    /// <summary>The target stands still for a second: in an open loop the messages that were due meanwhile have waited, whoever let them wait.</summary>
    [Fact]
    public async Task Run_TargetStallsInAnOpenLoop_LatencyCountsFromTheIntendedTime()
    {
        const int Stall = 1000;
        LoadPlan plan = Plan() with { Sessions = 1, Rate = 100, Messages = 150 };
        RunReport report = await ThroughAsync(
            plan,
            (number, content) =>
            {
                if (number == 20)
                {
                    Thread.Sleep(Stall);
                }

                return [content];
            });

        LatencySummary accept = report.Latencies.Single(l => l.Kind == "accept");
        LatencySummary service = report.Latencies.Single(l => l.Kind == "service");
        Assert.Empty(report.Account.Faults);
        // Some 100 messages were due while it stood still; they waited from one second down to nothing. Measured from MAIL only one was slow.
        Assert.InRange(accept.P99, Stall * 0.8, double.MaxValue);
        Assert.True(accept.P50 > 5 * service.P50, $"accept p50 {accept.P50} ms, service p50 {service.P50} ms");
        Assert.InRange(service.Max, Stall, double.MaxValue);
    }

    [Theory]
    [InlineData(true, false, false, 0, 1)]
    [InlineData(false, false, false, 1, 1)]
    [InlineData(true, true, false, 3, 1)]
    [InlineData(false, true, false, 0, 5)]
    [InlineData(true, false, true, 7, 1)]
    [InlineData(true, false, false, 0, 300)]
    public async Task Run_StraightIntoTheSink_EveryWayOfSendingArrives(bool pipelining, bool bdat, bool tls, int reuse, int recipients)
    {
        RunReport report = await StraightAsync(
            Plan() with { Sizes = [(2048, 1), (200_000, 1)] },
            s => s with { Pipelining = pipelining, Bdat = bdat, Tls = tls ? TlsMode.StartTls : TlsMode.None, Reuse = reuse, Recipients = recipients },
            k => k with { Certificate = tls ? SinkCertificate.Make() : null });

        Assert.Empty(report.Account.Faults);
        Assert.Empty(report.Refusals);
        Assert.Equal(new ClassAccount { Sent = Messages, Accepted = Messages, Delivered = Messages }, report.Account.Clean);
        Assert.Equal(Messages, report.Latencies.Single(l => l.Kind == "endToEnd").Count);
        Assert.Equal(reuse == 0 ? 4 : reuse == 1 ? Messages : report.Connections, report.Connections);
    }

    /// <summary>It shares the machine with what it measures, so its collector must not run while it does.</summary>
    [Fact]
    public async Task Run_MoreMessages_AllocateNextToNothing()
    {
        async Task<long> AllocatedAsync(long messages)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            RunReport report = await StraightAsync(Plan() with { Messages = messages });
            Assert.Equal(messages, report.Account.Clean.Delivered);
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        }

        await AllocatedAsync(2000);
        long few = await AllocatedAsync(1000);
        long many = await AllocatedAsync(21_000);

        Assert.InRange((many - few) / 20_000, long.MinValue, 100);
    }

    [Fact]
    public async Task Run_HostileShapesIntoTheSink_AllArriveUnaltered()
    {
        RunReport report = await StraightAsync(Plan() with { HostileShare = 0.7 });

        Assert.Empty(report.Account.Faults);
        Assert.Equal(Messages, report.Account.Clean.Delivered + report.Account.Hostile.Delivered);
        Assert.NotEqual(0, report.Account.Hostile.Delivered);
    }

    [Fact]
    public async Task Run_SinkRefusesAll_AllAreRefused()
    {
        RunReport report = await StraightAsync(Plan(), sink: k => k with { TempFail = 1 });

        Assert.Empty(report.Account.Faults);
        Assert.Equal(Messages, report.Account.Clean.Refused);
        Assert.Equal("clean 451", Assert.Single(report.Refusals).Reply);
    }

    [Fact]
    public async Task Run_SinkDropsSome_TheyAreUnansweredAndNotCountedAsArrived()
    {
        RunReport report = await StraightAsync(Plan(), sink: k => k with { Drop = 0.3 });

        ClassAccount clean = report.Account.Clean;
        Assert.Empty(report.Account.Faults);
        Assert.InRange(clean.Unanswered, 1, Messages - 1);
        Assert.Equal((Messages, clean.Accepted), (clean.Accepted + clean.Unanswered, clean.Delivered));
    }

    [Fact]
    public async Task Run_SinkHangsOnSome_TheRunEndsAndTheyAreUnanswered()
    {
        RunReport report = await StraightAsync(Plan() with { Patience = TimeSpan.FromSeconds(1), Drain = TimeSpan.FromMilliseconds(100) }, sink: k => k with { Hang = 0.2 });

        Assert.InRange(report.Account.Clean.Unanswered, 1, 4);
        Assert.Empty(report.Account.Faults);
    }

    [Fact]
    public async Task Run_SinkTakesItsTime_LatencyShowsIt()
    {
        RunReport report = await StraightAsync(Plan() with { Sessions = Messages }, sink: k => k with { Latency = TimeSpan.FromMilliseconds(50) });

        Assert.InRange(report.Latencies.Single(l => l.Kind == "accept").P50, 50, double.MaxValue);
    }

    [Fact]
    public async Task Run_NobodyListens_EndsWithEveryMessageUnanswered()
    {
        using LoadRun run = new(Plan() with { Messages = 5, Source = new SourcePlan { Target = new IPEndPoint(IPAddress.Loopback, 1) } }, TextWriter.Null, TimeProvider.System);
        RunReport report = await run.ExecuteAsync(Ct);

        Assert.Equal(5, report.Account.Clean.Unanswered);
        Assert.Contains("refused", Assert.Single(report.Refusals).Example, StringComparison.OrdinalIgnoreCase);
    }

    private static LoadPlan Plan() => new()
    {
        Source = new SourcePlan { Target = new IPEndPoint(IPAddress.Loopback, 0) },
        Sink = new SinkPlan { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) },
        Sessions = 4,
        Messages = Messages,
        OwnWarmUp = 0,
        Drain = TimeSpan.FromMilliseconds(500),
        Settle = TimeSpan.FromMilliseconds(100),
    };

    private static Task<RunReport> ThroughAsync(Func<int, string, IEnumerable<string>> forward, Func<int, string>? reply = null) => ThroughAsync(Plan(), forward, reply);

    private static async Task<RunReport> ThroughAsync(LoadPlan plan, Func<int, string, IEnumerable<string>> forward, Func<int, string>? reply = null)
    {
        using LoadRun run = new(plan, TextWriter.Null, TimeProvider.System);
        using FakeRelay relay = new(run.SinkEndPoint!, forward, reply);
        run.Aim(relay.EndPoint);
        return await run.ExecuteAsync(Ct);
    }

    private static async Task<RunReport> StraightAsync(LoadPlan plan, Func<SourcePlan, SourcePlan>? source = null, Func<SinkPlan, SinkPlan>? sink = null)
    {
        using LoadRun run = new(plan with { Source = source?.Invoke(plan.Source) ?? plan.Source, Sink = sink?.Invoke(plan.Sink!) ?? plan.Sink }, TextWriter.Null, TimeProvider.System);
        run.Aim(run.SinkEndPoint!);
        return await run.ExecuteAsync(Ct);
    }
}
