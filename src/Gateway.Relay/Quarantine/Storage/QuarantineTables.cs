using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Everything that is ever written to the quarantine database, as prepared statements on the writer's connection.</summary>
/// <remarks>
/// The steps of one request, and the frame around a batch of them. Every step may run again after a roll-back.
/// Threads: the writer's thread only.
/// </remarks>
internal sealed partial class QuarantineTables : IDisposable
{
    // 1,048,576 pieces of 256 KiB: no body is larger.
    private const int PieceBits = 20;

    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _entryById;
    private readonly Statement _lastKey;
    private readonly Statement _addEntry;
    private readonly Statement _addDetail;
    private readonly Statement _addRule;
    private readonly Statement _addRecipient;
    private readonly Statement _addWords;
    private readonly Statement _moveEntry;
    private readonly Statement _dropEntryBody;
    private readonly Statement _addDecision;
    private readonly Statement _firstToRepeat;
    private readonly Statement _bodyByHash;
    private readonly Statement _addBody;
    private readonly Statement _unfinishedBody;
    private readonly Statement _finishBody;
    private readonly Statement _shareBody;
    private readonly Statement _unshareBody;
    private readonly Statement _removeBody;
    private readonly Statement _addPiece;
    private readonly Statement _removePieces;

    /// <summary>Prepares the statements, and reads what is quarantined.</summary>
    /// <param name="connection">The writer's.</param>
    /// <param name="usage">Told what each commit changed.</param>
    public QuarantineTables(SqliteConnection connection, QuarantineUsage usage)
    {
        _connection = connection;
        _usage = usage;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _entryById = Prepare("SELECT seq, state, body, network, size FROM entry WHERE id = ?");
        _lastKey = Prepare("SELECT max(seq) FROM entry WHERE seq >= ? AND seq < ?");
        _addEntry = Prepare(
            """
            INSERT INTO entry (seq, id, received, state, sender, first_recipient, recipient_count, client, size, subject,
              header_from, worst_rule, finding_count, fingerprint, body, network, steady) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _addDetail = Prepare("INSERT INTO entry_detail (entry, hello, protocol, message_id, recipients, findings, envelope, envelope_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        _addRule = Prepare("INSERT INTO finding_rule VALUES (?, ?)");
        _addRecipient = Prepare("INSERT OR IGNORE INTO entry_recipient VALUES (?, ?)");
        _addWords = Prepare(
            "INSERT INTO search (rowid, subject, header_from, sender, recipients, rules, message_id) VALUES (?, ?, ?, ?, ?, ?, ?)");
        _moveEntry = Prepare("UPDATE entry SET state = ?, release_id = coalesce(?, release_id) WHERE seq = ?");
        _dropEntryBody = Prepare("UPDATE entry SET body = NULL WHERE seq = ?");
        _addDecision = Prepare(
            """
            INSERT INTO decision (entry, action, decided, actor, reason, release_id, from_state, to_state, recorded, recipient)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
        _firstToRepeat = Prepare(RepeatedRelease.First);
        _bodyByHash = Prepare("SELECT key FROM body WHERE sha256 = ?");
        _addBody = Prepare("INSERT INTO body (sha256, length, references_held) VALUES (NULL, 0, 0) RETURNING key");
        _unfinishedBody = Prepare("SELECT key FROM body WHERE key = ? AND sha256 IS NULL");
        _finishBody = Prepare("UPDATE body SET sha256 = ?, length = ?, references_held = 1 WHERE key = ? AND sha256 IS NULL");
        _shareBody = Prepare("UPDATE body SET references_held = references_held + 1 WHERE key = ?");
        _unshareBody = Prepare("UPDATE body SET references_held = references_held - 1 WHERE key = ? RETURNING references_held");
        _removeBody = Prepare("DELETE FROM body WHERE key = ?");
        _addPiece = Prepare("INSERT INTO body_piece VALUES (?, ?)");
        _removePieces = Prepare("DELETE FROM body_piece WHERE key >= ? AND key < ?");
        _heldOfRule = Prepare(
            "SELECT seq, state, body, network, size, id FROM entry INDEXED BY entry_held WHERE worst_rule = ? AND state = 0 AND steady < ? ORDER BY steady, seq LIMIT ?");
        _settled = Prepare(
            "SELECT seq, state, body, network, size FROM entry INDEXED BY entry_settled WHERE state > 1 AND state = ? AND steady < ? ORDER BY steady, seq LIMIT ?");
        _removal = [.. Removal.Select(Prepare)];
        _joinSession = Prepare("INSERT INTO session (name, entries) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET entries = entries + 1 RETURNING key");
        _addPart = Prepare("INSERT OR REPLACE INTO session_part (entry, session, own_from, length, lines) VALUES (?, ?, ?, ?, ?)");
        _sessionOf = Prepare("SELECT session FROM session_part WHERE entry = ?");
        _leaveSession = Prepare("UPDATE session SET entries = entries - 1 WHERE key = ? RETURNING entries");
        _removePart = Prepare("DELETE FROM session_part WHERE entry = ?1 AND entry > (SELECT min(entry) FROM session_part WHERE session = ?2)");
        _removeParts = Prepare("DELETE FROM session_part WHERE session = ?");
        _removeSession = Prepare("DELETE FROM session WHERE key = ?");
        _pages = Prepare("PRAGMA page_count");
        _freePages = Prepare("PRAGMA freelist_count");
        _pageBytes = connection.Number("PRAGMA page_size");
        usage.Load(Shares(), StoredBytes);
    }

    /// <summary>The place of one piece among the pieces of all bodies.</summary>
    public static long PieceKey(long body, long piece) => (body << PieceBits) + piece;

    /// <summary>Begins a transaction with the right to write, so that no later step can find the database locked.</summary>
    public void Begin()
    {
        _changes.Clear();
        _begin.Run();
    }

    /// <summary>Makes the transaction durable, and known to whoever asks what is quarantined.</summary>
    public void Commit()
    {
        _commit.Run();
        _usage.Apply(_changes, StoredBytes);
    }

    /// <summary>Finds an entry for a decision; null when there is none.</summary>
    public PlacedEntry? FindEntry(string id)
    {
        if (!_entryById.With(id).Step())
        {
            return null;
        }

        PlacedEntry found = Placed(_entryById);
        _entryById.Reset();
        return found;
    }

    /// <summary>Writes an entry that is not there yet, with its index entries.</summary>
    public void AddEntry(StoredEntry stored, long body)
    {
        QuarantineEntry entry = stored.Entry;
        long key = NextKey(entry.ReceivedAt);
        _addEntry.With(key).With(entry.Id).With(entry.ReceivedAt.UtcTicks).With((long)entry.State).With(entry.Sender)
            .With(entry.Recipients.Count > 0 ? entry.Recipients[0] : string.Empty).With(entry.Recipients.Count)
            .With(entry.ClientAddress).With(entry.Size).With(entry.Subject).With(entry.HeaderFrom).With(entry.WorstRule)
            .With(entry.Findings.Count).With(entry.Fingerprint).With(body).With(stored.Network).With(entry.Since.Ticks).Run();
        _changes.Add(new ClientShare(stored.Network, 1, entry.Size));
        _addDetail.With(key).With(entry.ClientHello).With(entry.Protocol).With(entry.HeaderMessageId)
            .WithUtf8(stored.RecipientsJson).WithUtf8(stored.FindingsJson).With(stored.Envelope.Octets).With(stored.Envelope.Length).Run();
        AddSession(key, stored.Session);
        foreach (string rule in stored.Rules)
        {
            _addRule.With(rule).With(key).Run();
        }

        foreach (string recipient in entry.Recipients)
        {
            _addRecipient.With(recipient).With(key).Run();
        }

        _addWords.With(key).With(entry.Subject).With(entry.HeaderFrom).With(entry.Sender).With(stored.SearchRecipients)
            .With(string.Join('\n', stored.Rules)).With(entry.HeaderMessageId).Run();
    }

    /// <summary>Writes a new state.</summary>
    public void MoveEntry(in PlacedEntry entry, QuarantineState state, string? releaseId)
    {
        _moveEntry.With((long)state).With(Optional(releaseId)).With(entry.Key).Run();
        int change = Taken(state) - Taken(entry.State);
        if (change != 0)
        {
            _changes.Add(new ClientShare(entry.Network, change, change * entry.Size));
        }
    }

    /// <summary>True when the body is there and a recipient of the last release did not get the message.</summary>
    public bool CanRepeatRelease(in PlacedEntry entry) => entry.Body is not null && _firstToRepeat.With(entry.Key).Scalar() is not null;

    /// <summary>Writes one line of the audit trail.</summary>
    public void AddDecision(long entry, ReviewDecision decision, QuarantineState from, QuarantineState to, DateTimeOffset recorded) =>
        _addDecision.With(entry).With((long)decision.Action).With(decision.At.UtcTicks).With(StoredText.Bound(decision.Actor, 256))
            .With(StoredText.Bound(decision.Reason, 2048)).With(Optional(decision.ReleaseId)).With((long)from).With((long)to)
            .With(recorded.UtcTicks).With(decision.Recipient is null ? null : StoredText.Bound(decision.Recipient, StoredText.Field)).Run();

    /// <summary>Takes a share in a body that is stored already; null when none has this hash.</summary>
    public long? ShareBody(ReadOnlySpan<byte> sha256)
    {
        long? body = _bodyByHash.With(sha256).Scalar();
        if (body is long key)
        {
            _shareBody.With(key).Run();
        }

        return body;
    }

    /// <summary>Makes room for a body whose pieces follow; nothing finds it before it is finished.</summary>
    public long AddBody() => _addBody.Scalar() ?? throw new InvalidOperationException("INSERT RETURNING gave no row.");

    /// <summary>Writes one compressed piece.</summary>
    public void AddPiece(long body, long piece, ReadOnlySpan<byte> data) => _addPiece.With(PieceKey(body, piece)).With(data).Run();

    /// <summary>Makes a body whole, with one reference; false when it is gone or was whole already.</summary>
    public bool FinishBody(long body, ReadOnlySpan<byte> sha256, long length) =>
        _finishBody.With(sha256).With(length).With(body).Run() == 1;

    /// <summary>Removes a body and its pieces.</summary>
    public void RemoveBody(long body)
    {
        _removePieces.With(PieceKey(body, 0)).With(PieceKey(body + 1, 0)).Run();
        _removeBody.With(body).Run();
    }

    /// <summary>Removes a body that never became whole; one that did, by a commit nobody heard of, stays.</summary>
    public bool RemoveUnfinishedBody(long body)
    {
        if (_unfinishedBody.With(body).Scalar() is null)
        {
            return false;
        }

        RemoveBody(body);
        return true;
    }

    /// <summary>Takes the body from an entry; the last reference removes it.</summary>
    public void DropBody(long entry, long body)
    {
        _dropEntryBody.With(entry).Run();
        if (_unshareBody.With(body).Scalar() == 0)
        {
            RemoveBody(body);
        }
    }

    /// <summary>Removes what large bodies that never became whole left behind.</summary>
    public void RemoveUnfinishedBodies()
    {
        var unfinished = new List<long>();
        using (var query = new Statement(_connection, "SELECT key FROM body WHERE sha256 IS NULL"))
        {
            while (query.Step())
            {
                unfinished.Add(query.Int64(0));
            }
        }

        unfinished.ForEach(RemoveBody);
    }

    public void Dispose() => _statements.ForEach(statement => statement.Dispose());

    /// <summary>How many messages one in this state is in what is quarantined.</summary>
    private static int Taken(QuarantineState state) => state is QuarantineState.Quarantined or QuarantineState.Releasing ? 1 : 0;

    private static string? Optional(string? token) => token is null ? null : StoredText.Bound(token, StoredText.Token);

    private long NextKey(DateTimeOffset received)
    {
        // A millisecond with 2^20 entries is full and the next one takes over; it exists in floods with a stopped clock only.
        for (long first = EntryKey.First(received); ; first += EntryKey.PerMillisecond)
        {
            long next = _lastKey.With(first).With(first + EntryKey.PerMillisecond).Scalar() + 1 ?? first;
            if (next < first + EntryKey.PerMillisecond)
            {
                return next;
            }
        }
    }

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_connection, sql);
        _statements.Add(statement);
        return statement;
    }
}
