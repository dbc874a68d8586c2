using System.Buffers;
using Gateway.Spool.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Spool.Tests;

/// <summary>A spool in a directory of its own, with a clock the test moves.</summary>
internal sealed class SpoolHarness : IAsyncDisposable
{
    private readonly Disk? _disk;

    public SpoolHarness(Disk? disk = null, long segmentBytes = 64 * 1024)
    {
        _disk = disk;
        Options = new SpoolOptions
        {
            Directory = Directory.CreateTempSubdirectory("spool-").FullName,
            SegmentBytes = segmentBytes,
            MinimumFreeBytes = 0,
        };
    }

    public SpoolOptions Options { get; }

    public FakeTimeProvider Time { get; } = new();

    public SpoolEvents Events { get; } = new();

    public Spool Spool { get; private set; } = null!;

    public string LogDirectory => Path.Combine(Options.Directory, "log");

    public string LargeDirectory => Path.Combine(Options.Directory, "large");

    public string[] SegmentFiles => [.. Directory.GetFiles(LogDirectory).Where(f => !Path.GetFileName(f).StartsWith("spare-", StringComparison.Ordinal)).Order()];

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<SpoolHarness> OpenAsync(Disk? disk = null, long segmentBytes = 64 * 1024)
    {
        SpoolHarness harness = new(disk, segmentBytes);
        await harness.ReopenAsync();
        return harness;
    }

    public static ReadOnlySequence<byte> Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return new ReadOnlySequence<byte>(bytes);
    }

    public static byte[] ReadAll(SpoolBody body)
    {
        byte[] bytes = new byte[body.Length];
        Assert.Equal(bytes.Length, body.Read(0, bytes));
        return bytes;
    }

    public async Task<Spool> ReopenAsync()
    {
        if (Spool is not null)
        {
            await Spool.DisposeAsync();
        }

        Spool = await Spool.OpenAsync(Options, Time, Events, _disk, Cancellation);
        return Spool;
    }

    /// <summary>Goes on with a copy of the files as a killed process would leave them: nothing closed, nothing flushed.</summary>
    public async Task CrashAsync()
    {
        string copy = Directory.CreateTempSubdirectory("spool-").FullName;
        // Completions reach the files a moment after the call; removals and preparations must not run beside the copying.
        await Spool.FlushAsync(Cancellation);
        foreach (string file in Directory.GetFiles(Options.Directory, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock"))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(Options.Directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await Spool.DisposeAsync();
        Directory.Delete(Options.Directory, recursive: true);
        Options.Directory = copy;
        Spool = await Spool.OpenAsync(Options, Time, Events, _disk, Cancellation);
    }

    /// <summary>Commits a message whose bytes follow from its id.</summary>
    public async Task CommitAsync(ulong id, int length = 1000)
        => await Spool.CommitAsync(new SpoolId(id), Header(id), Bytes(length, (int)id), Cancellation);

    public static byte[] Header(ulong id) => System.Text.Encoding.ASCII.GetBytes($"envelope of {id}");

    /// <summary>The message is live, with the bytes that follow from its id.</summary>
    public void AssertHas(ulong id, int length = 1000)
    {
        SpoolId key = new(id);
        Assert.Equal(Header(id), Spool.ReadHeader(key).ToArray());
        using SpoolBody body = Spool.OpenBody(key);
        Assert.Equal(Bytes(length, (int)id).ToArray(), ReadAll(body));
    }

    public ulong[] LiveIds() => [.. Spool.Entries.Select(e => e.Id.Value)];

    public async ValueTask DisposeAsync()
    {
        if (Spool is not null)
        {
            await Spool.DisposeAsync();
        }

        Directory.Delete(Options.Directory, recursive: true);
    }
}

/// <summary>Keeps what the spool told its observer.</summary>
internal sealed class SpoolEvents : ISpoolObserver
{
    private readonly Lock _gate = new();

    public List<SpoolBatch> Batches { get; } = [];

    public List<SpoolHealth> Healths { get; } = [];

    public List<string> Retired { get; } = [];

    public List<string> Failures { get; } = [];

    public void BatchWritten(in SpoolBatch batch)
    {
        lock (_gate)
        {
            Batches.Add(batch);
        }
    }

    public void HealthChanged(SpoolHealth health)
    {
        lock (_gate)
        {
            Healths.Add(health);
        }
    }

    public void SegmentRetired(string segment, long offset, string reason)
    {
        lock (_gate)
        {
            Retired.Add($"{Path.GetFileName(segment)}+{offset}: {reason}");
        }
    }

    public void HousekeepingFailed(string what)
    {
        lock (_gate)
        {
            Failures.Add(what);
        }
    }
}
