using System.Buffers;
using BenchmarkDotNet.Attributes;
using Gateway.Spool;
using Microsoft.Data.Sqlite;

namespace Gateway.Benchmarks;

/// <summary>Durable messages of 4 KB a second, by how many sessions wait for stable storage at the same time.</summary>
/// <remarks>Writes below the program's own directory, or GATEWAY_BENCH_DIRECTORY: on a tmpfs the figures mean nothing.</remarks>
public class CommitBenchmarks
{
    private const int Messages = 600;

    private readonly byte[] _header = new byte[300];
    private readonly byte[] _body = SampleMail.Text(4 * 1024);
    private readonly List<SpoolId> _live = [];
    private readonly Lock _writer = new();
    private string _directory = "";
    private Gateway.Spool.Spool _spool = null!;
    private SqliteConnection _database = null!;
    private SqliteCommand _insert = null!;
    private SqliteCommand _delete = null!;
    private int _last;

    /// <summary>Who commits at the same time, each one message after the other.</summary>
    [Params(1, 20, 200)]
    public int Committers { get; set; }

    /// <summary>Opens a spool.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        string parent = Environment.GetEnvironmentVariable("GATEWAY_BENCH_DIRECTORY") ?? AppContext.BaseDirectory;
        _directory = Directory.CreateDirectory(Path.Combine(parent, "commit-" + Guid.NewGuid().ToString("N"))).FullName;
        SpoolOptions options = new() { Directory = Path.Combine(_directory, "spool") };
        _spool = await Gateway.Spool.Spool.OpenAsync(options, TimeProvider.System);

        _database = new SqliteConnection($"Data Source={Path.Combine(_directory, "spool.db")}");
        await _database.OpenAsync();
        using (SqliteCommand create = _database.CreateCommand())
        {
            create.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE message (id INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL)";
            await create.ExecuteNonQueryAsync();
        }

        _delete = _database.CreateCommand();
        _delete.CommandText = "DELETE FROM message";
        _insert = _database.CreateCommand();
        _insert.CommandText = "INSERT INTO message VALUES ($id, $header, $body)";
        _insert.Parameters.Add("$id", SqliteType.Integer);
        _insert.Parameters.AddWithValue("$header", _header);
        _insert.Parameters.AddWithValue("$body", _body);
        _insert.Prepare();
    }

    /// <summary>Removes everything.</summary>
    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _spool.DisposeAsync();
        await _insert.DisposeAsync();
        await _delete.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Ends the life of what the iteration before committed.</summary>
    [IterationSetup]
    public void CompleteAll()
    {
        foreach (SpoolId id in _live)
        {
            _spool.Complete(id);
        }

        _live.Clear();
        foreach (string file in Directory.EnumerateFiles(_directory, "*.eml"))
        {
            File.Delete(file);
        }

        _delete.ExecuteNonQuery();
    }

    /// <summary>The obvious alternative, and what most mail servers do: a file for each message, synced, then renamed.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public Task FilePerMessage() => CommitConcurrently(number =>
    {
        string path = Path.Combine(_directory, $"{number}.tmp");
        using (FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(_header);
            file.Write(_body);
            file.Flush(flushToDisk: true);
        }

        File.Move(path, Path.ChangeExtension(path, ".eml"));
        return ValueTask.CompletedTask;
    });

    /// <summary>The other obvious alternative: a database of one file, write-ahead log, synced for each message; it has one writer at a time.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public Task Sqlite() => CommitConcurrently(number =>
    {
        lock (_writer)
        {
            _insert.Parameters[0].Value = number;
            _insert.ExecuteNonQuery();
        }

        return ValueTask.CompletedTask;
    });

    /// <summary>The spool: one log, one fdatasync for all who wait.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public Task Spool() => CommitConcurrently(number =>
    {
        SpoolId id = new((ulong)number);
        lock (_live)
        {
            _live.Add(id);
        }

        return _spool.CommitAsync(id, _header, new ReadOnlySequence<byte>(_body), CancellationToken.None);
    });

    private Task CommitConcurrently(Func<int, ValueTask> commit)
    {
        Task[] committers = new Task[Committers];
        for (int i = 0; i < committers.Length; i++)
        {
            committers[i] = Task.Run(async () =>
            {
                for (int n = 0; n < Messages / Committers; n++)
                {
                    await commit(Interlocked.Increment(ref _last));
                }
            });
        }

        return Task.WhenAll(committers);
    }
}
