using System.Globalization;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Tests.House;
using Gateway.Relay.Tests.Trunk;
using Gateway.Smtp.Server;
using Gateway.TestKit;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>A session with many quarantined messages is stored once; each message has its own transaction.</summary>
public sealed class SharedSessionTests : IAsyncDisposable
{
    private const int Octets = 250;

    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Flood_FiveHundredInOneSession_CostsTwoKilobytesEachAndShowsItsOwnTransaction()
    {
        const int Messages = 500;
        string folder = string.Empty;
        SmtpServerProfile server = new() { HostName = "gate.test", Limits = new SessionLimits { SessionMessages = Messages + 1 } };
        await using RelayRig rig = await RelayRig.StartAsync(server, settings: s =>
        {
            folder = s.DataDirectory;
            return s;
        });
        string database = Path.Combine(folder, "quarantine.db");
        long before = Stored(database);
        List<string> ids = [];
        await using (ScriptedSmtpClient client = await rig.GreetAsync())
        {
            for (int i = 0; i < Messages; i++)
            {
                string reply = await client.DeliverAsync($"a{i}@example.org", [$"b{i}@example.net"], Held(i), RelayRig.Stop) ?? string.Empty;
                Assert.StartsWith("250", reply, StringComparison.Ordinal);
                ids.Add(reply.Split(' ')[^1]);
            }
        }

        IQuarantineStore store = rig.Relay.Quarantine.Store;
        await RelayHouse.UntilAsync(() => rig.Relay.Quarantine.Store.Usage.All.Messages == Messages);
        double each = (Stored(database) - before) / (double)Messages;
        Assert.InRange(each, 500, 2048);

        for (int i = 0; i < Messages; i += 83)
        {
            IReadOnlyList<QuarantineSessionLine> own = (await store.FindAsync(ids[i], RelayRig.Stop))!.Session;
            Assert.Equal($"MAIL FROM:<a{i}@example.org>", own[0].Text);
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"DATA {Octets} octets"), own[^1].Text);
            Assert.Single(own, l => l.Text.StartsWith("MAIL ", StringComparison.Ordinal));
        }

        IReadOnlyList<QuarantineSessionLine> whole = await store.SessionAsync(ids[7], RelayRig.Stop);
        Assert.Equal("EHLO client.test", whole.First(l => l.From == "client").Text);
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"MAIL FROM:<a{i}@example.org>"), whole.Where(l => l.Text.StartsWith("MAIL ", StringComparison.Ordinal)).Select(l => l.Text));
        Assert.Equal(Messages, whole.Count(l => l.Text.StartsWith("250 2.0.0 Ok: queued", StringComparison.Ordinal)) + 1);
        Assert.Equal(whole.Select(l => l.Microseconds).Order(), whole.Select(l => l.Microseconds));
    }

    [Fact]
    public async Task Forget_EntriesOfASession_TakeTheirPartsAndTheLastOneTakesTheSession()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry[] entries = new QuarantineEntry[4];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = await _quarantine.AddAsync(store, _quarantine.Entry() with
            {
                SessionName = i < 3 ? "shared" : string.Empty,
                Earlier = i == 0 ? [new(1, "client", "EHLO x")] : [],
                Session = [new(10 * (i + 1), "client", $"MAIL FROM:<{i}>")],
            });
        }

        Assert.Equal(["EHLO x", "MAIL FROM:<0>", "MAIL FROM:<1>", "MAIL FROM:<2>"], await TextsAsync(store, entries[2]));
        Assert.Equal(["MAIL FROM:<3>"], await TextsAsync(store, entries[3]));
        Assert.Equal("shared", (await store.FindAsync(entries[1].Id, QuarantineFixture.Ct))!.SessionName);

        // The first part stays for those that are left, the second goes with its entry.
        await ForgetAsync(store, entries[0]);
        await ForgetAsync(store, entries[1]);
        Assert.Equal(["EHLO x", "MAIL FROM:<0>", "MAIL FROM:<2>"], await TextsAsync(store, entries[2]));
        Assert.Empty(await store.SessionAsync(entries[1].Id, QuarantineFixture.Ct));
        await ForgetAsync(store, entries[2]);
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM session"));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM session_part"));
        await ForgetAsync(store, entries[3]);
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM session"));
        Assert.Equal(0, _quarantine.Number("SELECT count(*) FROM session_part"));
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    private static async Task ForgetAsync(SqliteQuarantineStore store, QuarantineEntry entry)
    {
        Assert.True(await QuarantineFixture.MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Discarded));
        Assert.Equal(1, await store.ForgetAsync(TimeSpan.MaxValue, 10, QuarantineFixture.Ct));
    }

    private static async Task<string[]> TextsAsync(SqliteQuarantineStore store, QuarantineEntry entry) =>
        [.. (await store.SessionAsync(entry.Id, QuarantineFixture.Ct)).Select(l => l.Text)];

    private static string Held(int number)
    {
        string head = $"From: a{number}@example.org\r\nTo: b{number}@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nSubject: {number}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n";
        return head + new string('x', Octets - head.Length - 2) + "\r\n";
    }

    private static long Stored(string database)
    {
        using SqliteConnection connection = new($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return (connection.Number("PRAGMA page_count") - connection.Number("PRAGMA freelist_count")) * connection.Number("PRAGMA page_size");
    }
}
