using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The queries about many entries: pages, groups, counts.</summary>
internal static class ListReading
{
    public static IReadOnlyList<QuarantineSummary> List(SqliteConnection connection, QuarantineFilter filter)
    {
        FilterQuery parts = Parts(connection, filter);
        if (parts.IsEmpty)
        {
            return [];
        }

        if (filter.After is QuarantineCursor cursor)
        {
            parts.After(cursor, filter.OldestFirst);
        }

        using var query = new Statement(
            connection,
            $"""
            SELECT e.seq, e.id, e.received, e.state, e.sender, e.first_recipient, e.recipient_count, e.client, e.size, e.subject,
              e.header_from, e.worst_rule, e.finding_count, e.fingerprint, e.release_id
            FROM {parts.From}{parts.Where} ORDER BY {parts.Key} {(filter.OldestFirst ? "ASC" : "DESC")} LIMIT ?
            """);
        parts.Bind(query);
        query.With(Limit(filter));
        var page = new List<QuarantineSummary>();
        while (query.Step())
        {
            page.Add(Summary(query));
        }

        return page;
    }

    public static IReadOnlyList<QuarantineGroup> Group(SqliteConnection connection, QuarantineGrouping by, QuarantineFilter filter)
    {
        FilterQuery parts = Parts(connection, filter);
        if (parts.IsEmpty)
        {
            return [];
        }

        string column = by switch
        {
            QuarantineGrouping.Rule => "worst_rule",
            QuarantineGrouping.Sender => "sender",
            QuarantineGrouping.Fingerprint => "fingerprint",
            QuarantineGrouping.Client => "client",
            _ => throw new ArgumentOutOfRangeException(nameof(by)),
        };

        // The order key is the time, so first and last seen come out of the index; the newest entry is the sample.
        string from = parts.IsPlain ? $"entry e INDEXED BY entry_{(by == QuarantineGrouping.Rule ? "rule" : column)}" : parts.From;
        using var query = new Statement(
            connection,
            $"""
            SELECT n.{column}, g.items, g.oldest, g.newest, n.id FROM (
              SELECT count(*) AS items, min(e.seq) AS oldest, max(e.seq) AS newest
              FROM {from}{parts.Where} GROUP BY e.{column} ORDER BY items DESC, newest DESC LIMIT ?) g
            CROSS JOIN entry n ON n.seq = g.newest ORDER BY g.items DESC, g.newest DESC
            """);
        parts.Bind(query);
        query.With(Limit(filter));
        var groups = new List<QuarantineGroup>();
        while (query.Step())
        {
            groups.Add(new QuarantineGroup(
                query.Text(0), query.Int64(1), EntryKey.Time(query.Int64(2)), EntryKey.Time(query.Int64(3)), query.Text(4)));
        }

        return groups;
    }

    public static IReadOnlyList<RuleCount> CountByRule(SqliteConnection connection)
    {
        using var query = new Statement(
            connection, "SELECT rule, state, items, bytes FROM total WHERE items > 0 ORDER BY items DESC, rule, state");
        var counts = new List<RuleCount>();
        while (query.Step())
        {
            counts.Add(new RuleCount(query.Text(0), (QuarantineState)query.Int64(1), query.Int64(2), query.Int64(3)));
        }

        return counts;
    }

    public static IReadOnlyDictionary<string, QuarantinedSince> OldestByRule(SqliteConnection connection)
    {
        // One step into the index for each rule that holds mail, instead of a walk over all of it.
        Dictionary<string, QuarantinedSince> oldest = new(StringComparer.Ordinal);
        using var query = new Statement(
            connection,
            """
            SELECT t.rule, e.seq, e.steady FROM total t JOIN entry e ON e.seq = (
              SELECT h.seq FROM entry h INDEXED BY entry_held WHERE h.worst_rule = t.rule AND h.state = 0 ORDER BY h.steady, h.seq LIMIT 1)
            WHERE t.state = 0 AND t.items > 0
            """);
        while (query.Step())
        {
            oldest[query.Text(0)] = new QuarantinedSince(EntryKey.Time(query.Int64(1)), new TimeSpan(query.Int64(2)));
        }

        return oldest;
    }

    public static (string Id, TimeSpan Since)? Latest(SqliteConnection connection)
    {
        using var query = new Statement(connection, "SELECT id, steady FROM entry ORDER BY id DESC LIMIT 1");
        return query.Step() ? (query.Text(0), new TimeSpan(query.Int64(1))) : null;
    }

    public static QuarantineTotals Totals(SqliteConnection connection)
    {
        Dictionary<QuarantineState, long> items = Enum.GetValues<QuarantineState>().ToDictionary(state => state, _ => 0L);
        long bytes = 0;
        using (var query = new Statement(connection, "SELECT state, sum(items), sum(bytes) FROM total GROUP BY state"))
        {
            while (query.Step())
            {
                var state = (QuarantineState)query.Int64(0);
                items[state] = query.Int64(1);
                bytes += state == QuarantineState.Discarded ? 0 : query.Int64(2);
            }
        }

        using var oldest = new Statement(connection, "SELECT min(seq) FROM entry WHERE state = ?");
        long pages = connection.Number("PRAGMA page_count") - connection.Number("PRAGMA freelist_count");
        return new QuarantineTotals
        {
            Items = items,
            Bytes = bytes,
            StoredBytes = pages * connection.Number("PRAGMA page_size"),
            OldestQuarantined = oldest.With((long)QuarantineState.Quarantined).Scalar() is long key ? EntryKey.Time(key) : null,
        };
    }

    private static int Limit(QuarantineFilter filter) => Math.Clamp(filter.Limit, 1, QuarantineFilter.MaxLimit);

    private static FilterQuery Parts(SqliteConnection connection, QuarantineFilter filter)
    {
        long inState = 0;
        if (filter.State is QuarantineState state)
        {
            using var query = new Statement(connection, "SELECT sum(items) FROM total WHERE state = ?");
            inState = query.With((long)state).Scalar() ?? 0;
        }

        return new FilterQuery(filter, inState);
    }

    private static QuarantineSummary Summary(Statement row) => new()
    {
        Id = row.Text(1),
        Cursor = new QuarantineCursor(row.Int64(0)),
        ReceivedAt = EntryReading.Time(row.Int64(2)),
        State = (QuarantineState)row.Int64(3),
        Sender = row.Text(4),
        FirstRecipient = row.Text(5),
        RecipientCount = (int)row.Int64(6),
        ClientAddress = row.Text(7),
        Size = row.Int64(8),
        Subject = row.Text(9),
        HeaderFrom = row.Text(10),
        WorstRule = row.Text(11),
        FindingCount = (int)row.Int64(12),
        Fingerprint = row.Text(13),
        ReleaseId = row.OptionalText(14),
    };
}
