using System.Buffers;
using BenchmarkDotNet.Attributes;
using Gateway.Spool;

namespace Gateway.Benchmarks;

/// <summary>Durable messages of 4 KB a second, by how many sessions wait for stable storage at the same time.</summary>
/// <remarks>Writes below the program's own directory, or GATEWAY_BENCH_DIRECTORY: on a tmpfs the figures mean nothing.</remarks>
public class CommitBenchmarks
{
    private const int Messages = 600;

    private readonly byte[] _header = new byte[300];
    private readonly byte[] _body = SampleMail.Text(4 * 1024);
    private readonly List<SpoolId> _live = [];
    private string _directory = "";
    private Gateway.Spool.Spool _spool = null!;
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
    }

    /// <summary>Removes everything.</summary>
    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _spool.DisposeAsync();
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
