using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>What an error of the database means for its callers.</summary>
internal static class QuarantineErrors
{
    /// <summary>The exception that a waiter of a failed write sees.</summary>
    public static Exception ForWriter(Exception error, string path) => error switch
    {
        QuarantineUnavailableException => error,
        SqliteException { SqliteErrorCode: raw.SQLITE_TOOBIG or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH } =>
            new ArgumentException("This entry cannot be stored: " + error.Message, error),
        SqliteException or IOException or UnauthorizedAccessException => Unavailable(error, path),
        _ => error,
    };

    /// <summary>The exception for a database that does not answer.</summary>
    public static QuarantineUnavailableException Unavailable(Exception error, string path) =>
        new($"The quarantine {path} is not available: {error.Message}", error);

    /// <summary>True when the next request would meet the same error, after the same time-out.</summary>
    public static bool IsWholeDatabase(Exception error) => error is (IOException and not QuarantineUnavailableException)
        or UnauthorizedAccessException
        or SqliteException
        {
            SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_IOERR or raw.SQLITE_FULL or raw.SQLITE_CANTOPEN
                or raw.SQLITE_NOTADB or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_NOMEM,
        };

    /// <summary>True when the connection must not be used again.</summary>
    public static bool SpoilsConnection(Exception error) => error is SqliteException
    {
        SqliteErrorCode: raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY
            or raw.SQLITE_MISUSE or raw.SQLITE_INTERNAL or raw.SQLITE_NOMEM,
    };
}
