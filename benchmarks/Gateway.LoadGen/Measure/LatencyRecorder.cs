using HdrHistogram;

namespace Gateway.LoadGen.Measure;

/// <summary>Latencies of one kind: over the whole run, and since somebody looked last.</summary>
/// <remarks>Microseconds, three significant digits, up to an hour; longer ones count as an hour. Threads: any. Cost: 40 ns a value.</remarks>
internal sealed class LatencyRecorder
{
    private const long Most = 3_600_000_000;

    private readonly Lock _gate = new();
    private readonly LongHistogram _all = Empty();
    private readonly LongHistogram _recent = Empty();

    /// <summary>An empty histogram of the kind that is used here.</summary>
    public static LongHistogram Empty() => new(1, Most, 3);

    /// <summary>Records the time between two timestamps.</summary>
    public void Record(long from, long to)
    {
        long microseconds = Math.Clamp((to - from) / 1000, 0, Most);
        lock (_gate)
        {
            _all.RecordValue(microseconds);
            _recent.RecordValue(microseconds);
        }
    }

    /// <summary>Adds what came since the last call to a histogram.</summary>
    public void Drain(LongHistogram into)
    {
        lock (_gate)
        {
            into.Add(_recent);
            _recent.Reset();
        }
    }

    /// <summary>Adds the whole run to a histogram.</summary>
    public void AddTo(LongHistogram into)
    {
        lock (_gate)
        {
            into.Add(_all);
        }
    }
}
