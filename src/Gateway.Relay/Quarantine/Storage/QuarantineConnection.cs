using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Opens connections to the quarantine database with the settings its promises rest on.</summary>
internal static class QuarantineConnection
{
    // A row is metadata and envelope, or one piece of a body: a value beyond this is an attack or a bug.
    private const int LargestValue = 16 * 1024 * 1024;

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Opens the database for writing; if it may, makes it, readable only by its owner, when it does not exist.</summary>
    public static SqliteConnection OpenForWriting(string path, TimeSpan busyTimeout, bool mayCreate, UpgradeCopies copies)
    {
        if (mayCreate)
        {
            MakePrivate(path);
        }

        SqliteConnection connection = Open(path, SqliteOpenMode.ReadWrite, busyTimeout);
        try
        {
            // page_size and auto_vacuum are decided by the first table. 8 KiB: three compressed small mails share a page, which made
            // the file a quarter smaller than 4 KiB at the same speed. FULL: a commit that returned is on the disk.
            // secure_delete: what was discarded is overwritten, not just forgotten.
            // No mmap: an I/O error through a mapping is SIGBUS, the end of the process, instead of an error code.
            // The checkpoint copies 16 MiB at a time: each costs a second fsync that the commit behind it waits for.
            connection.Execute(
                """
                PRAGMA page_size = 8192;
                PRAGMA auto_vacuum = INCREMENTAL;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA secure_delete = ON;
                PRAGMA wal_autocheckpoint = 2048;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA cache_size = -65536;
                PRAGMA temp_store = MEMORY;
                PRAGMA mmap_size = 0;
                """);
            copies.KeepBeforeUpgrade(connection);
            QuarantineSchema.Upgrade(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens the database for reading only.</summary>
    public static SqliteConnection OpenForReading(string path, TimeSpan busyTimeout)
    {
        SqliteConnection connection = Open(path, SqliteOpenMode.ReadOnly, busyTimeout);
        connection.Execute("PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA query_only = ON");
        return connection;
    }

    /// <summary>Runs statements that have no parameters and whose rows nobody needs.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every caller passes a constant of this folder; a trusted text is the point of this method.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a query of one number; 0 when it has no row.</summary>
    public static long Number(this SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.Scalar() ?? 0;
    }

    /// <summary>Ends a transaction that is still open; SQLite ends some by itself when they fail.</summary>
    public static void RollBackIfOpen(this SqliteConnection connection)
    {
        if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
        {
            connection.Execute("ROLLBACK");
        }
    }

    internal static SqliteConnection Open(string path, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            // For our few SqliteCommands; 0 would mean for ever.
            DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
        };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle, (int)busyTimeout.TotalMilliseconds);
            _ = raw.sqlite3_limit(connection.Handle, raw.SQLITE_LIMIT_LENGTH, LargestValue);
            // A crafted file must not run code through its schema; a damaged page is found before its contents are believed.
            connection.Execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Makes an empty file, readable only by its owner, that must not be there yet.</summary>
    internal static void MakePrivateFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Owner;
        }

        new FileStream(path, options).Dispose();
    }

    // SQLite gives its -wal and -shm files the mode of the main file, so this decides for all three. A file that exists is never
    // opened here: closing any descriptor of it would drop the POSIX locks that SQLite holds on it in this process.
    private static void MakePrivate(string path)
    {
        if (!File.Exists(path))
        {
            MakePrivateFile(path);
        }
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Owner) != UnixFileMode.None)
        {
            File.SetUnixFileMode(path, Owner);
        }
    }
}
