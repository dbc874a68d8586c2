using System.Text.Json;
using Gateway.Relay.Message;
using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The queries about single entries.</summary>
internal static class EntryReading
{
    private const string Columns =
        """
        SELECT e.seq, e.id, e.received, e.state, e.sender, e.client, e.size, e.subject, e.header_from, e.worst_rule, e.fingerprint,
          e.release_id, d.hello, d.protocol, d.message_id, d.recipients, d.findings, d.envelope, d.session, e.steady, p.own_from, p.length, p.lines, s.name, d.envelope_length
        FROM entry e JOIN entry_detail d ON d.entry = e.seq LEFT JOIN session_part p ON p.entry = e.seq LEFT JOIN session s ON s.key = p.session
        """;

    public static QuarantineEntry? Find(SqliteConnection connection, BodyCodec codec, string id)
    {
        using var query = new Statement(connection, Columns + " WHERE e.id = ?");
        return query.With(id).Step() ? Entry(query, codec) : null;
    }

    public static IReadOnlyList<QuarantineEntry> InState(SqliteConnection connection, BodyCodec codec, QuarantineState state)
    {
        using var query = new Statement(connection, Columns + " WHERE e.state = ? ORDER BY e.seq");
        query.With((long)state);
        var entries = new List<QuarantineEntry>();
        while (query.Step())
        {
            entries.Add(Entry(query, codec));
        }

        return entries;
    }

    public static IReadOnlyList<ReviewDecision> History(SqliteConnection connection, string id)
    {
        using var query = new Statement(
            connection,
            """
            SELECT d.action, d.decided, d.actor, d.reason, d.release_id, d.recipient
            FROM decision d JOIN entry e ON e.seq = d.entry WHERE e.id = ? ORDER BY d.key
            """);
        query.With(id);
        var decisions = new List<ReviewDecision>();
        while (query.Step())
        {
            decisions.Add(new ReviewDecision(
                id, (QuarantineAction)query.Int64(0), Time(query.Int64(1)), query.Text(2), query.Text(3), query.OptionalText(4)) { Recipient = query.OptionalText(5) });
        }

        return decisions;
    }

    /// <summary>The key and length of an entry's body; null when there is no entry or no body.</summary>
    public static (long Key, long Length)? Body(SqliteConnection connection, string id)
    {
        using var query = new Statement(connection, "SELECT b.key, b.length FROM entry e JOIN body b ON b.key = e.body WHERE e.id = ?");
        return query.With(id).Step() ? (query.Int64(0), query.Int64(1)) : null;
    }

    /// <summary>A time as it is stored: 100 ns since the year 1, UTC.</summary>
    public static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>All parts of an entry's session in the order they were said; what an older version stored beside the entry alone.</summary>
    public static IReadOnlyList<QuarantineSessionLine> Session(SqliteConnection connection, BodyCodec codec, string id)
    {
        using var query = new Statement(
            connection,
            """
            SELECT p.length, p.lines FROM entry e JOIN session_part own ON own.entry = e.seq JOIN session_part p ON p.session = own.session
            WHERE e.id = ? ORDER BY p.entry
            """);
        query.With(id);
        List<QuarantineSessionLine> lines = [];
        while (query.Step())
        {
            lines.AddRange(StoredSession.Read(codec, query.Bytes(1), query.Int64(0)));
        }

        if (lines.Count > 0)
        {
            return lines;
        }

        using var old = new Statement(connection, "SELECT d.session FROM entry e JOIN entry_detail d ON d.entry = e.seq WHERE e.id = ?");
        return old.With(id).Step() ? StoredSession.Json(old.Bytes(0)) : [];
    }

    // Damage in one record must not hide the rest of the entry, nor keep the gateway from starting.
    private static QuarantineSessionLine[] Own(Statement row, BodyCodec codec)
    {
        try
        {
            QuarantineSessionLine[] lines = row.IsNull(20) ? StoredSession.Json(row.Bytes(18)) : StoredSession.Read(codec, row.Bytes(22), row.Int64(21));
            int own = row.IsNull(20) ? QuarantineSessionLine.OwnFrom(lines) : (int)Math.Clamp(row.Int64(20), 0, lines.Length);
            return lines[own..];
        }
        catch (Exception damage) when (damage is QuarantineUnavailableException or JsonException)
        {
            return [];
        }
    }

    /// <summary>The envelope; as it is in the row where versions up to 5 stored it, or where it is damaged: whoever needs it says so.</summary>
    private static byte[] Envelope(Statement row, BodyCodec codec)
    {
        try
        {
            return row.IsNull(24) ? row.Bytes(17).ToArray() : StoredRecord.Read(codec, row.Bytes(17), row.Int64(24), static (octets, read) => octets[..read]);
        }
        catch (QuarantineUnavailableException)
        {
            return row.Bytes(17).ToArray();
        }
    }

    private static QuarantineEntry Entry(Statement row, BodyCodec codec) => new()
    {
        Id = row.Text(1),
        ReceivedAt = Time(row.Int64(2)),
        Since = new TimeSpan(row.Int64(19)),
        State = (QuarantineState)row.Int64(3),
        Sender = row.Text(4),
        ClientAddress = row.Text(5),
        Size = row.Int64(6),
        Subject = row.Text(7),
        HeaderFrom = row.Text(8),
        WorstRule = row.Text(9),
        Fingerprint = row.Text(10),
        ReleaseId = row.OptionalText(11),
        ClientHello = row.Text(12),
        Protocol = row.Text(13),
        HeaderMessageId = row.Text(14),
        Recipients = JsonSerializer.Deserialize(row.Bytes(15), QuarantineJson.Stored.StringArray) ?? [],
        Findings = JsonSerializer.Deserialize(row.Bytes(16), QuarantineJson.Stored.QuarantineFindingArray) ?? [],
        Envelope = Envelope(row, codec),
        Session = Own(row, codec),
        SessionName = row.OptionalText(23) ?? string.Empty,
    };
}
