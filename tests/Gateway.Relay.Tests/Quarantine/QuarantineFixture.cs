using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>A directory of its own for one test, with stores opened in it and entries to put into them.</summary>
public sealed class QuarantineFixture : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 5, 0, 10, TimeSpan.Zero);

    private readonly List<SqliteQuarantineStore> _stores = [];
    private int _ids;

    public string Folder { get; } = Directory.CreateTempSubdirectory("gateway-quarantine-").FullName;

    public string DatabasePath => Path.Combine(Folder, "quarantine.db");

    public FakeTimeProvider Time { get; } = new(Start);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task<SqliteQuarantineStore> OpenAsync(string? path = null, QuarantineStoreLimits? limits = null)
    {
        SqliteQuarantineStore store = await SqliteQuarantineStore.OpenAsync(path ?? DatabasePath, Time, limits ?? new(), Ct);
        _stores.Add(store);
        return store;
    }

    public string NextId() => $"Q{Interlocked.Increment(ref _ids):D11}";

    /// <summary>An entry received one second after the one before.</summary>
    public QuarantineEntry Entry(string? id = null, string rule = "missing-boundary")
    {
        id ??= NextId();
        return new QuarantineEntry
        {
            Id = id,
            ReceivedAt = Start.AddSeconds(_ids),
            Since = TimeSpan.FromSeconds(_ids),
            Sender = "sender@example.org",
            Recipients = ["first@example.net", "second@example.net"],
            ClientAddress = "192.0.2.7",
            ClientHello = "mail.example.org",
            Protocol = "ESMTPS",
            Size = 4096,
            Subject = "Quarterly invoice",
            HeaderFrom = "Ann Sender <sender@example.org>",
            HeaderMessageId = "<abc.123@example.org>",
            WorstRule = rule,
            Fingerprint = "f1a2",
            Findings = [new(rule, "quarantine", 512, 20, 9, "1.2", "Content-Type: multi..", "436F6E74", "RFC 2046 5.1.1", "no boundary")],
            Session = [new(412, "client", "EHLO mail"), new(433, "server", "250 gw.test")],
            Envelope = new byte[] { 0, 1, 2, 255 },
        };
    }

    public async Task<QuarantineEntry> AddAsync(SqliteQuarantineStore store, QuarantineEntry? entry = null, byte[]? body = null)
    {
        entry ??= Entry();
        await store.AddAsync(entry, new MemoryStream(body ?? Body(4096)), Ct);
        return entry;
    }

    /// <summary>Half text, half noise, the same for the same arguments.</summary>
    public static byte[] Body(int length, int seed = 1)
    {
        var body = new byte[length];
        new Random(seed).NextBytes(body.AsSpan(0, length / 2));
        "The quick brown fox.\r\n"u8.CopyTo(body.AsSpan(length / 2));
        for (int i = (length / 2) + 22; i < length; i++)
        {
            body[i] = body[i - 22];
        }

        return body;
    }

    public static async Task<byte[]?> ReadBodyAsync(SqliteQuarantineStore store, string id)
    {
        await using Stream? body = await store.OpenBodyAsync(id, Ct);
        if (body is null)
        {
            return null;
        }

        var read = new MemoryStream();
        await body.CopyToAsync(read, Ct);
        Assert.Equal(body.Length, read.Length);
        return read.ToArray();
    }

    public static ReviewDecision Decision(string id, QuarantineAction action, string? releaseId = null, string reason = "looked at it") =>
        new(id, action, Start.AddMinutes(5), "ann", reason, releaseId);

    public static ValueTask<bool> MoveAsync(
        SqliteQuarantineStore store, string id, QuarantineState from, QuarantineState to, string? releaseId = null) =>
        store.DecideAsync(id, [from], to, Decision(id, QuarantineAction.Quarantine, releaseId), Ct);

    /// <summary>Asks the database directly, beside the store.</summary>
    public long Number(string sql, string? path = null)
    {
        using var connection = new SqliteConnection($"Data Source={path ?? DatabasePath};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection.Number(sql);
    }

    /// <summary>Keeps every writer out until the connection is closed.</summary>
    public SqliteConnection Lock()
    {
        var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        connection.Open();
        connection.Execute("BEGIN IMMEDIATE");
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SqliteQuarantineStore store in _stores)
        {
            await store.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
