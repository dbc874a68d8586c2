using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Poison;

/// <summary>One message that breaks the host behind us costs only itself, and ends in the quarantine.</summary>
public class PoisonTests
{
    private const string Bad = "bad@example.org";

    [Fact]
    public async Task HangsTwice_WhileOthersPass_IsQuarantinedWithItsTranscript()
    {
        await using RelayHouse house = new() { FinalDotTimeout = TimeSpan.FromSeconds(60) };
        await house.OpenAsync();
        When(house, SmtpAction.Hang);
        MessageId id = await house.QueueFromAsync(Bad, "b@example.net", "c@example.net");
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            await house.Server.WaitForStepAsync(SmtpStep.FinalDot, RelayHouse.Ct, attempt + (attempt - 1));
            Assert.Equal(attempt == 2, house.Relay.Delivery.Find(id)!.IsSuspect);
            await house.PassAsync();
            house.Time.Advance(TimeSpan.FromSeconds(61));
            await house.DeferredAsync(id);
            house.Time.Advance(TimeSpan.FromSeconds(attempt == 1 ? 37 : 3));
        }

        QuarantineEntry held = await house.QuarantinedAsync(id);
        Assert.Equal("downstream-poison", held.WorstRule);
        Assert.Equal(["b@example.net", "c@example.net"], held.Recipients);
        Assert.Equal(2, held.Findings.Count);
        Assert.All(held.Findings, f => Assert.Matches(
            @"^attempt [12]: 2026-11-23T.* 127\.0\.0\.1.*: use \d of the connection.*, MAIL answered .*, RCPT answered .*, DATA answered .*, end of data .*, ended at \d+\.\d+ s in step FinalDot, TimedOut .*; meanwhile there 1 passed, 0 failed, 0 dropped with it; strike Full$",
            f.Detail));
        Assert.Contains("clean lane", held.Findings[0].Detail, StringComparison.Ordinal);
        Assert.Contains("suspect lane", held.Findings[1].Detail, StringComparison.Ordinal);
        await house.EmptyAsync();
        Assert.Equal(1, house.Logs.Count(34));
        Assert.Equal(1, house.Metrics["gateway.poison|quarantined"]);
        Assert.Equal(2, house.Metrics["gateway.delivery.suspects|FinalDot"]);
        Assert.Equal(2, house.Server.Messages.Count);
        Assert.Empty(house.Logs.Errors);

        // Nothing of it is left in the spool, and nothing bounced.
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.NotNull(await house.Relay.Quarantine.Store.FindAsync(id.ToString(), RelayHouse.Ct));
        Assert.All(house.Server.Messages, m => Assert.Equal("clean@example.org", m.Sender));
    }

    [Fact]
    public async Task Dropped_WhileOthersPass_IsQuarantined_AndReleasedItTravelsAsASuspect()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        When(house, SmtpAction.Drop);
        // The first drop is followed by an attempt at once, which proves little.
        const int attempts = 3;
        MessageId id = await house.QueueFromAsync(Bad);
        Assert.Equal(attempts - 1, (await house.DeferredAsync(id)).Attempts);
        await house.PassAsync();
        house.Time.Advance(TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { State: RelayState.Deferred } e && e.Attempts == attempts);
        house.Time.Advance(TimeSpan.FromSeconds(3));
        QuarantineEntry held = await house.QuarantinedAsync(id);
        Assert.Equal("downstream-poison", held.WorstRule);
        await house.EmptyAsync();

        TaskCompletionSource gate = new();
        house.Server.ClearRules();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Usual));
        MessageId? released = await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "fixed", RelayHouse.Ct);
        Assert.True(house.Relay.Delivery.Find(released!.Value)!.IsSuspect);
        gate.SetResult();
        await house.EmptyAsync();
        Assert.Equal([Bad], house.Server.Messages.Skip(1).Select(m => m.Sender));
    }

    [Fact]
    public async Task DroppedWithPoison_ArrivesAtOnce_PoisonIsHeldAfterThreeAttempts()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        TaskCompletionSource gate = new();
        // The witness is with the host when it drops everybody, and is not dropped a second time.
        house.Server.Once(SmtpStep.FinalDot, SmtpAction.Wait(gate.Task).Then(SmtpAction.Drop));
        MessageId witness = await house.QueueFromAsync("witness@example.org");
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, RelayHouse.Ct, 1);
        When(house, SmtpAction.Drop);
        MessageId id = await house.QueueFromAsync(Bad);
        gate.SetResult();
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(witness) is null);
        Assert.Single(house.Server.Messages, m => m.Sender == "witness@example.org");

        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 2, State: RelayState.Deferred });
        await house.PassAsync();
        house.Time.Advance(TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 3, State: RelayState.Deferred });
        await house.PassAsync();
        house.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, (await house.QuarantinedAsync(id)).Findings.Count);
        await house.EmptyAsync();
        Assert.Equal(1, house.Metrics["gateway.poison|quarantined"]);
    }

    [Fact]
    public async Task ThreeHosts_PoisonMeetsTwoOfThem_BeforeItIsHeld()
    {
        await using ScriptedSmtpServer second = new();
        await using ScriptedSmtpServer third = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(RelayHouse.RouteTo("default", h.Server, second, third)));
        foreach (ScriptedSmtpServer server in (ScriptedSmtpServer[])[house.Server, second, third])
        {
            server.On(SmtpStep.FinalDot, static m => m.Sender == Bad ? SmtpAction.Drop : null);
        }

        MessageId id = await house.QueueFromAsync(Bad);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 2, State: RelayState.Deferred });
        await house.PassAsync();
        house.Time.Advance(TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 3, State: RelayState.Deferred });
        house.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, (await house.QuarantinedAsync(id)).Findings.Count);
        Assert.Equal(1, second.ConnectionCount);
        Assert.Equal(0, third.ConnectionCount);
    }

    [Fact]
    public async Task AllAreDropped_NobodyIsBlamed()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Drop);
        for (int i = 0; i < 10; i++)
        {
            await house.QueueFromAsync($"s{i}@example.org");
        }

        await house.PassUntilAsync(() => house.Relay.Delivery.List(20).All(e => e.Attempts >= 3));
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromHours(1));
        Assert.Equal(10, house.Server.Messages.Count);
        Assert.Equal(0, house.Metrics["gateway.poison|quarantined"]);
        Assert.Empty(house.Logs.Errors);
    }

    [Fact]
    public async Task AllHang_BreakerOpens_SuspectsGoOneAtATimeWhenItFlowsAgain_NobodyIsBlamed()
    {
        await using RelayHouse house = new() { FinalDotTimeout = TimeSpan.FromSeconds(60), Lanes = new LaneLimits { Clean = 4 } };
        await house.OpenAsync();
        house.Server.On(SmtpStep.FinalDot, SmtpAction.Hang);
        for (int i = 0; i < 8; i++)
        {
            await house.QueueFromAsync($"s{i}@example.org");
        }

        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, RelayHouse.Ct, 4);
        house.Time.Advance(TimeSpan.FromSeconds(3));
        await RelayHouse.UntilAsync(() => house.Logs.Count(32) == 1);
        await house.Server.WaitForStepAsync(SmtpStep.FinalDot, RelayHouse.Ct, 5);
        // One probe, and no other before it has shown what it does.
        Assert.Equal(5, house.Server.OpenConnections);
        Assert.Equal("HalfOpen", Probing(house));
        // The server has the last end of data before the client's clock for its answer starts: a minute too early does not count there.
        for (int i = 0; i < 10 && Suspects(house) < 5; i++)
        {
            house.Time.Advance(TimeSpan.FromSeconds(61));
            await Task.Delay(TimeSpan.FromMilliseconds(500), RelayHouse.Ct);
        }

        await RelayHouse.UntilAsync(() => Suspects(house) == 5);

        // By their senders: when the clean ones have gone is nothing that a test can know in time.
        HashSet<string> suspects = [.. house.Relay.Delivery.List(20).Where(static e => e.IsSuspect).Select(static e => e.Sender)];
        int together = 0;
        int most = 0;
        house.Server.ClearRules();
        house.Server.On(SmtpStep.Rcpt, m =>
        {
            most = suspects.Contains(m.Sender) ? Math.Max(most, Interlocked.Increment(ref together)) : most;
            return null;
        });
        house.Server.On(SmtpStep.FinalDot, m =>
        {
            Interlocked.Add(ref together, suspects.Contains(m.Sender) ? -1 : 0);
            return null;
        });
        await house.EmptyAfterAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(1, most);
        Assert.Equal(8, house.Server.Messages.Count);
        Assert.Equal(0, house.Metrics["gateway.poison|quarantined"]);
        Assert.Equal(1, house.Metrics["gateway.downstream.stalls"]);
        Assert.Empty(house.Logs.Errors);

        static int Suspects(RelayHouse house) => house.Relay.Delivery.List(20).Count(e => e.IsSuspect);

        static string Probing(RelayHouse house) =>
            house.Relay.Delivery.Routes()[0].Hosts[0].Breaker is "HalfOpen" or "Open" ? "HalfOpen" : "Closed";
    }

    [Fact]
    public async Task ManyHang_CleanMailPassesAtOnce_AndTheHostKeepsItsGoodName()
    {
        await using RelayHouse house = new() { FinalDotTimeout = TimeSpan.FromSeconds(60), Lanes = new LaneLimits { Clean = 3 } };
        await house.OpenAsync();
        When(house, SmtpAction.Hang);
        for (int i = 1; i <= 12; i++)
        {
            await house.QueueFromAsync(Bad);
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Routes()[0] is { Sending: 1 });
            await house.PassAsync();
            house.Time.Advance(TimeSpan.FromSeconds(3));
            await house.PassAsync();
            Assert.Equal(i, house.Relay.Delivery.Routes()[0].Hanging);
        }

        Assert.Equal(24, house.Server.Messages.Count);
        Assert.Equal(0, house.Logs.Count(23) + house.Logs.Count(32));
    }

    [Fact]
    public async Task Limit_IsReached_AlertOnce_MailStaysInTheQueue()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { PoisonPerHour = 0 });
        When(house, SmtpAction.Drop);
        MessageId id = await house.QueueFromAsync(Bad);
        await FailAsync(house, id, 4);
        Assert.Equal(1, house.Logs.Count(35));
        Assert.Equal(0, house.Metrics["gateway.poison|quarantined"]);
        house.Server.ClearRules();
        await house.EmptyAfterAsync(TimeSpan.FromHours(1));
        Assert.Contains(house.Server.Messages, m => m.Sender == Bad);
    }

    [Fact]
    public async Task Policy_TagsOnly_IsNeverQuarantined()
    {
        Assert.True(RulePolicy.TryCreate(
            new Dictionary<string, RuleSetting> { ["downstream-poison"] = new() { Action = RuleAction.Tag } }, out RulePolicy policy, out _));
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Profile = h.Profile with { Rules = policy });
        When(house, SmtpAction.Drop);
        MessageId id = await house.QueueFromAsync(Bad);
        await FailAsync(house, id, 3);
        Assert.NotNull(house.Relay.Delivery.Find(id));
    }

    [Fact]
    public async Task TwoRoutes_PoisonOfOne_TakesWhatIsLeftAlong()
    {
        await using ScriptedSmtpServer other = new();
        await using RelayHouse house = await RelayHouse.OpenedAsync(h => h.Routes(
            RelayHouse.RouteTo("default", h.Server), RelayHouse.RouteTo("other.test", other)));
        other.StopListening();
        When(house, SmtpAction.Drop);
        MessageId id = await house.QueueFromAsync(Bad, "a@example.net", "b@other.test");
        await FailAsync(house, id, 2);
        house.Time.Advance(TimeSpan.FromSeconds(3));
        QuarantineEntry held = await house.QuarantinedAsync(id);
        Assert.Equal(["a@example.net", "b@other.test"], held.Recipients.Order(StringComparer.Ordinal));
        Assert.Equal(0, house.Relay.Delivery.Count);
        other.Listen();
        await house.RestartAsync();
        house.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Empty(other.Messages);
    }

    [Fact]
    public async Task Restart_KeepsTheJournal_TheSecondFailureConvicts()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        When(house, SmtpAction.Reply("what is this?"));
        MessageId id = await house.QueueFromAsync(Bad);
        await house.DeferredAsync(id);
        await house.PassAsync();
        house.Time.Advance(TimeSpan.FromSeconds(37));
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { Attempts: 2, State: RelayState.Deferred });
        IReadOnlyList<string> journal = house.Relay.Delivery.Find(id)!.Journal;
        Assert.Equal(2, journal.Count);
        await house.RestartAsync();
        Assert.Equal(journal, house.Relay.Delivery.Find(id)?.Journal ?? journal);
        house.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("downstream-poison", (await house.QuarantinedAsync(id)).WorstRule);
    }

    [Fact]
    public async Task Kind_BeforeEachStandstill_IsHeldAsAGroup_UntilAPersonResumesIt()
    {
        await using RelayHouse house = new() { FinalDotTimeout = TimeSpan.FromSeconds(60), Lanes = new LaneLimits { Clean = 2 } };
        await house.OpenAsync();
        // The host stands still for everybody as soon as one of the kind is there.
        bool stands = false;
        house.Server.On(SmtpStep.FinalDot, m => (stands |= m.Sender == Bad) ? SmtpAction.Hang : null);
        for (int i = 0; i < 3; i++)
        {
            MessageId bad = await house.QueueFromAsync(Bad);
            await RelayHouse.UntilAsync(() => stands);
            MessageId[] others = [await house.QueueFromAsync($"x{i}@example.org"), await house.QueueFromAsync($"y{i}@example.org")];
            await RelayHouse.UntilAsync(() => house.Server.OpenConnections >= 2);
            await house.PassUntilAsync(() => house.Logs.Count(32) == i + 1);
            // A person restarts the host and takes the message away.
            await house.PassUntilAsync(() => house.Relay.Delivery.Find(bad) is { State: RelayState.Deferred, Attempts: > 0 });
            Assert.Equal(1, (await house.Relay.Delivery.OrderAsync(QueueOrder.Remove, new QueueFilter { Id = bad }, "ann", "test", dryRun: false, now: true)).Count);
            stands = false;
            await house.EmptyAfterAsync(TimeSpan.FromSeconds(61));
        }

        Assert.Equal(1, house.Logs.Count(36));
        MessageId next = await house.QueueFromAsync(Bad);
        await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(next) is { State: RelayState.OnHold });
        Assert.Contains("downstream-poison group", house.Relay.Delivery.Find(next)!.Hold, StringComparison.Ordinal);
        await house.PassAsync();
        await house.RestartAsync();
        Assert.Equal(RelayState.OnHold, house.Relay.Delivery.Find(next)!.State);
        house.Server.ClearRules();
        Assert.Equal(1, (await house.Relay.Delivery.OrderAsync(QueueOrder.Resume, new QueueFilter { Reason = "group" }, "ann", "", dryRun: false)).Count);
        await house.EmptyAsync();
        Assert.Contains(house.Server.Messages, m => m.Sender == Bad);
    }

    private static void When(RelayHouse house, SmtpAction action) =>
        house.Server.On(SmtpStep.FinalDot, m => m.Sender == Bad ? action : null);

    /// <summary>Lets a message fail some times while others pass.</summary>
    private static async Task FailAsync(RelayHouse house, MessageId id, int times)
    {
        for (int i = 1; i <= times; i++)
        {
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is { } e && e.Attempts >= i && house.Relay.Delivery.Routes()[0].Sending == 0);
            await house.PassAsync();
            if (i < times)
            {
                house.Time.Advance(TimeSpan.FromMinutes(20));
            }
        }
    }
}
