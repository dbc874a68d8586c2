using BenchmarkDotNet.Attributes;

namespace Gateway.Benchmarks;

/// <summary>The same transaction through each engine over pipes in memory, into a receiver that discards.</summary>
/// <remarks>The package keeps the message whole and hands it over; the gateway's engine hands on what comes. Sockets, and what Nagle's algorithm costs on them, are not in it.</remarks>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private KestrelSession? _kestrel;
    private PackageSession? _package;

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Opens a session of each.</summary>
    [GlobalSetup]
    public async Task OpenAsync()
    {
        _kestrel = await KestrelSession.OpenAsync(Octets);
        _package = await PackageSession.OpenAsync(Octets);
    }

    /// <summary>Ends them.</summary>
    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _kestrel!.DisposeAsync();
        await _package!.DisposeAsync();
    }

    /// <summary>The gateway's own engine on Kestrel's pipes.</summary>
    [Benchmark(Baseline = true)]
    public Task Kestrel() => _kestrel!.Dialogue.PipelinedAsync();

    /// <summary>The package SmtpServer as it is.</summary>
    [Benchmark]
    public Task Package() => _package!.Dialogue.PipelinedAsync();
}
