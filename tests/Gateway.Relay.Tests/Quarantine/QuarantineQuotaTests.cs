using System.Text;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Room;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>A flood of malformed mail meets the limits of the quarantine; clean mail never does.</summary>
public class QuarantineQuotaTests
{
    private const string Flooder = "192.0.2.7";

    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task Commit_QuarantineFull_PutsMalformedMailOffAndTakesCleanMail()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Messages = 3 });
        MessageId[] held = [await HoldAsync(house), await HoldAsync(house), await HoldAsync(house)];
        for (int i = 0; i < 50; i++)
        {
            SmtpReply reply = await house.SendAsync(RelayHouse.Malformed);
            Assert.Equal((451, "4.3.1"), (reply.Code, reply.Enhanced.ToString()));
            Assert.Contains("try again later", reply.Text, StringComparison.Ordinal);
        }

        await house.PassAsync(20);
        // One line for all of them, the others when the minute is over.
        Assert.Equal(1, house.Logs.Count(66));
        Assert.Equal(0, house.Logs.Count(8));
        Assert.Equal(50, house.Metrics["gateway.quarantine.deferred|messages"]);
        Assert.Equal(50, house.Relay.Quarantine.Room.Deferred);
        house.Time.Advance(TimeSpan.FromMinutes(1));
        await RelayHouse.UntilAsync(() => house.Logs.Count(66) == 2);

        Assert.True(await house.Relay.Quarantine.DiscardAsync(held[1].ToString(), "ann", "seen", Ct));
        await HoldAsync(house);
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        Assert.NotNull(await house.Relay.Quarantine.ReleaseAsync(held[0].ToString(), "ann", "fine", Ct));
        await HoldAsync(house);
    }

    [Fact]
    public async Task Commit_ClientHasItsShare_IsPutOffAndOthersAreNot()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { ClientMessages = 2 });
        Assert.Equal(250, (await FromAsync(house, Flooder)).Code);
        Assert.Equal(250, (await FromAsync(house, "192.0.2.200")).Code);
        Assert.Equal(451, (await FromAsync(house, "192.0.2.99")).Code);
        Assert.Equal(250, (await FromAsync(house, "192.0.3.7")).Code);
        Assert.Equal(250, (await FromAsync(house, Flooder, RelayHouse.Clean)).Code);
        Assert.Equal(1, house.Metrics["gateway.quarantine.deferred|client_messages"]);
        for (int i = 0; i < 5; i++)
        {
            // Exempt, as from all limits of single clients.
            Assert.Equal(250, (await FromAsync(house, "127.0.0.1")).Code);
        }

        await RelayHouse.UntilAsync(() => house.Logs.Count(60) == 8);
        await house.RestartAsync();
        Assert.Equal(451, (await FromAsync(house, Flooder)).Code);
        house.Profile = house.Profile with { Quarantine = new QuarantineLimits { ClientBytes = 2 * RelayHouse.Malformed.Length } };
        Assert.Equal(451, (await FromAsync(house, Flooder)).Code);
        Assert.Equal(1, house.Metrics["gateway.quarantine.deferred|client_bytes"]);
        house.Profile = house.Profile with { Quarantine = new QuarantineLimits { ClientBytes = 3 * RelayHouse.Malformed.Length } };
        Assert.Equal(250, (await FromAsync(house, Flooder)).Code);
    }

    [Fact]
    public async Task Commit_ManyAtOnce_NeverPassTheLimit()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Messages = 10 });
        SmtpReply[] replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => house.SendAsync(RelayHouse.Malformed), Ct)));
        Assert.Equal(10, replies.Count(r => r.IsSuccess));
        Assert.Equal(30, replies.Count(r => r.Code == 451));
        await RelayHouse.UntilAsync(() => house.Relay.Quarantine.Store.Usage.All.Messages == 10);
    }

    [Fact]
    public async Task Commit_DatabaseAsLargeAsItMayBecome_PutsMalformedMailOff()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits());
        await HoldAsync(house);
        long stored = house.Relay.Quarantine.Store.Usage.StoredBytes;
        house.Profile = house.Profile with { Quarantine = new QuarantineLimits { Bytes = stored + RelayHouse.Malformed.Length - 1 } };
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        Assert.Equal(1, house.Metrics["gateway.quarantine.deferred|bytes"]);
        house.Profile = house.Profile with { Quarantine = new QuarantineLimits { Bytes = stored + RelayHouse.Malformed.Length } };
        Assert.Equal(250, (await house.SendAsync(RelayHouse.Malformed)).Code);
    }

    [Fact]
    public async Task Commit_LittleDiskLeft_IsKeptForCleanMail()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { MinimumFreeBytes = 1 << 20 });
        house.Volume.Free = 1 << 20;
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        Assert.Equal(1, house.Metrics["gateway.quarantine.deferred|disk"]);
        await house.PassAsync();
    }

    [Fact]
    public async Task Commit_HeldMailStillInTheSpool_CountsAlsoAfterARestart()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Messages = 3 });
        using (SqliteConnection kept = new($"Data Source={house.QuarantinePath};Pooling=False"))
        {
            kept.Open();
            using SqliteCommand begin = kept.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            for (int i = 0; i < 3; i++)
            {
                await house.QueueAsync(RelayHouse.Malformed);
            }

            Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
            await house.CloseAsync();
        }

        await house.OpenAsync();
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        await RelayHouse.UntilAsync(() => house.Relay.Quarantine.Store.Usage.All.Messages == 3);
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        house.Profile = house.Profile with { Quarantine = new QuarantineLimits { Messages = 4 } };
        await CountedOnceAsync(house);
        await HoldAsync(house);
    }

    [Fact]
    public async Task Commit_SpoolFails_GivesTheRoomBack()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Messages = 1 });
        house.Disk.WriteError = FailingDisk.InputOutput;
        Assert.Equal(451, (await house.SendAsync(RelayHouse.Malformed)).Code);
        Assert.InRange(house.Relay.Quarantine.Room.Fill, 0, 0.01);
        house.Disk.WriteError = 0;
        await house.RestartAsync();
        await HoldAsync(house);
    }

    [Fact]
    public async Task Warning_FourFifthsFull_IsSaidOnceAndReadinessStays()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Messages = 10 });
        MessageId last = default;
        for (int i = 0; i < 7; i++)
        {
            last = await HoldAsync(house);
        }

        Assert.Null(house.Relay.Warning);
        for (int i = 0; i < 3; i++)
        {
            last = await HoldAsync(house);
        }

        Assert.Equal(1, house.Logs.Count(65));
        Assert.Equal("QuarantineFull: the quarantine is 100 % full; at 100 % malformed mail is put off", house.Relay.Warning);
        Assert.Null(house.Relay.UnavailableReason);
        Assert.True(await house.Relay.Quarantine.DiscardAsync(last.ToString(), "ann", "seen", Ct));
        await HoldAsync(house);
        Assert.Equal(1, house.Logs.Count(65));
    }

    [Fact]
    public async Task Sweep_MailOfDifferentReasons_LeavesWhenItsOwnTimeIsOver()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits
        {
            Retention = new Retention(TimeSpan.FromDays(10), TimeSpan.FromDays(1)),
            Reasons = new Dictionary<string, Retention> { ["nul-byte"] = new(TimeSpan.FromDays(40), TimeSpan.FromDays(40)) },
            KeepRecords = TimeSpan.FromDays(60),
        });
        MessageId flood = await HoldAsync(house);
        MessageId kept = await HoldAsync(house, Nul);
        Assert.Equal("nul-byte", (await house.QuarantinedAsync(kept)).WorstRule);

        await SweptAfterAsync(house, 9);
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(flood)).State);
        await SweptAfterAsync(house, 2);
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(flood)).State);
        Assert.Equal("quarantined for 10 days", Assert.Single(await house.Relay.Quarantine.Store.HistoryAsync(flood.ToString(), Ct)).Reason);
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(kept)).State);
        Assert.Equal(1, house.Metrics[$"gateway.quarantine.expired|{(await house.QuarantinedAsync(flood)).WorstRule}"]);
        await SweptAfterAsync(house, 30);
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(kept)).State);
        await SweptAfterAsync(house, 20);
        Assert.Null(await house.Relay.Quarantine.Store.FindAsync(flood.ToString(), Ct));
    }

    [Fact]
    public async Task Sweep_Full_MakesRoomOfWhatIsLongestOverItsTimeAndNeverOfNewMail()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits
        {
            Messages = 10,
            Retention = new Retention(TimeSpan.FromDays(30), TimeSpan.FromDays(2)),
            Reasons = new Dictionary<string, Retention> { ["nul-byte"] = new(TimeSpan.FromDays(30), TimeSpan.FromDays(20)) },
        });
        MessageId evidence = await HoldAsync(house, Nul);
        MessageId old = await HoldAsync(house);
        await SweptAfterAsync(house, 1);
        for (int i = 0; i < 8; i++)
        {
            await HoldAsync(house);
        }

        // Full, but nothing is old enough.
        await SweptAfterAsync(house, 0.5);
        Assert.Equal(10, house.Relay.Quarantine.Store.Usage.All.Messages);
        await SweptAfterAsync(house, 1);
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(old)).State);
        Assert.Equal("the quarantine was full", Assert.Single(await house.Relay.Quarantine.Store.HistoryAsync(old.ToString(), Ct)).Reason);
        Assert.Equal(QuarantineState.Quarantined, (await house.QuarantinedAsync(evidence)).State);
        Assert.Equal(9, house.Relay.Quarantine.Store.Usage.All.Messages);
    }

    [Fact]
    public async Task Sweep_StoreUnavailable_IsTriedAgain()
    {
        await using RelayHouse house = await OpenAsync(new QuarantineLimits { Retention = new Retention(TimeSpan.FromHours(1), TimeSpan.FromHours(1)) });
        MessageId id = await HoldAsync(house);
        using (SqliteConnection kept = new($"Data Source={house.QuarantinePath};Pooling=False"))
        {
            kept.Open();
            using SqliteCommand begin = kept.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            house.Time.Advance(TimeSpan.FromHours(2));
            await RelayHouse.UntilAsync(() => house.Logs.Count(69) > 0);
        }

        await house.PassUntilAsync(() => house.Relay.Quarantine.Keeper.Expired == 1);
        Assert.Equal(QuarantineState.Discarded, (await house.QuarantinedAsync(id)).State);
    }

    private const string Nul = "From: a@example.org\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: x\r\n\r\na\0b\r\n";

    private static Task<RelayHouse> OpenAsync(QuarantineLimits limits) =>
        RelayHouse.OpenedAsync(house => house.Profile = house.Profile with { Quarantine = limits });

    private static async Task<MessageId> HoldAsync(RelayHouse house, string content = RelayHouse.Malformed)
    {
        MessageId id = await house.QueueAsync(content);
        await house.QuarantinedAsync(id);
        await CountedOnceAsync(house);
        return id;
    }

    private static async Task<SmtpReply> FromAsync(RelayHouse house, string client, string content = RelayHouse.Malformed)
    {
        await using ISmtpReceiver session = house.Session(client);
        return await session.SayAsync(Encoding.Latin1.GetBytes(content), "a@example.org", "b@ours.test");
    }

    private static async Task SweptAfterAsync(RelayHouse house, double days)
    {
        house.Time.Advance(TimeSpan.FromDays(days));
        await house.Relay.Quarantine.Keeper.SweepAsync(Ct);
    }

    /// <summary>Waits until what is in the database is no longer on its way into it: for a moment it counts as both.</summary>
    private static Task CountedOnceAsync(RelayHouse house)
    {
        QuarantineUsage usage = house.Relay.Quarantine.Store.Usage;
        QuarantineLimits limits = house.Relay.Quarantine.Room.Limits;
        return RelayHouse.UntilAsync(() => house.Relay.Quarantine.Room.Fill
            <= Math.Max((double)usage.All.Messages / limits.Messages, (double)usage.StoredBytes / limits.Bytes));
    }
}
