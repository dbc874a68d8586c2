using System.Globalization;
using Gateway.Relay.Queue;
using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Keeps a copy of the database beside it before an upgrade, so that the older gateway can be run again.</summary>
/// <remarks>
/// Promises: an upgrade begins only when a copy that was read through and compared is on stable storage, as <c>quarantine.db.v5</c> for version 5. The
/// newest copy alone is kept, for <see cref="Keep"/>: mail that was discarded since must not live on in it.
/// Fails: <see cref="QuarantineUnavailableException"/> when there is no room for the copy or it is not whole; then nothing was changed.
/// Threads: one at a time. Cost: reads the database twice and writes it once, at the first start of a newer gateway only.
/// </remarks>
/// <param name="path">The database.</param>
/// <param name="volume">Where the copy is made durable.</param>
internal sealed class UpgradeCopies(string path, DataVolume volume)
{
    /// <summary>How long a copy is kept, by the time its file was written.</summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(14);

    private const string Unfinished = ".new";

    // A copy is no larger than the database; this is for what else grows meanwhile.
    private const long Reserve = 16 << 20;

    private string Folder => Path.GetDirectoryName(path)!;

    /// <summary>The copy that was kept; null when nothing was upgraded.</summary>
    public UpgradeCopy? Kept { get; private set; }

    /// <summary>Keeps a copy when the database is one of ours and older than this program.</summary>
    public void KeepBeforeUpgrade(SqliteConnection connection)
    {
        long version = connection.Number("PRAGMA user_version");
        if (connection.Number("PRAGMA application_id") != QuarantineSchema.ApplicationId || version < 1 || version >= QuarantineSchema.Version)
        {
            return;
        }

        CheckRoom(connection, version);
        string target = string.Create(CultureInfo.InvariantCulture, $"{path}.v{version}");
        string fresh = target + Unfinished;
        try
        {
            volume.Delete(fresh);
            QuarantineConnection.MakePrivateFile(fresh);
            using (Statement copy = new(connection, "VACUUM INTO ?"))
            {
                copy.With(fresh).Run();
            }

            Compare(connection, fresh);
            volume.MakeDurable(fresh, target);
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            File.Delete(fresh);
            throw new QuarantineUnavailableException(
                $"The quarantine {path} must be upgraded, and the copy {target} that is kept before it cannot be made: {error.Message} Nothing was changed.", error);
        }

        foreach (string older in Copies().Where(copy => copy != target))
        {
            File.Delete(older);
        }

        Kept = new UpgradeCopy(version, target);
    }

    /// <summary>Removes copies that were kept long enough.</summary>
    public void RemoveOld(DateTimeOffset now)
    {
        foreach (string copy in Copies())
        {
            if (now.UtcDateTime - File.GetLastWriteTimeUtc(copy) > Keep)
            {
                File.Delete(copy);
            }
        }
    }

    private string[] Copies() => [.. Directory.EnumerateFiles(Folder, Path.GetFileName(path) + ".v*")
        .Where(copy => int.TryParse(copy.AsSpan(path.Length + 2), NumberStyles.None, CultureInfo.InvariantCulture, out _))];

    private void CheckRoom(SqliteConnection connection, long version)
    {
        long needed = (connection.Number("PRAGMA page_count") * connection.Number("PRAGMA page_size")) + Reserve;
        long free = volume.FreeBytes(Folder);
        if (free < needed)
        {
            throw new QuarantineUnavailableException(string.Create(
                CultureInfo.InvariantCulture,
                $"The quarantine {path} has schema version {version} and must be upgraded to {QuarantineSchema.Version}. The copy that is kept before it needs {needed >> 20} MiB on its volume, and {free >> 20} MiB are free: make room. Nothing was changed."));
        }
    }

    private static void Compare(SqliteConnection original, string fresh)
    {
        using SqliteConnection copy = QuarantineConnection.OpenForReading(fresh, TimeSpan.FromSeconds(1));
        using Statement check = new(copy, "PRAGMA integrity_check(1)");
        string found = check.Step() ? check.Text(0) : "no answer";
        if (found != "ok")
        {
            throw new IOException($"the copy is damaged: {found}.");
        }

        foreach (string question in (string[])["PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM entry", "SELECT count(*) FROM body_piece", "SELECT count(*) FROM decision"])
        {
            if (original.Number(question) != copy.Number(question))
            {
                throw new IOException($"the copy differs from the database ({question}).");
            }
        }
    }
}
