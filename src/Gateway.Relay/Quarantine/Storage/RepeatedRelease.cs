using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Which recipients of a released message it may be released to once more, told by its history.</summary>
/// <remarks>
/// A release counts once the queue had it (<see cref="QuarantineAction.ReleaseQueued"/>). Who was refused or given up after the decision for the
/// last one that counts has had no other since. Who got the message, or still waits for it in the queue, is not among them.
/// </remarks>
internal static class RepeatedRelease
{
    /// <summary>A line about one of them; no row when there is none.</summary>
    public const string First = $"SELECT d.key FROM decision d WHERE d.entry = ?1 AND {Failed} LIMIT 1";

    private const string Failed = $"d.action IN (6, 7) AND d.key > ({LastThatCounts})";

    private const string LastThatCounts =
        """
        SELECT max(r.key) FROM decision r WHERE r.entry = ?1 AND r.action = 1
          AND EXISTS (SELECT 1 FROM decision q WHERE q.entry = r.entry AND q.action = 2 AND q.release_id = r.release_id)
        """;

    // What fails behind the decision for the release under way is for the next one.
    private const string All =
        $"SELECT DISTINCT d.recipient FROM decision d WHERE d.entry = ?1 AND {Failed} AND d.key < (SELECT max(key) FROM decision WHERE entry = ?1 AND action = 1)";

    /// <summary>All of them, for the release under way; null when no earlier one counts, so that it is for everybody.</summary>
    public static IReadOnlyList<string>? Recipients(SqliteConnection connection, string id)
    {
        using Statement entry = new(connection, "SELECT seq FROM entry WHERE id = ?");
        using Statement counts = new(connection, LastThatCounts);
        if (entry.With(id).Scalar() is not long key || counts.With(key).Scalar() is null)
        {
            return null;
        }

        List<string> recipients = [];
        using Statement all = new(connection, All);
        all.With(key);
        while (all.Step())
        {
            recipients.Add(all.Text(0));
        }

        return recipients;
    }
}
