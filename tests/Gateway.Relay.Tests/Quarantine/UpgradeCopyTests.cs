using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Queue;
using Gateway.Spool.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

/// <summary>What is kept of a database before a newer gateway upgrades it.</summary>
public sealed class UpgradeCopyTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    private string Copy => _quarantine.DatabasePath + ".v5";

    [Fact]
    public async Task Open_DatabaseOfVersionFive_IsCopiedFirstAndReadWhole()
    {
        WriteVersionFive();
        await File.WriteAllTextAsync(Copy + ".new", "half a copy of a start that was killed", QuarantineFixture.Ct);
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        Assert.Equal(new UpgradeCopy(5, Copy), store.Upgraded);
        Assert.Equal(5, _quarantine.Number("PRAGMA user_version", Copy));
        Assert.Equal(1, _quarantine.Number("SELECT count(*) FROM entry WHERE id = 'OLD5'", Copy));
        Assert.Equal(QuarantineSchema.Version, _quarantine.Number("PRAGMA user_version"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Copy));
        Assert.Equal([Copy], Directory.GetFiles(_quarantine.Folder, "*.v*"));

        // What the older version stored beside the message is split when it is read.
        QuarantineEntry old = (await store.FindAsync("OLD5", QuarantineFixture.Ct))!;
        Assert.Equal(["MAIL FROM:<a@example.org>", "250 ok"], old.Session.Select(l => l.Text));
        Assert.Equal(4, (await store.SessionAsync("OLD5", QuarantineFixture.Ct)).Count);
        Assert.Empty(await store.SessionAsync("OLD6", QuarantineFixture.Ct));
    }

    [Fact]
    public async Task Open_AgainOrNew_CopiesNothing()
    {
        Assert.Null((await _quarantine.OpenAsync()).Upgraded);
        Assert.Null((await _quarantine.OpenAsync()).Upgraded);
        Assert.Empty(Directory.GetFiles(_quarantine.Folder, "*.v*"));
    }

    [Theory]
    [InlineData(0L, "are free: make room. Nothing was changed.")]
    [InlineData(1L << 40, "cannot be made")]
    public async Task Open_CopyCannotBeMade_IsRefusedAndNothingIsChanged(long free, string expected)
    {
        WriteVersionFive();
        QuarantineStoreLimits limits = new() { Volume = new DataVolume(new BrokenDisk(free)) };
        QuarantineUnavailableException refused = await Assert.ThrowsAsync<QuarantineUnavailableException>(() => _quarantine.OpenAsync(limits: limits));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Equal(5, _quarantine.Number("PRAGMA user_version"));
        Assert.Empty(Directory.GetFiles(_quarantine.Folder, "*.v*"));
        Assert.NotNull((await _quarantine.OpenAsync()).Upgraded);
    }

    [Fact]
    public async Task Copies_LeaveByAgeAndForANewerOne()
    {
        WriteVersionFive();
        await File.WriteAllTextAsync(_quarantine.DatabasePath + ".v3", "of the upgrade before", QuarantineFixture.Ct);
        await File.WriteAllTextAsync(_quarantine.DatabasePath + ".vacation", "not ours", QuarantineFixture.Ct);
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        Assert.Equal([Copy, _quarantine.DatabasePath + ".vacation"], Directory.GetFiles(_quarantine.Folder, "*.v*").Order(StringComparer.Ordinal));
        File.SetLastWriteTimeUtc(Copy, QuarantineFixture.Start.UtcDateTime);
        _quarantine.Time.Advance(UpgradeCopies.Keep);
        await store.ForgetAsync(TimeSpan.Zero, 1, QuarantineFixture.Ct);
        Assert.True(File.Exists(Copy));
        _quarantine.Time.Advance(TimeSpan.FromSeconds(1));
        await store.ForgetAsync(TimeSpan.Zero, 1, QuarantineFixture.Ct);
        Assert.False(File.Exists(Copy));
        Assert.True(File.Exists(_quarantine.DatabasePath + ".vacation"));
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();

    /// <summary>What the release before this one wrote.</summary>
    private void WriteVersionFive()
    {
        using SqliteConnection connection = new($"Data Source={_quarantine.DatabasePath};Pooling=False");
        connection.Open();
        QuarantineSchema.Upgrade(connection, 5);
        connection.Execute(
            """
            INSERT INTO body (sha256, length, references_held) VALUES (x'00', 0, 1);
            INSERT INTO entry (seq, id, received, state, sender, first_recipient, recipient_count, client, size, subject,
              header_from, worst_rule, finding_count, fingerprint, body, network, steady)
              VALUES (1838177280000 << 20, 'OLD5', 639000000000000000, 0, 'a@example.org', 'b@example.net', 1, '192.0.2.1', 4096, 'old',
              'a@example.org', 'nul-byte', 0, 'f', 1, '192.0.2.0/24', 7);
            INSERT INTO entry_detail VALUES (1838177280000 << 20, 'mail.example.org', 'ESMTP', '<1@example.org>', '["b@example.net"]', '[]', x'0102',
              '[{"microseconds":1,"from":"client","text":"EHLO x"},{"microseconds":2,"from":"client","text":"MAIL FROM:<other@example.org>"},{"microseconds":3,"from":"client","text":"MAIL FROM:<a@example.org>"},{"microseconds":4,"from":"server","text":"250 ok"}]');
            """);
    }

    /// <summary>Has so much room and flushes nothing.</summary>
    private sealed class BrokenDisk(long free) : OverlaidDisk
    {
        public override long FreeBytes(string directory) => free;

        public override void FlushData(Microsoft.Win32.SafeHandles.SafeFileHandle file) => throw new DiskException("fdatasync", "(injected)", 5);
    }
}
