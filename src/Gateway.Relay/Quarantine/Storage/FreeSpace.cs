using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Makes the database file smaller after much was removed from it.</summary>
/// <remarks>
/// Free pages are used again by what comes, so nothing happens before an eighth of the file is free. Then it shrinks 2 MiB at a time,
/// so that a message that arrives meanwhile waits for one such step and no longer.
/// Threads: the writer's thread only.
/// </remarks>
internal static class FreeSpace
{
    private const int PagesAtATime = 256;

    /// <summary>Gives free pages back while there is nothing else to do; true when there is more to give back.</summary>
    public static bool GiveBack(SqliteConnection connection, Func<bool> isIdle)
    {
        long free = connection.Number("PRAGMA freelist_count");
        if (free * 8 <= connection.Number("PRAGMA page_count"))
        {
            return false;
        }

        using var vacuum = new Statement(connection, "PRAGMA incremental_vacuum(256)");
        for (; free > PagesAtATime; free -= PagesAtATime)
        {
            if (!isIdle())
            {
                return true;
            }

            vacuum.Run();
        }

        return false;
    }
}
