using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>One prepared SQL statement, bound by position and run many times.</summary>
/// <remarks>
/// Why not <see cref="SqliteCommand"/>: it cannot bind spans, so every body piece would be an array of its own, it looks every
/// parameter up by name at every execution, and it cuts texts at NUL when reading.
/// Fails: <see cref="SqliteException"/>; the statement is reset and usable again.
/// Threads: one at a time, that of its connection.
/// </remarks>
internal sealed class Statement : IDisposable
{
    private const int StackText = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Binds the next parameter.</summary>
    public Statement With(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <inheritdoc cref="With(long)"/>
    public Statement With(ReadOnlySpan<byte> blob)
    {
        // An empty span has no address, and SQLite takes a blob without address for NULL.
        Check(blob.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_statement, ++_bound, 0)
            : raw.sqlite3_bind_blob(_statement, ++_bound, blob));
        return this;
    }

    /// <inheritdoc cref="With(long)"/>
    public Statement With(string? text)
    {
        if (text is null)
        {
            Check(raw.sqlite3_bind_null(_statement, ++_bound));
            return this;
        }

        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = most > StackText ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> utf8 = rented ?? stackalloc byte[StackText];
        try
        {
            return WithUtf8(utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Binds the next parameter to text that is UTF-8 already.</summary>
    public Statement WithUtf8(ReadOnlySpan<byte> utf8)
    {
        Check(utf8.IsEmpty
            ? raw.sqlite3_bind_text(_statement, ++_bound, string.Empty)
            : raw.sqlite3_bind_text(_statement, ++_bound, utf8));
        return this;
    }

    /// <summary>Goes to the next row; at the end the statement is reset for its next use.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code != raw.SQLITE_DONE)
        {
            Check(code);
        }

        Reset();
        return false;
    }

    /// <summary>Runs to the end and tells how many rows were written.</summary>
    public int Run()
    {
        while (Step())
        {
            // RETURNING and pragmas give rows nobody asked for.
        }

        return raw.sqlite3_changes(_database);
    }

    /// <summary>Runs and returns the first column of the first row as a number; null when there is no row or it is NULL.</summary>
    public long? Scalar()
    {
        if (!Step())
        {
            return null;
        }

        long? value = IsNull(0) ? null : Int64(0);
        Reset();
        return value;
    }

    /// <summary>Makes the statement ready to be bound and run again; ends the read it may be in.</summary>
    public void Reset()
    {
        _bound = 0;
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>The octets of a blob, or of a text as UTF-8; valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code == raw.SQLITE_OK)
        {
            return;
        }

        // The message belongs to the failed call, and resetting clears it: build the exception first.
        try
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
        finally
        {
            // What could not be prepared is no statement: SQLite dereferences null where it clears bindings.
            if (_statement is { IsInvalid: false })
            {
                Reset();
            }
        }
    }
}
