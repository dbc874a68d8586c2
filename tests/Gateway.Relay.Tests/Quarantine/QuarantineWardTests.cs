using System.Text;
using Gateway.Mime;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Review;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Queue;
using Gateway.Relay.Tests.House;
using Gateway.Spool;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>Quarantined mail on its way into the quarantine and out of it, with a stop at every step.</summary>
public class QuarantineWardTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task ReleaseAsync_HeldMessage_IsDeliveredAsItCameBehindTwoTraceFields()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        MessageId release = (await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "known sender", Ct))!.Value;
        await house.Server.WaitForMessagesAsync(1, Ct);
        await house.EmptyAsync();

        string text = house.Server.Messages[0].Text;
        Assert.EndsWith(RelayHouse.Malformed, text, StringComparison.Ordinal);
        string[] trace = text[..^RelayHouse.Malformed.Length].Split("Received: ")[1..];
        Assert.Equal(2, trace.Length);
        Assert.StartsWith($"by gw.test (Gateway, released from quarantine {id}) id {release};", trace[0], StringComparison.Ordinal);
        Assert.StartsWith("from ? ([127.0.0.1])\r\n\tby gw.test (Gateway) with SMTP id " + id, trace[1], StringComparison.Ordinal);
        QuarantineEntry entry = await house.QuarantinedAsync(id);
        Assert.Equal((QuarantineState.Released, release.ToString()), (entry.State, entry.ReleaseId));
        Assert.Equal(
            [QuarantineAction.Release, QuarantineAction.ReleaseQueued, QuarantineAction.Delivered],
            (await house.Relay.Quarantine.Store.HistoryAsync(id.ToString(), Ct)).Select(d => d.Action));
        Assert.Equal(1, house.Metrics["gateway.quarantine.decisions|release"]);
    }

    [Fact]
    public async Task ReleaseAsync_Twice_SecondFindsNothingToRelease()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        MessageId?[] released = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct)));
        Assert.Single(released, r => r is not null);
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync("nonsense'", "ann", "x", Ct));
        Assert.False(await house.Relay.Quarantine.DiscardAsync(id.ToString(), "ann", "x", Ct));
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task ReleaseAsync_MessageThatAHostCouldReadAsTwo_IsRefusedAndStaysHeld()
    {
        await using RelayHouse house = new();
        Assert.True(RulePolicy.TryCreate([new("nonstandard-end-of-data", new RuleSetting(RuleAction.Quarantine)), new("bare-lf", new RuleSetting(RuleAction.Tag))], out RulePolicy rules, out _));
        house.Profile = house.Profile with { Rules = rules };
        await house.OpenAsync();
        MessageId id = await house.QueueAsync("From: a@example.org\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\r\nx\n.\nMAIL FROM:<evil@example.org>\r\n");
        await house.QuarantinedAsync(id);

        await Assert.ThrowsAsync<ReleaseRefusedException>(() => house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));

        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(id)).State);
        Assert.Empty(house.Server.Messages);
        Assert.True(await house.Relay.Quarantine.DiscardAsync(id.ToString(), "ann", "x", Ct));
    }

    [Fact]
    public async Task DiscardAsync_HeldMessage_IsNeverDelivered()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        Assert.True(await house.Relay.Quarantine.DiscardAsync(id.ToString(), "ann", "spam", Ct));
        Assert.False(await house.Relay.Quarantine.DiscardAsync(id.ToString(), "ann", "spam", Ct));
        Assert.Null(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        await house.RestartAsync();
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(id)).State);
        Assert.Empty(house.Server.Messages);
    }

    [Fact]
    public async Task ReleaseAsync_SpoolTakesNoMail_StaysHeldAndCanBeReleasedLater()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        house.Disk.WriteError = FailingDisk.InputOutput;
        house.Disk.CreateError = FailingDisk.InputOutput;
        await Assert.ThrowsAsync<QueueUnavailableException>(() => house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        QuarantineEntry entry = await house.QuarantinedAsync(id);
        Assert.Equal(QuarantineState.Quarantined, entry.State);
        Assert.Equal(QuarantineAction.ReleaseFailed, (await house.Relay.Quarantine.Store.HistoryAsync(id.ToString(), Ct))[^1].Action);

        house.Disk.WriteError = 0;
        house.Disk.CreateError = 0;
        await house.RestartAsync();
        Assert.NotNull(await house.Relay.Quarantine.ReleaseAsync(id.ToString(), "ann", "x", Ct));
        await house.EmptyAsync();
        Assert.Single(house.Server.Messages);
    }

    [Fact]
    public async Task Open_StoppedBeforeTheReleaseWasInTheSpool_IsReleasedOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        await BeginReleaseAsync(house, id);
        await house.OpenAsync();
        await CheckReleasedOnceAsync(house, id);
    }

    [Fact]
    public async Task Open_StoppedBeforeTheReleaseWasMarked_IsDeliveredOnce()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        (MessageId release, Envelope envelope) = await BeginReleaseAsync(house, id);
        await using (LocalMailQueue queue = await QueueOfAsync(house))
        {
            using MessageBuffer body = new(queue.CreateFile);
            body.Append(Encoding.Latin1.GetBytes(RelayHouse.Malformed));
            await queue.CommitAsync(release, envelope with { Id = release.ToString(), Quarantine = null, ReleasedFrom = id.ToString() }, body, Ct);
        }

        await house.OpenAsync();
        await CheckReleasedOnceAsync(house, id);
    }

    [Fact]
    public async Task Open_ReleaseThatCanNeverBeFinished_DoesNotKeepTheGatewayDown()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        await BeginReleaseAsync(house, id);
        Execute(house, "UPDATE entry_detail SET envelope = x'7b7d'");
        await house.OpenAsync();
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(id)).State);
        Assert.Equal(1, house.Logs.Count(64));
        await house.QueueAsync();
        await house.Server.WaitForMessagesAsync(1, Ct);
    }

    [Fact]
    public async Task Open_StoppedBeforeTheQuarantineHadIt_IsHeldAfterTheStart()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        using (SqliteConnection kept = Lock(house))
        {
            MessageId waiting = await house.QueueAsync(RelayHouse.Malformed);
            await house.CloseAsync();
            kept.Close();
            await house.OpenAsync();
            Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(waiting)).State);
        }

        await RelayHouse.UntilAsync(() => house.Logs.Count(60) == 1);
        await house.RestartAsync();
        await using Stream body = (await house.Relay.Quarantine.Store.OpenBodyAsync((await OnlyEntryAsync(house)).Id, Ct))!;
        using StreamReader reader = new(body, Encoding.Latin1);
        Assert.Equal(RelayHouse.Malformed, await reader.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task CommitAsync_QuarantineFarBehind_MalformedMailIsPutOffAndCleanMailIsNot()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        using SqliteConnection kept = Lock(house);
        // One for each that moves mail into the store, and then as many as may wait.
        MessageId last = default;
        for (int i = 0; i < QuarantineWard.Admitters; i++)
        {
            last = await house.QueueAsync(RelayHouse.Malformed);
        }

        await RelayHouse.UntilAsync(() => house.Logs.Count(61) >= QuarantineWard.Admitters);
        Envelope nothing = new() { Id = "x", ReceivedAt = house.Time.GetUtcNow(), Sender = string.Empty, Recipients = ["a@b"] };
        for (int i = 0; i < QuarantineWard.Capacity; i++)
        {
            await house.Relay.Quarantine.AdmitAsync(new Work(new Lease(new MessageId(1), 0), nothing, null), Ct);
        }

        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        await house.QueueAsync(RelayHouse.Clean);
        await house.Server.WaitForMessagesAsync(1, Ct);

        kept.Close();
        house.Time.Advance(TimeSpan.FromSeconds(61));
        await house.QuarantinedAsync(last);
        // What does not exist costs only itself.
        await RelayHouse.UntilAsync(() => house.Logs.Count(63) == QuarantineWard.Capacity && house.Logs.Count(60) == QuarantineWard.Admitters);
        await house.QuarantinedAsync(await house.QueueAsync(RelayHouse.Malformed));
    }

    [Fact]
    public async Task Open_ClockPutBackWhileDown_NewIdsDoNotMeetHeldOnes()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId id = await HoldAsync(house);
        await house.CloseAsync();
        house.Time.AdjustTime(house.Time.GetUtcNow() - TimeSpan.FromDays(1));
        await house.OpenAsync();
        Assert.True(await house.QueueAsync() > id);
    }

    private static async Task<MessageId> HoldAsync(RelayHouse house)
    {
        MessageId id = await house.QueueAsync(RelayHouse.Malformed);
        await house.QuarantinedAsync(id);
        return id;
    }

    private static async Task<QuarantineSummary> OnlyEntryAsync(RelayHouse house) =>
        Assert.Single(await house.Relay.Quarantine.Store.ListAsync(new QuarantineFilter(), Ct));

    /// <summary>Stops the relay and does the first step of a release by hand, as if it had been killed there.</summary>
    private static async Task<(MessageId Release, Envelope Envelope)> BeginReleaseAsync(RelayHouse house, MessageId id)
    {
        await house.CloseAsync();
        MessageId release = new(id.Value + 77);
        await using SqliteQuarantineStore store = await SqliteQuarantineStore.OpenAsync(house.QuarantinePath, house.Time, Ct);
        ReviewDecision decision = new(id.ToString(), QuarantineAction.Release, house.Time.GetUtcNow(), "ann", "x", release.ToString());
        Assert.True(await store.DecideAsync(id.ToString(), [QuarantineState.Quarantined], QuarantineState.Releasing, decision, Ct));
        QuarantineEntry entry = (await store.FindAsync(id.ToString(), Ct))!;
        return (release, Envelope.FromBytes(entry.Envelope.Span));
    }

    private static async Task<LocalMailQueue> QueueOfAsync(RelayHouse house) => new(
        await Gateway.Spool.Spool.OpenAsync(
            new SpoolOptions { Directory = house.SpoolFolder, SegmentBytes = 1024 * 1024, MinimumFreeBytes = 0 },
            house.Time,
            cancellation: Ct),
        new MessageIdSource(house.Time),
        NullLoggerFactory.Instance);

    private static async Task CheckReleasedOnceAsync(RelayHouse house, MessageId id)
    {
        await house.Server.WaitForMessagesAsync(1, Ct);
        await house.EmptyAsync();
        Assert.Equal(QuarantineState.Released, (await house.QuarantinedAsync(id)).State);
        await house.RestartAsync();
        await house.EmptyAsync();
        Assert.EndsWith(RelayHouse.Malformed, Assert.Single(house.Server.Messages).Text, StringComparison.Ordinal);
        Assert.Empty(house.Logs.Errors);
    }

    private static SqliteConnection Lock(RelayHouse house)
    {
        SqliteConnection connection = new($"Data Source={house.QuarantinePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    private static void Execute(RelayHouse house, string sql)
    {
        using SqliteConnection connection = new($"Data Source={house.QuarantinePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a literal of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
