using BenchmarkDotNet.Attributes;

namespace Gateway.Benchmarks;

/// <summary>A whole transaction through the SMTP server over pipes in memory, into a receiver that discards: the protocol's own cost.</summary>
public class SessionBenchmarks
{
    private KestrelSession _session = null!;

    /// <summary>Octets of the message.</summary>
    [Params(4 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    /// <summary>Opens the session.</summary>
    [GlobalSetup]
    public async Task OpenAsync() => _session = await KestrelSession.OpenAsync(Octets);

    /// <summary>Ends the session.</summary>
    [GlobalCleanup]
    public async Task CloseAsync() => await _session.DisposeAsync();

    /// <summary>Every command waits for its reply.</summary>
    [Benchmark(Baseline = true)]
    public Task OneByOne() => _session.Dialogue.OneByOneAsync();

    /// <summary>MAIL, RCPT and DATA in one flight, as a pipelining client sends them.</summary>
    [Benchmark]
    public Task Pipelined() => _session.Dialogue.PipelinedAsync();
}
