using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>Databases of earlier versions.</summary>
public sealed class QuarantineSchemaTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Open_DatabaseOfVersionOne_IsMigratedWithAllThatIsInIt()
    {
        WriteVersionOne();
        Assert.Equal(1, _quarantine.Number("PRAGMA user_version"));
        SqliteQuarantineStore store = await _quarantine.OpenAsync();

        Assert.Equal(QuarantineSchema.Version, _quarantine.Number("PRAGMA user_version"));
        QuarantineEntry? old = await store.FindAsync("OLD1", QuarantineFixture.Ct);
        Assert.NotNull(old);
        Assert.Equal("mail.example.org", old.ClientHello);
        Assert.Equal(["b@example.net"], old.Recipients);
        Assert.Equal("nul-byte", Assert.Single(old.Findings).Rule);
        Assert.Equal([1, 2], old.Envelope.ToArray());
        Assert.Empty(old.Session);
        Assert.Equal(new QuarantineShare(1, 4096), store.Usage.All);
        Assert.Equal(new QuarantineShare(1, 4096), store.Usage.Of("192.0.2.0/24"));
        Assert.Single(await store.ListAsync(new QuarantineFilter { Rule = "nul-byte" }, QuarantineFixture.Ct));

        QuarantineEntry added = await _quarantine.AddAsync(store, _quarantine.Entry() with { Session = [new(7, "client", "QUIT")] });
        Assert.Equal([new QuarantineSessionLine(7, "client", "QUIT")], (await store.FindAsync(added.Id, QuarantineFixture.Ct))!.Session);
        Assert.True(await QuarantineFixture.MoveAsync(store, "OLD1", QuarantineState.Quarantined, QuarantineState.Discarded));
        Assert.Equal(new QuarantineShare(1, 4096), store.Usage.All);
    }

    [Fact]
    public async Task Open_MigratedDatabase_IsNotMigratedAgain()
    {
        WriteVersionOne();
        SqliteQuarantineStore first = await _quarantine.OpenAsync();
        await first.DisposeAsync();
        SqliteQuarantineStore again = await _quarantine.OpenAsync();
        Assert.NotNull(await again.FindAsync("OLD1", QuarantineFixture.Ct));
    }

    [Fact]
    public async Task Add_SessionOfAnyShape_IsBounded()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store, _quarantine.Entry() with
        {
            Session = [.. Enumerable.Range(0, 3000).Select(i => new QuarantineSessionLine(i, new string('f', 500), "a\0\ud800" + new string('t', 5000)))],
        });

        IReadOnlyList<QuarantineSessionLine> session = (await store.FindAsync(entry.Id, QuarantineFixture.Ct))!.Session;
        Assert.Equal(2000, session.Count);
        Assert.Equal(2999, session[^1].Microseconds);
        Assert.Equal(128, session[0].From.Length);
        Assert.StartsWith("a\ufffd\ufffdttt", session[0].Text, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(session[0].Text), 1000, 1024);
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    /// <summary>What the first release wrote, by its own statements.</summary>
    private void WriteVersionOne()
    {
        using SqliteConnection connection = new($"Data Source={_quarantine.DatabasePath};Pooling=False");
        connection.Open();
        QuarantineSchema.Upgrade(connection, 1);
        connection.Execute(
            """
            INSERT INTO body (sha256, length, references_held) VALUES (x'00', 0, 1);
            INSERT INTO entry (seq, id, received, state, sender, first_recipient, recipient_count, client, size, subject,
              header_from, worst_rule, finding_count, fingerprint, body)
              VALUES (1838177280000 << 20, 'OLD1', 639000000000000000, 0, 'a@example.org', 'b@example.net', 1, '192.0.2.1', 4096, 'old',
              'a@example.org', 'nul-byte', 1, 'f', 1);
            INSERT INTO entry_detail VALUES (1838177280000 << 20, 'mail.example.org', 'ESMTP', '<1@example.org>', '["b@example.net"]',
              '[{"rule":"nul-byte","action":"quarantine","offset":1,"length":1,"line":1,"part":"","excerpt":"x","excerptHex":"00","clause":"RFC 5321 4.5.2","detail":""}]', x'0102');
            INSERT INTO finding_rule VALUES ('nul-byte', 1838177280000 << 20);
            """);
    }
}
