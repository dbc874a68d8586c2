using Microsoft.Data.Sqlite;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>The tables of the quarantine database, and the way from older versions of them.</summary>
/// <remarks>
/// Rule for changes: never edit a step that was released; append one. Step n leads from version n to n + 1, all steps run in one
/// transaction, and the version is in <c>user_version</c>. A database that is newer than this program is refused, not guessed at.
/// </remarks>
internal static class QuarantineSchema
{
    /// <summary>"GWQN": tells our file from any other SQLite database.</summary>
    public const int ApplicationId = 0x4757514E;

    /// <summary>The version this program reads and writes.</summary>
    public static int Version => Steps.Length;

    // entry.seq is milliseconds since 1970 << 20 | number within the millisecond: rowid order is the order of receipt, so every
    // index is already sorted the way lists are read, and (min, max) of a group are its first and last seen without reading a row.
    // The indexes end in state so that groupings of one state never leave the index.
    // body_piece.key is body.key << 20 | piece number. body.sha256 is NULL while a large body is still arriving. AUTOINCREMENT, because
    // an open body stream knows its body by key only: a key used again would show it another message.
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE entry (
          seq INTEGER PRIMARY KEY,
          id TEXT NOT NULL UNIQUE,
          received INTEGER NOT NULL,
          state INTEGER NOT NULL,
          sender TEXT NOT NULL COLLATE NOCASE,
          first_recipient TEXT NOT NULL,
          recipient_count INTEGER NOT NULL,
          client TEXT NOT NULL,
          size INTEGER NOT NULL,
          subject TEXT NOT NULL,
          header_from TEXT NOT NULL,
          worst_rule TEXT NOT NULL,
          finding_count INTEGER NOT NULL,
          fingerprint TEXT NOT NULL,
          release_id TEXT,
          body INTEGER
        ) STRICT;
        CREATE INDEX entry_state ON entry (state);
        CREATE INDEX entry_rule ON entry (worst_rule, seq, state);
        CREATE INDEX entry_sender ON entry (sender, seq, state);
        CREATE INDEX entry_client ON entry (client, seq, state);
        CREATE INDEX entry_fingerprint ON entry (fingerprint, seq, state);

        CREATE TABLE entry_detail (
          entry INTEGER PRIMARY KEY,
          hello TEXT NOT NULL,
          protocol TEXT NOT NULL,
          message_id TEXT NOT NULL,
          recipients TEXT NOT NULL,
          findings TEXT NOT NULL,
          envelope BLOB NOT NULL
        ) STRICT;

        CREATE TABLE finding_rule (
          rule TEXT NOT NULL,
          entry INTEGER NOT NULL,
          PRIMARY KEY (rule, entry)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE entry_recipient (
          recipient TEXT NOT NULL COLLATE NOCASE,
          entry INTEGER NOT NULL,
          PRIMARY KEY (recipient, entry)
        ) STRICT, WITHOUT ROWID;

        CREATE VIRTUAL TABLE search USING fts5 (
          subject, header_from, sender, recipients, rules, message_id,
          content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
        );

        CREATE TABLE body (
          key INTEGER PRIMARY KEY AUTOINCREMENT,
          sha256 BLOB UNIQUE,
          length INTEGER NOT NULL,
          references_held INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE body_piece (
          key INTEGER PRIMARY KEY,
          data BLOB NOT NULL
        ) STRICT;

        CREATE TABLE decision (
          key INTEGER PRIMARY KEY AUTOINCREMENT,
          entry INTEGER NOT NULL,
          action INTEGER NOT NULL,
          decided INTEGER NOT NULL,
          actor TEXT NOT NULL,
          reason TEXT NOT NULL,
          release_id TEXT,
          from_state INTEGER NOT NULL,
          to_state INTEGER NOT NULL,
          recorded INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX decision_entry ON decision (entry);

        CREATE TABLE total (
          state INTEGER NOT NULL,
          rule TEXT NOT NULL,
          items INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          PRIMARY KEY (state, rule)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
          INSERT INTO total VALUES (new.state, new.worst_rule, 1, new.size)
            ON CONFLICT (state, rule) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER entry_moved AFTER UPDATE OF state ON entry WHEN new.state <> old.state BEGIN
          UPDATE total SET items = items - 1, bytes = bytes - old.size WHERE state = old.state AND rule = old.worst_rule;
          INSERT INTO total VALUES (new.state, new.worst_rule, 1, new.size)
            ON CONFLICT (state, rule) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
          UPDATE total SET items = items - 1, bytes = bytes - old.size WHERE state = old.state AND rule = old.worst_rule;
        END;
        """,
        // The lines of the session that brought the message, as JSON. The default is what older entries have: none.
        "ALTER TABLE entry_detail ADD COLUMN session TEXT NOT NULL DEFAULT '[]';",
        // Whose mail it is, for shares, and what each network has (states 0 and 1: quarantined, being released). A network without mail has no
        // row: there are many networks. The index finds the oldest quarantined mail of a reason without passing over what has left.
        """
        ALTER TABLE entry ADD COLUMN network TEXT NOT NULL DEFAULT '';
        UPDATE entry SET network = client_network(client);
        CREATE INDEX entry_held ON entry (worst_rule, seq) WHERE state = 0;
        CREATE TABLE client_total (
          network TEXT PRIMARY KEY,
          items INTEGER NOT NULL,
          bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO client_total SELECT network, count(*), sum(size) FROM entry WHERE state IN (0, 1) GROUP BY network;
        CREATE TRIGGER client_added AFTER INSERT ON entry WHEN new.state IN (0, 1) BEGIN
          INSERT INTO client_total VALUES (new.network, 1, new.size)
            ON CONFLICT (network) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER client_left AFTER UPDATE OF state ON entry WHEN old.state IN (0, 1) AND new.state NOT IN (0, 1) BEGIN
          UPDATE client_total SET items = items - 1, bytes = bytes - old.size WHERE network = old.network;
          DELETE FROM client_total WHERE network = old.network AND items <= 0;
        END;
        """,
        // What the steady clock said at the receipt, in ticks: retention goes by it, because seq follows the wall clock, right or wrong. What an
        // older version stored counts from 0, the first start of this one. States above 1 are final.
        """
        ALTER TABLE entry ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;
        DROP INDEX entry_held;
        CREATE INDEX entry_held ON entry (worst_rule, steady, seq) WHERE state = 0;
        CREATE INDEX entry_settled ON entry (state, steady, seq) WHERE state > 1;
        """,
        // Whose delivery a line of the history is about, and a released message that comes back because it was not delivered.
        """
        ALTER TABLE decision ADD COLUMN recipient TEXT;
        CREATE TRIGGER client_back AFTER UPDATE OF state ON entry WHEN old.state NOT IN (0, 1) AND new.state IN (0, 1) BEGIN
          INSERT INTO client_total VALUES (new.network, 1, new.size)
            ON CONFLICT (network) DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
        END;
        """,
        // envelope_length: octets of the envelope before it was compressed; NULL in older entries, which have it as it is.
        // A session once, in the parts that its quarantined messages brought; entry_detail.session is what older entries have. A part's number is that of the
        // entry that brought it. The first one outlives its entry, because all others of the session lean on it.
        """
        CREATE TABLE session (
          key INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          entries INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE session_part (
          entry INTEGER PRIMARY KEY,
          session INTEGER NOT NULL,
          own_from INTEGER NOT NULL,
          length INTEGER NOT NULL,
          lines BLOB NOT NULL
        ) STRICT;
        CREATE INDEX session_part_session ON session_part (session);
        ALTER TABLE entry_detail ADD COLUMN envelope_length INTEGER;
        """,
    ];

    /// <summary>Brings a new or older database to <see cref="Version"/>.</summary>
    /// <remarks>Fails: <see cref="QuarantineUnavailableException"/> for a database of another program or a newer gateway.</remarks>
    public static void Upgrade(SqliteConnection connection) => Upgrade(connection, Version);

    /// <summary>Brings a new or older database to a version; to an older one than ours only in tests.</summary>
    internal static void Upgrade(SqliteConnection connection, int target)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            long application = connection.Number("PRAGMA application_id");
            long version = connection.Number("PRAGMA user_version");
            bool empty = connection.Number("SELECT count(*) FROM sqlite_schema") == 0;
            if (application != ApplicationId && !empty)
            {
                throw new QuarantineUnavailableException(
                    $"{connection.DataSource} is a database of another program, not a quarantine. Nothing was changed.");
            }

            if (version > Version)
            {
                throw new QuarantineUnavailableException(
                    $"The quarantine {connection.DataSource} has schema version {version}, this gateway knows versions up to "
                    + $"{Version}. Run the newer gateway again, or restore the copy made before the upgrade. Nothing was changed.");
            }

            // For the step to version 3. No trigger uses it: other programs that open the file do not have it.
            connection.CreateFunction("client_network", (string client) => ClientNetwork.Of(client), isDeterministic: true);
            for (long step = version; step < target; step++)
            {
                connection.Execute(Steps[step]);
            }

            if (version < target)
            {
                connection.Execute(FormattableString.Invariant(
                    $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {target}"));
            }

            connection.Execute("COMMIT");
        }
        finally
        {
            connection.RollBackIfOpen();
        }
    }
}
